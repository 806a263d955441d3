// Several operators with the same UIDs, as of a cluster that was copied, come to one vCenter at about the same time: whatever
// takes how long, one of them alone ever gets to change something, and goes on.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VCenterStatus } from '../../../../../src/api/types.generated.ts';
import { ClaimGate } from '../../../../../src/controllers/vcenter/claim/gate.ts';
import { claimPhase } from '../../../../../src/controllers/vcenter/claim/phase.ts';
import { claimFieldName } from '../../../../../src/controllers/vcenter/claim/rules.ts';
import type { VCenterScope } from '../../../../../src/controllers/vcenter/reconciler.ts';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { sleep } from '../../../../../src/util/abort.ts';
import { toRfc3339 } from '../../../../../src/util/clock.ts';
import { RequeueAfter } from '../../../../../src/util/errors.ts';
import { VSphereError } from '../../../../../src/vsphere/faults.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { vCenter } from '../../support/objects.ts';

const [CLUSTER, NAMESPACE] = ['the-same', 'system'];
const ROOT = { type: 'Folder', value: 'group-d1' };
const SETTLE_MS = 1_500;
/** Longest way of a call, there or back: what the wait has beyond the second in which a value is written. */
const WAY_MS = 400;
const OVER_MS = 15_000;
const STEP_MS = 50;

/** One field on one folder, behind a wire. */
class SharedVCenter {
  readonly clock = new FakeClock();
  field: { readonly key: number; readonly name: string } | undefined;
  value = '';
  readonly calls: string[] = [];

  /** `ways`: how long the way is, used in turn. */
  client(gate: ClaimGate, ways: readonly number[]) {
    let used = 0;
    const onTheWay = async <T>(happens: () => T): Promise<T> => {
      await sleep(this.clock, ways[used++ % ways.length] ?? 0);
      const answer = happens();
      await sleep(this.clock, ways[used++ % ways.length] ?? 0);
      return answer;
    };
    const held = new Map([['Folder:group-d1', new Set(['Global.SetCustomField', 'Global.ManageCustomFields'])]]);
    return {
      generation: 1,
      content: { rootFolder: ROOT, customFieldsManager: { type: 'M', value: 'm' }, propertyCollector: {} },
      heldPrivileges: () => onTheWay(() => held),
      read: () => onTheWay(() => ({ properties: { field: this.field === undefined ? [] : [this.field] } })),
      invoke: (_: unknown, method: string, args: Readonly<Record<string, unknown>>) => {
        if (method === 'SetField') gate.requireFreshRead(this.clock.monotonic()); // as the session asks, right before
        return onTheWay(() => {
          this.calls.push(method);
          if (method === 'AddCustomFieldDef') return this.#define(String(args['name']), method);
          if (method === 'SetField') return void (this.value = String(args['value']));
          const values = this.value === '' ? [] : [{ key: 7, value: this.value }];
          const [customValue, serverClock] = [values, toRfc3339(this.clock.now())];
          const properties = (object: Record<string, unknown>) =>
            Object.entries(object).map(([name, val]) => ({ name, val }));
          return {
            objects: [
              { obj: ROOT, propSet: properties({ customValue }) },
              { obj: { type: 'ServiceInstance' }, propSet: properties({ serverClock }) },
            ],
          };
        });
      },
    };
  }

  #define(name: string, method: string): unknown {
    if (this.field !== undefined) throw new VSphereError({ fault: 'DuplicateName', method });
    this.field = { key: 7, name };
    return this.field;
  }
}

class Operator {
  readonly gate = new ClaimGate();
  /** Another may lead by now. */
  leadsNoMore = false;
  readonly #scope: VCenterScope;
  readonly #clock: FakeClock;

  constructor(shared: SharedVCenter, identity: string, ways: readonly number[]) {
    this.#clock = shared.clock;
    const connection = { name: 'vc', client: shared.client(this.gate, ways) };
    const runtime = {
      clock: shared.clock,
      clusterId: CLUSTER,
      namespace: NAMESPACE,
      identity,
      formerHolders: () => [],
      config: { 'claim-renew': 180_000, 'claim-settle': SETTLE_MS, 'leader-elect': true },
      connections: { get: () => connection },
      events: { event: () => undefined },
      guard: {
        mayGiveUp: () => {
          if (this.leadsNoMore) throw new Error('this process is not the leader');
        },
      },
      logger: { warn: () => undefined },
    };
    const draft = new StatusDraft<VCenterStatus>(undefined, 1, shared.clock);
    const memory = { holds: { claim: this.gate, claimed: undefined } };
    this.#scope = { runtime, draft, memory, vCenter: vCenter() } as unknown as VCenterScope;
  }

  async run(startsAtMs: number, signal: AbortSignal): Promise<void> {
    let waitMs = startsAtMs;
    while (!signal.aborted) {
      await sleep(this.#clock, waitMs, signal);
      try {
        waitMs = (await claimPhase(this.#scope))?.requeueAfterMs ?? 60_000;
      } catch (error) {
        if (!(error instanceof RequeueAfter)) throw error;
        waitMs = error.delayMs;
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
async function race(shared: SharedVCenter, starters: readonly Starter[]) {
  const operators = starters.map(({ ways }, i) => new Operator(shared, `pod-${i}`, ways));
  const over = new AbortController();
  const runs = operators.map((operator, i) =>
    operator.run(starters[i]?.startsAtMs ?? 0, over.signal).catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    }),
  );
  const ever = new Set<Operator>();
  const now = (): Operator[] => operators.filter(({ mayChange }) => mayChange);
  let firstAtMs: number | undefined;
  for (let at = 0; at < OVER_MS; at += STEP_MS) {
    await shared.clock.advance(STEP_MS);
    for (const operator of now()) ever.add(operator);
    if (ever.size > 0) firstAtMs ??= at;
  }
  const ended = { ever: ever.size, last: now().length, firstAtMs, states: operators.map(({ gate }) => gate.state) };
  over.abort();
  await shared.clock.advance(2 * WAY_MS);
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
    await fc.assert(
      fc.asyncProperty(before, fc.array(starter, { minLength: 2, maxLength: 3 }), async (what, starters) => {
        const { ever, last, states } = await race(sharedWith(what), starters);
        expect({ ever, last }).toEqual({ ever: 1, last: 1 });
        expect(states.filter((state) => state === 'elsewhere')).toHaveLength(starters.length - 1);
      }),
      { numRuns: 200 },
    );
  }, 120_000);
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
