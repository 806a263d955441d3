// Several operators with the same UIDs, as of a cluster that was copied, come to one vCenter at about the same time: whatever
// takes how long, one of them alone ever gets to change something, and goes on.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VCenterStatus } from '../../../../../src/api/types.generated.ts';
import { ClaimGate } from '../../../../../src/controllers/vcenter/claim/gate.ts';
import { claimPhase } from '../../../../../src/controllers/vcenter/claim/phase.ts';
import { SentClaims } from '../../../../../src/controllers/vcenter/claim/sent-claims.ts';
import { claimFieldName } from '../../../../../src/controllers/vcenter/claim/rules.ts';
import type { VCenterScope } from '../../../../../src/controllers/vcenter/reconciler.ts';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { sleep } from '../../../../../src/util/abort.ts';
import { RequeueAfter } from '../../../../../src/util/errors.ts';
import { VSphereError } from '../../../../../src/vsphere/faults.ts';
import type { FakeClock } from '../../../../support/fake-clock.ts';
import { vCenter } from '../../support/objects.ts';
import { SharedVCenter } from '../../support/shared-vcenter.ts';

const [CLUSTER, NAMESPACE] = ['the-same', 'system'];
const SETTLE_MS = 1_500;
/** Longest way of a call, there or back: what the wait has beyond the second in which a value is written. */
const WAY_MS = 400;
const OVER_MS = 15_000;
const STEP_MS = 50;
/** After a look that failed. */
const RETRY_MS = 5_000;
/** Of renewals where calls are so slow that they matter. */
const RENEW_MS = 60_000;
/** Longest way there: a holder's next look is over within one and a half renewals all the same. */
const SLOW_WAY_MS = 4_000;

/** What VCenter objects share that one process has. */
class Process {
  readonly connections: unknown[] = [];
  readonly sent = new SentClaims();
}

class Operator {
  readonly gate = new ClaimGate();
  /** Another may lead by now. */
  leadsNoMore = false;
  readonly #scope: VCenterScope;
  readonly #clock: FakeClock;

  constructor(
    shared: SharedVCenter,
    identity: string,
    ways: readonly number[],
    renewMs = 180_000,
    { connections, sent }: Process = new Process(),
  ) {
    this.#clock = shared.clock;
    const holds = { claim: this.gate, claimed: undefined };
    const connection = { name: 'vc', instanceUuid: 'vc-uuid', holds, client: shared.client(this.gate, ways) };
    connections.push(connection);
    const runtime = {
      clock: shared.clock,
      clusterId: CLUSTER,
      namespace: NAMESPACE,
      identity,
      formerHolders: () => [],
      config: { 'claim-renew': renewMs, 'claim-settle': SETTLE_MS, 'leader-elect': true },
      connections: { get: () => connection, all: () => connections, sentClaims: () => sent },
      events: { event: () => undefined },
      guard: {
        mayGiveUp: () => {
          if (this.leadsNoMore) throw new Error('this process is not the leader');
        },
      },
      logger: { warn: () => undefined },
    };
    const draft = new StatusDraft<VCenterStatus>(undefined, 1, shared.clock);
    const memory = { holds };
    this.#scope = { runtime, draft, memory, vCenter: vCenter() } as unknown as VCenterScope;
  }

  async run(startsAtMs: number, signal: AbortSignal): Promise<void> {
    let waitMs = startsAtMs;
    while (!signal.aborted) {
      await sleep(this.#clock, waitMs, signal);
      try {
        waitMs = (await claimPhase(this.#scope))?.requeueAfterMs ?? 60_000;
      } catch (error) {
        if (!(error instanceof RequeueAfter) && !(error instanceof VSphereError)) throw error;
        waitMs = error instanceof RequeueAfter ? error.delayMs : RETRY_MS;
      }
    }
  }

  get mayChange(): boolean {
    try {
      this.gate.require(this.#clock.monotonic());
      return true;
    } catch {
      return false;
    }
  }
}

interface Starter {
  readonly startsAtMs: number;
  readonly ways: readonly number[];
}

/** Who could ever change something, who can at the end, since when somebody could. */
async function race(
  shared: SharedVCenter,
  starters: readonly Starter[],
  { overMs = OVER_MS, stepMs = STEP_MS, renewMs = 180_000 } = {},
) {
  const operators = starters.map(({ ways }, i) => new Operator(shared, `pod-${i}`, ways, renewMs));
  const over = new AbortController();
  const runs = operators.map((operator, i) =>
    operator.run(starters[i]?.startsAtMs ?? 0, over.signal).catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    }),
  );
  const ever = new Set<Operator>();
  const now = (): Operator[] => operators.filter(({ mayChange }) => mayChange);
  let firstAtMs: number | undefined;
  let most = 0;
  for (let at = 0; at < overMs; at += stepMs) {
    await shared.clock.advance(stepMs);
    most = Math.max(most, now().length);
    for (const operator of now()) ever.add(operator);
    if (ever.size > 0) firstAtMs ??= at;
  }
  const ended = {
    ever: ever.size,
    most,
    last: now().length,
    firstAtMs,
    states: operators.map(({ gate }) => gate.state),
  };
  over.abort();
  await shared.clock.advance(2 * SLOW_WAY_MS);
  await Promise.all(runs);
  return ended;
}

const way = fc.constantFrom(0, 20, WAY_MS / 2, WAY_MS);
const starter = fc.record({
  startsAtMs: fc.integer({ min: 0, max: 1_500 }),
  ways: fc.array(way, { minLength: 5, maxLength: 9 }),
});
/** What was in the field when they came: there was none, somebody has defined one, a holder gave it up. */
const before = fc.constantFrom('none', 'unset', 'given up');

function sharedWith(what: string): SharedVCenter {
  const shared = new SharedVCenter();
  if (what !== 'none') shared.field = { key: 7, name: claimFieldName(CLUSTER, NAMESPACE) };
  if (what === 'given up') shared.value = what;
  return shared;
}

describe('copies of one cluster that come at the same time', () => {
  it('works at once where the field was not there: vCenter lets one alone define it', async () => {
    const shared = new SharedVCenter();
    const { firstAtMs } = await race(shared, [{ startsAtMs: 0, ways: [10] }]);
    expect(firstAtMs).toBeLessThan(SETTLE_MS / 3);
    expect(shared.calls.slice(0, 3)).toEqual(['AddCustomFieldDef', 'RetrievePropertiesEx', 'SetField']);
  });

  it('leaves a field without a value to whoever defined it, for a while', async () => {
    const { firstAtMs } = await race(sharedWith('unset'), [{ startsAtMs: 0, ways: [10] }]);
    expect(firstAtMs).toBeGreaterThan(2 * SETTLE_MS);
    expect(firstAtMs).toBeLessThan(3 * SETTLE_MS);
  });

  it('is one of them alone', async () => {
    // an answer may come too late where the write didn't: then all wait longer
    const times = { renewMs: RENEW_MS, overMs: OVER_MS + 2 * RENEW_MS, stepMs: 2 * STEP_MS };
    await fc.assert(
      fc.asyncProperty(before, fc.array(starter, { minLength: 2, maxLength: 3 }), async (what, starters) => {
        const { ever, last, states } = await race(sharedWith(what), starters, times);
        expect({ ever, last }).toEqual({ ever: 1, last: 1 });
        expect(states.filter((state) => state === 'elsewhere')).toHaveLength(starters.length - 1);
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('is so soon where the calls up to the answer of the write take less than the wait', async () => {
    const quick = fc.record({
      startsAtMs: fc.integer({ min: 0, max: 1_500 }),
      ways: fc.array(fc.constantFrom(0, 20, WAY_MS / 4, WAY_MS / 2), { minLength: 5, maxLength: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(before, fc.array(quick, { minLength: 2, maxLength: 3 }), async (what, starters) => {
        const { ever, last, firstAtMs } = await race(sharedWith(what), starters);
        expect({ ever, last }).toEqual({ ever: 1, last: 1 });
        expect(firstAtMs).toBeLessThan(OVER_MS);
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});

describe('a vCenter that is slow', () => {
  const TIMES = { renewMs: RENEW_MS, overMs: 6 * RENEW_MS, stepMs: 250 };
  /** Fast ways of all calls but one write, the third call of who finds a value there, which is as slow as that. */
  const writesAfter = (slowMs: number): number[] => [0, 0, 0, 0, 0, 0, slowMs, ...Array.from({ length: 200 }, () => 0)];

  it('carries out a write that another did not wait for: one of the two works at a time', async () => {
    const starters = [
      { startsAtMs: 0, ways: writesAfter(5_000) },
      { startsAtMs: 500, ways: [0] },
    ];
    const { most, last, states } = await race(sharedWith('given up'), starters, TIMES);
    expect({ most, last, states }).toEqual({ most: 1, last: 1, states: ['held', 'elsewhere'] });
  });

  it('has carried out the one of who defined the field when others had waited for that long enough', async () => {
    // privileges, fields, definition, read, write
    const ways = [0, 0, 0, 0, 0, 0, 0, 0, 5_000, ...Array.from({ length: 200 }, () => 0)];
    const starters = [
      { startsAtMs: 0, ways },
      { startsAtMs: 100, ways: [0] },
    ];
    const { most, last } = await race(sharedWith('none'), starters, TIMES);
    expect({ most, last }).toEqual({ most: 1, last: 1 });
  });

  it('gives its claim to one that is alone, after a longer wait, however slow each of its calls is', async () => {
    for (const what of ['none', 'unset', 'given up']) {
      const { firstAtMs, last } = await race(
        sharedWith(what),
        [{ startsAtMs: 0, ways: [SLOW_WAY_MS / 2, SLOW_WAY_MS] }],
        TIMES,
      );
      expect(last).toBe(1);
      expect(firstAtMs).toBeGreaterThan(1.5 * RENEW_MS);
      expect(firstAtMs).toBeLessThan(4 * RENEW_MS);
    }
  }, 60_000);

  it('lets one work at a time, and one go on, whatever takes how long', async () => {
    // mostly fast: where every call is slow, a write is late for all of them
    const slowWay = fc.constantFrom(...Array.from({ length: 8 }, () => 0), 20, WAY_MS, 1_000, SLOW_WAY_MS);
    const slowStarter = fc.record({
      startsAtMs: fc.integer({ min: 0, max: 6_000 }),
      ways: fc.array(slowWay, { minLength: 7, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(before, fc.array(slowStarter, { minLength: 2, maxLength: 3 }), async (what, starters) => {
        const { most, last } = await race(sharedWith(what), starters, TIMES);
        expect({ most, last }).toEqual({ most: 1, last: 1 });
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});

describe('a write whose reply got lost', () => {
  it('is as good as answered where it is seen soon enough', async () => {
    const shared = sharedWith('given up');
    shared.repliesLost = 1;
    const { firstAtMs, last } = await race(shared, [{ startsAtMs: 0, ways: [20] }]);
    expect(last).toBe(1);
    expect(firstAtMs).toBeLessThan(2 * SETTLE_MS);
  });

  it('is believed later where nobody knows when it came', async () => {
    const shared = sharedWith('given up');
    shared.repliesLost = 2; // the next look comes after a while
    const times = { renewMs: RENEW_MS, overMs: 3 * RENEW_MS, stepMs: 250 };
    const { firstAtMs, last } = await race(shared, [{ startsAtMs: 0, ways: [20] }], times);
    expect(last).toBe(1);
    expect(firstAtMs).toBeGreaterThan(1.5 * RENEW_MS);
  });

  it('leaves a claim that is held as it is', async () => {
    const shared = sharedWith('none');
    const operator = new Operator(shared, 'pod-0', [0], RENEW_MS);
    const over = new AbortController();
    const run = operator.run(0, over.signal).catch(() => undefined);
    await shared.clock.advance(RENEW_MS / 2);
    shared.repliesLost = 1;
    for (let at = 0; at < RENEW_MS; at += STEP_MS) {
      await shared.clock.advance(STEP_MS);
      expect([operator.mayChange, operator.gate.state]).toEqual([true, 'held']);
    }
    expect(shared.repliesLost).toBe(0);
    over.abort();
    await run;
  });
});

describe('the claim of an operator that ends', () => {
  async function claimed() {
    const shared = new SharedVCenter();
    const operator = new Operator(shared, 'pod-0', [0]);
    const over = new AbortController();
    const run = operator.run(0, over.signal).catch(() => undefined);
    await shared.clock.advance(OVER_MS);
    expect(operator.mayChange).toBe(true);
    over.abort();
    await run;
    return { shared, operator, callsBefore: shared.calls.length };
  }

  it('is given up', async () => {
    const { shared, operator } = await claimed();
    const given = operator.gate.giveUp();
    await shared.clock.advance(STEP_MS);
    await given;
    expect(shared.value).toBe('given up');
  });

  it('is left at once, unread, where another may lead by now', async () => {
    const { shared, operator, callsBefore } = await claimed();
    operator.leadsNoMore = true;
    const given = operator.gate.giveUp().then(() => 'given up', String);
    await shared.clock.advance(STEP_MS);
    expect(await given).toContain('not the leader');
    expect([shared.calls.length, shared.value]).toEqual([callsBefore, expect.stringContaining('pod-0')]);
  });
});

describe('VCenter objects that one process has for one vCenter', () => {
  /** The first has the claim; the second begins after 20 s, with calls that take so long. */
  async function second(ways: readonly number[], between: (both: Process) => void = () => undefined) {
    const [shared, over, both] = [new SharedVCenter(), new AbortController(), new Process()];
    const run = (operator: Operator, atMs: number): Promise<void> =>
      operator.run(atMs, over.signal).catch((error: unknown) => {
        if (!over.signal.aborted) throw error;
      });
    const first = new Operator(shared, 'pod-0', [10], RENEW_MS, both);
    const runs = [run(first, 0)];
    await shared.clock.advance(20_000);
    expect(first.mayChange).toBe(true);
    between(both);
    const other = new Operator(shared, 'pod-0', ways, RENEW_MS, both);
    runs.push(run(other, 0));
    const may = async (ms: number): Promise<boolean> => {
      for (let at = 0; at < ms; at += STEP_MS) await shared.clock.advance(STEP_MS);
      return other.mayChange;
    };
    const end = async (): Promise<void> => {
      over.abort(new Error('over'));
      await shared.clock.advance(RENEW_MS);
      await Promise.all(runs);
    };
    return { may, end };
  }

  it('share it: the second has what the first one holds, however slow its calls are', async () => {
    const { may, end } = await second([SETTLE_MS]);
    expect(await may(60_000)).toBe(true);
    await end();
  });

  it('share it: one that was deleted and applied again has it after a second look', async () => {
    const { may, end } = await second([10], ({ connections }) => connections.splice(0));
    expect(await may(3 * SETTLE_MS)).toBe(true);
    await end();
  });
});
