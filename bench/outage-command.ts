// `npm run bench -- outage`: vCenter or the API server is away for two minutes in the middle of the lab's 75 clones. What is
// written meanwhile, how soon everything is ready after, and whether anything was made twice or lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../src/testbed/command.ts';
import type { Command, FlagValues } from '../src/testbed/command.ts';
import { auditedWrites, countBy } from '../src/testbed/audit-log.ts';
import { note, numberOf } from './clones-command.ts';
import { KeptOperator } from './kept-operator.ts';
import { report } from './report.ts';
import { OPERATOR_USER, applyLab, readSets, readStats, startRig, totalCalls } from './rig.ts';
import type { Rig } from './rig.ts';

const HELP = `Measures an outage in the middle of 75 clones, at real durations. An operator that ends, as one does that loses
its Lease, is started again after 10, 20, 40 s … as a kubelet does.

Usage: npm run bench -- outage [flags]

  --of WHAT         who is away: vcenter (default) or api-server
  --seconds N       how long it's away (default 120)
  --no-save         don't write bench/results
  -h, --help        this text
`;

const COUNTS = [25, 25, 25];
/** Into the second wave of clones. */
const BEFORE_MS = 7_000;
const PATIENCE_MS = 180_000;

async function allReady(rig: Rig): Promise<boolean> {
  return (await readSets(rig)).every((set, i) => set.status?.readyReplicas === COUNTS[i]);
}

const WHO = { vcenter: 'vCenter', 'api-server': 'the API server' } as const;

function whoOf(values: FlagValues): keyof typeof WHO {
  const of = values['of'] ?? 'vcenter';
  if (of === 'vcenter' || of === 'api-server') return of;
  throw new UsageError(`--of must be vcenter or api-server, not "${String(of)}"`);
}

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const seconds = numberOf(values, 'seconds', 120);
  const of = whoOf(values);
  const rig = await startRig(1, {}, signal);
  const operator = new KeptOperator(rig.operator, rig.operatorOptions);
  try {
    const server = of === 'vcenter' ? rig.simulator.process : rig.controlPlane.process('kube-apiserver');
    const firstApply = await applyLab(rig, COUNTS);
    await sleep(BEFORE_MS, undefined, { signal });
    const awayFrom = Date.now();
    server.freeze();
    note(`${WHO[of]} is away for ${seconds} s`);
    await sleep(seconds * 1000, undefined, { signal }).finally(() => server.resume());
    const backAt = Date.now();
    while (!(await allReady(rig))) {
      if (Date.now() - backAt > PATIENCE_MS) throw new Error(`not everything was ready ${PATIENCE_MS / 1000} s after`);
      await sleep(200, undefined, { signal });
    }
    const readyAt = Date.now();
    const stats = await readStats(rig);
    const writes = await auditedWrites(rig.controlPlane.auditLogPath, OPERATOR_USER, awayFrom);
    const during = writes.filter(({ at, resource }) => at < backAt && resource !== 'leases');
    const results = {
      of,
      secondsAway: seconds,
      readySecondsAfter: (readyAt - backAt) / 1000,
      seconds: (readyAt - firstApply) / 1000,
      operatorRestarts: operator.restarts,
      vCenterCalls: totalCalls(stats),
      clonesMade: stats.calls['CloneVM_Task'] ?? 0,
      destroyed: stats.calls['Destroy_Task'] ?? 0,
      queuedByVCenter: stats.queued,
      writesWhileAway: countBy(during),
    };
    report('outage', `outage-${of}-${seconds}`, results, values['no-save'] !== true);
    return 0;
  } finally {
    await operator.stop();
    await rig.stop();
  }
}

export const OUTAGE: Command = {
  name: 'bench',
  help: HELP,
  options: { of: { type: 'string' }, seconds: { type: 'string' }, 'no-save': { type: 'boolean' } },
  run,
};
