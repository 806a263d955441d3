// Two Pods of the operator: the one that leads is killed, evicted and asked to stop while machines are being made. Another
// takes over in time, and no machine is made twice.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { successfulClones } from '../../support/vm-census.ts';
import type { ManagedProcess } from '../../../src/testbed/process/managed-process.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE } from '../context.ts';
import type { SetObject } from '../objects.ts';
import { base, namespace, set, setPath, vCenter } from '../objects.ts';
import { installOperator, isReady, leader, operatorPods } from '../operator.ts';
import type { OutsideVcenter } from '../vcenter.ts';
import { startVcenter } from '../vcenter.ts';

const LAB = 'two';
const SET = ['lcs/class', '-n', LAB];
const TAKEN_OVER_WITHIN_MS = 20_000;
const POD = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods`;

export async function replicas(context: Context): Promise<void> {
  const { check, kubectl, apply, until, controlPlane } = context;
  const vcenter = await startVcenter(context, 1);
  try {
    await check('two Pods, one leads', async () => {
      await installOperator(context, { values: { replicaCount: 2 } });
      await until('a leader', () => leader(context));
      await apply([
        namespace(LAB),
        vCenter(vcenter.name, vcenter.spec),
        base({ name: 'capture', namespace: LAB, vCenter: vcenter.name }),
        set({ name: 'class', namespace: LAB, base: 'capture', replicas: 1 }),
      ]);
      await kubectl(['wait', '--for=condition=Ready', ...SET, '--timeout=55s']);
    });
    await check('the leader is killed while machines are made: another leads within 20 s', () =>
      during(context, vcenter, 12, async (pod) => killOperatorOf(pod)),
    );
    await check(
      'the leader is evicted while machines are made: another leads within 20 s, and it stopped cleanly',
      () =>
        during(context, vcenter, 24, async (pod) => {
          const log = await follow(context, pod);
          const eviction = {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod, namespace: OPERATOR_NAMESPACE },
          };
          await controlPlane.api.call('POST', `${POD}/${pod}/eviction`, { body: eviction });
          const exit = await until('the Pod to end', async () => {
            const { status, text } = await controlPlane.api.request('GET', `${POD}/${pod}`);
            if (status === 404) return { exitCode: 0 };
            return (JSON.parse(text) as PodStatus).status.containerStatuses?.[0]?.state.terminated;
          });
          assert.equal(exit.exitCode, 0);
          await log.exited;
          assert.match(log.logTail(), /leadership released|leadership given back|leadership ended/);
        }),
    );
    await check('the set goes with all its machines', async () => {
      await kubectl(['delete', ...SET, '--timeout=58s']);
      await kubectl(['delete', 'bsnap/capture', '-n', LAB, '--timeout=55s']);
      await kubectl(['delete', 'vcenter', vcenter.name, '--timeout=55s']);
      assert.deepEqual(await vcenter.admin.owned(), []);
    });
  } finally {
    await vcenter.stop();
  }
}

/** Its log, followed to the end; what it has written so far is there already. */
async function follow({ controlPlane, signal }: Context, pod: string): Promise<ManagedProcess> {
  return startProcess({
    name: `log of ${pod}`,
    command: controlPlane.tools.kubectl,
    args: ['logs', '-f', pod, '-n', OPERATOR_NAMESPACE],
    env: { KUBECONFIG: controlPlane.kubeconfig },
    readyLine: true,
    signal,
  });
}

interface PodStatus {
  status: { containerStatuses?: { state: { terminated?: { exitCode: number } } }[] };
}

/** Scales up, disturbs the leader in the middle, and counts. */
async function during(
  context: Context,
  vcenter: OutsideVcenter,
  count: number,
  disturb: (leadingPod: string) => Promise<void>,
): Promise<void> {
  const { until, kubectl, get } = context;
  await until('two Pods that are ready', async () => (await operatorPods(context)).filter(isReady).length === 2);
  const leading = await until('a leader', () => leader(context));
  const before = await leaseHolder(context);
  await kubectl(['scale', ...SET, `--replicas=${count}`]);
  const mark = (await vcenter.admin.owned()).length;
  await until('some of the machines', async () => (await vcenter.admin.owned()).length > mark);
  const at = performance.now();
  await disturb(leading);
  await until('another leader', async () => {
    const now = await leaseHolder(context);
    return now !== '' && now !== before;
  });
  const took = performance.now() - at;
  assert.ok(took < TAKEN_OVER_WITHIN_MS, `another led after ${took} ms`);
  await until(`${count} machines`, async () => {
    const { status } = await get<SetObject>(setPath(LAB, 'class'));
    return status?.readyReplicas === count && status.replicas === count;
  });
  const made = successfulClones(await vcenter.admin.ledger());
  assert.deepEqual(
    [...made.values()].filter((times) => times !== 1),
    [],
    'each machine was made once',
  );
  assert.equal((await vcenter.admin.owned()).length, count);
}

async function leaseHolder({ get }: Context): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/linked-clone-operator`;
  const { spec } = await get<{ spec: { holderIdentity?: string } }>(path);
  return spec.holderIdentity ?? '';
}

/** As the kernel's out-of-memory killer would. Containers are processes of this machine. */
function killOperatorOf(pod: string): void {
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return environment.includes(`HOSTNAME=${pod}`) && command.some((part) => part.endsWith('dist/main.js'));
      } catch {
        return false; // it has ended
      }
    });
  assert.ok(pid, `no process of ${pod}`);
  process.kill(Number(pid), 'SIGKILL');
}
