// A control plane of this file's own, because it is disturbed: the controllers work, each server can be frozen, killed
// and started again on its data, and after `stop` no process, port or folder is left.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { areFree } from '../../../src/testbed/control-plane/free-ports.ts';
import { startControlPlane } from '../../../src/testbed/control-plane/start-control-plane.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { processesWith } from '../../support/child-processes.ts';
import { deleteNamespace, makeNamespace } from '../../support/control-plane.ts';

const unexpected: string[] = [];
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    progress: silentProgress,
    onUnexpectedExit: ({ message }) => unexpected.push(message),
  });
}, 120_000);

afterAll(() => plane?.stop());

function listening(): string[] {
  return [readFileSync('/proc/net/tcp', 'utf8'), readFileSync('/proc/net/tcp6', 'utf8')].flatMap((table) =>
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A')
      .map((fields) => fields[1] ?? ''),
  );
}

describe('a control plane', () => {
  it('serves the project’s kinds, and its controller manager really deletes namespaces', async () => {
    expect(await plane.kubectl(['api-resources', '--api-group=linkedclone.dev', '-o', 'name'])).toContain(
      'linkedclonesets.linkedclone.dev',
    );
    const namespace = await makeNamespace('short-lived', plane);
    await plane.kubectl(['create', 'configmap', 'thing', '-n', namespace]);
    await deleteNamespace(namespace, 60_000, plane);
  }, 120_000);

  it('collects the project’s objects when their owner goes', async () => {
    const namespace = await makeNamespace('owners', plane);
    const owners = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = await plane.api.call<{ metadata: { uid: string } }>('POST', owners, {
      body: { metadata: { name: 'owner' } },
    });
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
    const clones = `/apis/linkedclone.dev/v1alpha1/namespaces/${namespace}/linkedclones`;
    const type = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedClone' };
    const metadata = { name: 'owned', ownerReferences: [reference] };
    await plane.api.call('POST', clones, { body: { ...type, metadata, spec: { baseSnapshotRef: { name: 'base' } } } });
    await plane.api.call('DELETE', `${owners}/owner`);
    const isGone = async (): Promise<boolean> => (await plane.api.request('GET', `${clones}/owned`)).status === 404;
    expect(await waitUntil('the garbage collector', isGone, { timeoutMs: 60_000 })).toBe(true);
  }, 120_000);

  it('answers nothing while its API server is frozen, and goes on where it was', async () => {
    const server = plane.process('kube-apiserver');
    server.freeze();
    try {
      const frozen = plane.api.request('GET', '/readyz', { signal: AbortSignal.timeout(1000) });
      await expect(frozen).rejects.toMatchObject({ name: 'TimeoutError' });
    } finally {
      server.resume();
    }
    await waitUntil('an answer', async () => (await plane.api.request('GET', '/readyz')).status === 200);
  }, 120_000);

  it.each(['kube-apiserver', 'etcd'] as const)(
    'keeps its data when %s is killed and started again',
    async (name) => {
      const namespace = await makeNamespace('kept', plane);
      const server = plane.process(name);
      const before = server.pid;
      await server.kill();
      expect(server.running).toBe(false);
      await server.restart();
      expect(server.running && server.pid !== before).toBe(true);
      await waitUntil(
        'the namespace',
        async () => (await plane.api.request('GET', `/api/v1/namespaces/${namespace}`)).status === 200,
      );
      expect(unexpected).toEqual([]);
    },
    120_000,
  );

  it('has a working controller manager again after that one was restarted while it ran', async () => {
    await plane.process('kube-controller-manager').restart();
    await deleteNamespace(await makeNamespace('after', plane), 60_000, plane);
    expect(unexpected).toEqual([]);
  }, 120_000);

  it('says so when a server ends that nobody stopped', async () => {
    process.kill(plane.process('kube-controller-manager').pid, 'SIGKILL');
    await waitUntil('the message', () => unexpected.length > 0);
    expect(unexpected[0]).toMatch(/^kube-controller-manager ended by itself \(SIGKILL\)/);
  });

  it('leaves no process, port or folder behind, and is quick about it though a server does not answer', async () => {
    const { directory, server } = plane;
    expect(processesWith(directory).length).toBeGreaterThanOrEqual(2);
    const ports = ownPorts(directory);
    expect(ports).toContain(Number(new URL(server).port));
    plane.process('kube-apiserver').freeze();
    const startedAt = performance.now();
    await plane.stop();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(processesWith(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    expect(await areFree(ports)).toBe(true);
    const open = new Set(listening().map((address) => Number.parseInt(address.split(':')[1] ?? '', 16)));
    expect(ports.filter((port) => open.has(port))).toEqual([]);
    await plane.stop();
  }, 120_000);
});

/** The ports in the command lines of the servers. */
function ownPorts(directory: string): number[] {
  const commands = processesWith(directory).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  const found = commands.flatMap((command) =>
    [...command.matchAll(/(?:127\.0\.0\.1:|--secure-port=)(\d{2,5})/g)].map((match) => Number(match[1])),
  );
  return [...new Set(found)];
}
