// Objects that go wrong, each in its own way, for the record: what the operator writes about mistakes and pauses.
import type { Context } from './context.ts';
import { OPERATOR_NAMESPACE } from './context.ts';
import { base, namespace, set, vCenter } from './objects.ts';
import { startVcenter } from './vcenter.ts';
import { described } from './verdict-table.ts';

const LAB = 'mistakes';
const KINDS = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'];

interface Seen {
  metadata: { generation: number };
  status?: { observedGeneration?: number; conditions?: unknown[] };
}

/** Makes them, waits until the operator has said something of each, and takes them away. The operator must be installed. */
export async function provoke(context: Context): Promise<void> {
  const { apply, kubectl, get, until, recorder } = context;
  const vcenter = await startVcenter(context);
  const { spec } = vcenter;
  const clone = (name: string, more: object): object => ({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name, namespace: LAB },
    spec: { baseSnapshotRef: { name: 'good' }, ...more },
  });
  const paused = set({ name: 'paused', namespace: LAB, base: 'good', replicas: 2 }) as { spec: object };
  const off = set({ name: 'off', namespace: LAB, base: 'good', replicas: 1 }) as { spec: object };
  try {
    await apply([
      namespace(LAB),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'empty', namespace: OPERATOR_NAMESPACE },
        stringData: { password: 'alone' },
      },
      vCenter(vcenter.name, spec),
      vCenter('no-secret', { ...spec, credentialsSecretRef: { name: 'nowhere' } }),
      vCenter('empty-secret', { ...spec, credentialsSecretRef: { name: 'empty' } }),
      vCenter('distrusted', { ...spec, tls: { thumbprint: '0'.repeat(64) } }),
      vCenter('insecure', { ...spec, tls: { insecureSkipVerify: true } }),
      vCenter('loopback', { ...spec, server: '127.0.0.1' }),
      vCenter('silent', { ...spec, server: '198.18.43.1:1' }),
      base({ name: 'good', namespace: LAB, vCenter: vcenter.name }),
      base({ name: 'no-vcenter', namespace: LAB, vCenter: 'nowhere' }),
      base({ name: 'no-parent', namespace: LAB, vCenter: vcenter.name, build: 'Nothing' }),
      base({ name: 'waits', namespace: LAB, vCenter: 'distrusted' }),
      set({ name: 'no-base', namespace: LAB, base: 'nowhere', replicas: 1 }),
      { ...paused, spec: { ...paused.spec, paused: true } },
      { ...off, spec: { ...off.spec, powerPolicy: 'Off' } },
      clone('held', { paused: true }),
      clone('alone', {}),
      clone('stalled', { baseSnapshotRef: { name: 'waits' } }),
      clone('baseless', { baseSnapshotRef: { name: 'nowhere' } }),
    ]);
    await until('the operator to have seen all', async () => {
      const lists = await Promise.all(
        KINDS.map((kind) => get<{ items: Seen[] }>(`/apis/linkedclone.dev/v1alpha1/${kind}`)),
      );
      return lists
        .flatMap(({ items }) => items)
        .every(({ metadata, status }) => status?.observedGeneration === metadata.generation && status.conditions);
    });
    await kubectl(['wait', '--for=condition=Ready', 'lcs/off', 'lclone/alone', '-n', LAB, '--timeout=55s']);
    await kubectl(['patch', 'lclone/alone', '-n', LAB, '--type=merge', '-p', '{"spec":{"powerPolicy":"Off"}}']);
    await kubectl(['wait', '--for=condition=Ready', 'lclone/alone', '-n', LAB, '--timeout=55s']);
    const pause = (on: boolean): Promise<string> =>
      kubectl(['patch', 'lcs/off', '-n', LAB, '--type=merge', '-p', JSON.stringify({ spec: { paused: on } })]);
    await pause(true);
    await until('the pause with nothing to do to be recorded', () =>
      recorder.statuses().some((one) => described(one) === '`spec.paused` with nothing to do'),
    );
    await pause(false);
    await kubectl(['patch', 'lclone/held', '-n', LAB, '--type=merge', '-p', '{"spec":{"paused":false}}']);
    await kubectl(['delete', 'lcs,lclone,bsnap', '--all', '-n', LAB, '--timeout=55s']);
    await kubectl(['delete', 'vcenter', '--all', '--timeout=55s']);
  } finally {
    await vcenter.stop();
  }
}
