// A vCenter that is away while 80 clones wait for it, seen from outside by a proxy that notes each call: one call a second
// finds out whether it's back, whatever waits; nothing is made twice; and right after the first answer the work goes on.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CallMeter, peakOf } from '../../../src/testbed/call-meter.ts';
import type { Away, MeteredCall } from '../../../src/testbed/call-meter.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus, successfulClones } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import { applySet, callsOf, freshNamespace, setReady, soundAfter } from './support/sets.ts';
import { PATIENCE_MS, lastSeq } from './support/story.ts';

const AWAY_MS = 20_000;
const CLONES = 80;
/** So many wait for the vCenter itself. */
const MANY = 75;
/** What was under way when the vCenter went fails within this. */
const NOTICED_MS = 3_000;
/** The next probe comes within five seconds, and what waited begins at once. */
const BEGUN_AGAIN_MS = 10_000;
/** The one that was answered, one for a new session, and one that was on its way: who goes on waiting after that asks each second. */
const PROBES_TO_BEGIN = 3;

const directory = useTemporaryDirectory();
let lab: Lab;
let meter: CallMeter;

beforeAll(async () => {
  lab = await Lab.start({ directory, speed: 5, inventory: inventory(), applyVCenter: false });
  meter = await CallMeter.start(lab.simulator.url);
  await lab.applyVCenter({ server: meter.server, tls: { thumbprint: meter.thumbprint } });
  await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: PATIENCE_MS });
}, 120_000);
afterAll(async () => {
  await lab?.stop();
  await meter?.stop();
});

async function passed(ms: number): Promise<void> {
  const from = performance.now();
  await waitUntil('the time to pass', () => performance.now() - from >= ms, { timeoutMs: ms + 5000, intervalMs: 100 });
}

interface Seen {
  /** performance.now() when it was back. */
  readonly backAt: number;
  /** Most calls in any second, from when the outage was noticed until the first answer. */
  readonly peak: number;
}

/** The vCenter is away for a while; what it was asked until it answered again. */
async function away(how: Away, meanwhile: () => Promise<void>): Promise<Seen> {
  const from = performance.now();
  meter.setAway(how);
  try {
    await waitUntil(
      'the VCenter to say so',
      async () => reasonOf(await lab.api.get<VCenter>('vcenters', 'vc')) === 'Unreachable',
      { timeoutMs: PATIENCE_MS },
    );
    await meanwhile();
    await passed(AWAY_MS - (performance.now() - from));
  } finally {
    meter.setAway(undefined);
  }
  const backAt = performance.now();
  const answered = await waitUntil(
    'an answer',
    () => {
      const calls = meter.untilAnswered(from + NOTICED_MS);
      return calls.some(({ answeredAt }) => answeredAt !== undefined) ? calls : undefined;
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 20 },
  );
  expect(answered.length).toBeGreaterThan(2);
  return { backAt, peak: peakOf(answered) };
}

/** How many probes came after `from` until the first call of that method, which comes in time. */
async function probesUntil(method: string, from: number): Promise<number> {
  const later = (): readonly MeteredCall[] => meter.calls.filter(({ at }) => at >= from);
  const first = await waitUntil(`another ${method}`, () => later().find((each) => each.method === method), {
    timeoutMs: PATIENCE_MS,
    intervalMs: 20,
  });
  process.stderr.write(
    `vcenter-away.test.ts: ${method} ${((first.at - from) / 1000).toFixed(1)} s after it was back\n`,
  );
  expect(first.at - from).toBeLessThan(BEGUN_AGAIN_MS);
  return later().filter((each) => each.at < first.at && each.method === 'CurrentTime').length;
}

async function begun(seq: number, method: string, count: number): Promise<void> {
  await waitUntil(
    `${count} calls of ${method}`,
    async () => callsOf(await lab.vcenter.ledger(seq), method).length >= count,
    { timeoutMs: PATIENCE_MS, intervalMs: 10 },
  );
}

describe('a vCenter that is away', () => {
  it('is asked once a second while 80 clones wait to be made, and they go on when it answers', async () => {
    const ns = await freshNamespace(lab);
    const seq = await lastSeq(lab);
    await applySet(lab, ns, 'web', 2);
    await setReady(lab, ns, 'web', 2);
    const { backAt, peak } = await away('unavailable', async () => {
      await lab.api.scale('web', CLONES, ns);
      await waitUntil(
        'all of them to say why they wait',
        async () => {
          const clones = await lab.api.list<LinkedClone>('linkedclones', ns);
          const said = clones.map((clone) => conditionOf(clone, 'Ready')?.message ?? '');
          return said.filter((message) => message.includes('the vCenter does not answer')).length >= MANY;
        },
        { timeoutMs: PATIENCE_MS },
      );
    });
    expect(peak).toBeLessThanOrEqual(2);
    expect(await probesUntil('CloneVM_Task', backAt)).toBeLessThanOrEqual(PROBES_TO_BEGIN);
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
    const ledger = await lab.vcenter.ledger(seq);
    expect([...successfulClones(ledger).values()]).toEqual(Array.from({ length: CLONES }, () => 1));
    expect(callsOf(ledger, 'Destroy_Task')).toEqual([]);
  }, 240_000);

  it('is asked once a second while it restarts and 80 clones wait to be deleted: one login, and they go', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'web', CLONES);
    await setReady(lab, ns, 'web', CLONES);
    const seq = await lastSeq(lab);
    const logins = (await lab.vcenter.stats()).calls['Login'] ?? 0;
    await lab.api.delete('linkedclonesets', 'web', ns);
    await begun(seq, 'PowerOffVM_Task', 10);
    const { backAt, peak } = await away('refusing', async () => {
      await lab.vcenter.post('/v1/restart', { downSeconds: 0 });
    });
    expect(peak).toBeLessThanOrEqual(2);
    expect(await probesUntil('PowerOffVM_Task', backAt)).toBeLessThanOrEqual(PROBES_TO_BEGIN);
    await lab.gone('linkedclonesets', 'web', ns, PATIENCE_MS);
    expect(await soundAfter(lab, ns, 0)).toEqual(soundCensus(0));
    expect((await lab.vcenter.stats()).calls['Login']).toBe(logins + 1);
  }, 240_000);

  it('is asked at most twice a second by an operator that starts meanwhile', async () => {
    await lab.stopOperator();
    const from = performance.now();
    meter.setAway('unavailable');
    await lab.startOperator();
    await lab.waitReason('vcenters', 'vc', 'Unreachable', { timeoutMs: PATIENCE_MS });
    await passed(AWAY_MS / 2);
    meter.setAway(undefined);
    await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: PATIENCE_MS });
    const calls = meter.untilAnswered(from);
    expect(calls.length).toBeGreaterThan(3);
    expect(peakOf(calls)).toBeLessThanOrEqual(2);
  }, 120_000);
});
