// `npm run bench -- recovery`: how soon the work goes on after the leader, the API server or the vCenter was gone, seen from
// outside: the API server's audit log, the sets' readiness, and a meter before the vCenter that notes each call.
import { setTimeout as sleep } from 'node:timers/promises';
import { auditedWrites } from '../src/testbed/audit-log.ts';
import { CallMeter, peakOf } from '../src/testbed/call-meter.ts';
import type { Command, FlagValues } from '../src/testbed/command.ts';
import { startOperator } from '../src/testbed/operator.ts';
import { waitUntil } from '../src/testbed/wait-until.ts';
import { note, numberOf } from './clones-command.ts';
import { KeptOperator } from './kept-operator.ts';
import { report } from './report.ts';
import { LABS, OPERATOR_USER, applyLab, readSets, scaleAll, startRig } from './rig.ts';
import type { Rig } from './rig.ts';

const HELP = `Measures recovery with two operators, the timers that ship, and 75 clones at real durations. An operator that ends is
started again after 10, 20, 40 s … as a kubelet does.

Usage: npm run bench -- recovery [flags]

  --away N          seconds for which vCenter, and then the API server, is away (default 30)
  --leaders N       how often the leader is killed (default 3)
  --no-save         don't write bench/results
  -h, --help        this text
`;

const COUNTS = [25, 25, 25];
/** Into the second wave of clones. */
const BEFORE_MS = 7_000;
const PATIENCE_MS = 180_000;
/** What was under way when the vCenter went has failed by then. */
const NOTICED_MS = 3_000;

interface Scene {
  readonly rig: Rig;
  readonly meter: CallMeter;
  readonly operators: readonly KeptOperator[];
  readonly signal: AbortSignal;
}

async function allReady({ rig, signal }: Scene, each: number): Promise<void> {
  const ready = async (): Promise<boolean> =>
    (await readSets(rig)).every(({ status }) => status?.readyReplicas === each && status.replicas === each);
  await waitUntil(`${LABS.length} sets with ${each} ready`, ready, { timeoutMs: PATIENCE_MS, intervalMs: 200, signal });
}

/** The vCenter goes in the middle of 75 clones and comes back. */
async function vCenterBack(scene: Scene, awayMs: number): Promise<Record<string, number>> {
  const { rig, meter, signal } = scene;
  await applyLab(rig, COUNTS, meter);
  await sleep(BEFORE_MS, undefined, { signal });
  note(`vCenter is away for ${awayMs / 1000} s`);
  const from = performance.now();
  meter.setAway('refusing');
  await sleep(awayMs, undefined, { signal });
  meter.setAway(undefined);
  const backAt = performance.now();
  await allReady(scene, COUNTS[0] ?? 0);
  const calls = meter.untilAnswered(from + NOTICED_MS);
  const answeredAt = Math.min(...calls.map(({ answeredAt: at = Number.POSITIVE_INFINITY }) => at));
  return {
    secondsAway: awayMs / 1000,
    firstAnswerSecondsAfter: seconds(answeredAt - backAt),
    convergedSecondsAfter: seconds(performance.now() - backAt),
    callsUntilAnswered: calls.length,
    peakCallsPerSecondUntilAnswered: peakOf(calls),
  };
}

/** The API server stands still while sets grow, for longer than a Lease lasts. */
async function apiServerBack(scene: Scene, awayMs: number): Promise<Record<string, number>> {
  const { rig, operators, signal } = scene;
  const server = rig.controlPlane.process('kube-apiserver');
  const each = (COUNTS[0] ?? 0) + 5;
  const restarts = (): number => operators.reduce((sum, one) => sum + one.restarts, 0);
  const before = restarts();
  await scaleAll(rig, each);
  await sleep(1_000, undefined, { signal });
  note(`the API server is away for ${awayMs / 1000} s`);
  server.freeze();
  await sleep(awayMs, undefined, { signal }).finally(() => server.resume());
  const backAt = performance.now();
  await allReady(scene, each);
  return {
    secondsAway: awayMs / 1000,
    convergedSecondsAfter: seconds(performance.now() - backAt),
    operatorRestarts: restarts() - before,
  };
}

async function leader({ operators, signal }: Scene): Promise<KeptOperator> {
  return waitUntil(
    'a leader, and one that waits',
    async () => {
      const leading = await Promise.all(operators.map((one) => isLeading(one.metricsUrl)));
      return leading.includes(undefined) ? undefined : operators[leading.indexOf(true)];
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 500, signal },
  );
}

/** Undefined: it doesn't run. */
async function isLeading(metricsUrl: string): Promise<boolean | undefined> {
  const text = await fetch(`${metricsUrl}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  const value = /^leader_election_master_status\{[^}]*\} (\d)$/m.exec(text)?.[1];
  return value === undefined ? undefined : value === '1';
}

/** The leader is killed as a set grows: until the other one makes a clone for it. */
async function leaderGone(scene: Scene, each: number): Promise<number> {
  const { rig, signal } = scene;
  const killed = await leader(scene);
  const killedAt = Date.now();
  await killed.kill();
  await scaleAll(rig, each);
  const made = await waitUntil(
    'a clone that the next leader makes',
    async () => {
      const writes = await auditedWrites(rig.controlPlane.auditLogPath, OPERATOR_USER, killedAt);
      return writes.find(
        ({ verb, resource, code }) => verb === 'create' && resource === 'linkedclones' && code === 201,
      );
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 250, signal },
  );
  await allReady(scene, each);
  return seconds(made.at - killedAt);
}

function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const awayMs = numberOf(values, 'away', 30) * 1000;
  const leaders = numberOf(values, 'leaders', 3);
  const rig = await startRig(1, {}, signal);
  const meter = await CallMeter.start(rig.simulator.url);
  const operators = [new KeptOperator(rig.operator, rig.operatorOptions)];
  try {
    operators.push(new KeptOperator(await startOperator({ ...rig.operatorOptions, signal }), rig.operatorOptions));
    const scene: Scene = { rig, meter, operators, signal };
    const vCenter = await vCenterBack(scene, awayMs);
    const apiServer = await apiServerBack(scene, awayMs);
    const next: number[] = [];
    for (let i = 1; i <= leaders; i += 1) {
      note(`the leader is killed, ${i} of ${leaders}`);
      next.push(await leaderGone(scene, (COUNTS[0] ?? 0) + 5 + i));
    }
    const results = { vCenter, apiServer, leader: { nextOneWorksSecondsAfter: next, worst: Math.max(...next) } };
    report('recovery', 'recovery', results, values['no-save'] !== true);
    return 0;
  } finally {
    await Promise.all(operators.map((one) => one.stop()));
    await rig.stop();
    await meter.stop();
  }
}

export const RECOVERY: Command = {
  name: 'bench',
  help: HELP,
  options: { away: { type: 'string' }, leaders: { type: 'string' }, 'no-save': { type: 'boolean' } },
  run,
};
