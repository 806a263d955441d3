// A base that is created at the instant in which its VCenter is deleted, in both orders: either the VCenter waits for the base,
// or the base is never pinned to it, and no snapshot is taken for it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BaseSnapshot, VCenter } from '../../../src/api/types.generated.ts';
import { sleep } from '../../../src/util/abort.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, machineNamed } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { PATIENCE_MS } from './support/story.ts';

const PAIRS = 24;
/** Pairs at once, each with a session of its own. */
const AT_ONCE = 6;
/** The second request comes so many milliseconds after the first, or after the operator began with the base, up to STEPS times that. */
const STEP_MS = 20;
const STEPS = 6;

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  const own = Array.from({ length: PAIRS }, (_, i) => parent(`Own ${i}`));
  lab = await Lab.start({ directory, inventory: inventory({ vms: [parent('Tmpl'), ...own] }) });
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

function nameOf(i: number): string {
  return `pair-${i}`;
}

/** Half of the bases have their snapshot taken, each of a parent of its own. */
function takesSnapshot(i: number): boolean {
  return i % 2 === 1;
}

function create(i: number): Promise<void> {
  const vCenterRef = { name: nameOf(i) };
  return takesSnapshot(i)
    ? lab.applyBase(nameOf(i), `Templates/Own ${i}`, { vCenterRef, snapshot: { create: { name: 'ours' } } })
    : lab.applyBase(nameOf(i), 'Templates/Tmpl', { vCenterRef });
}

/** The operator has seen the base: it's pinned soon. */
async function isBegun(name: string): Promise<boolean> {
  const base = await lab.api.get<BaseSnapshot>('basesnapshots', name, 'lab');
  return (base?.metadata as { finalizers?: readonly string[] } | undefined)?.finalizers !== undefined;
}

/** One after the other is done with, for the first of each kind; at the same time, or a little apart, for the others. */
async function race(i: number): Promise<void> {
  const name = nameOf(i);
  const remove = (): Promise<void> => lab.api.delete('vcenters', name);
  if (i < 2) {
    await remove();
    await lab.gone('vcenters', name, '', PATIENCE_MS);
    return create(i);
  }
  if (i < 4) {
    await create(i);
    await lab.waitReason('basesnapshots', name, 'Ready', LONG);
    return remove();
  }
  const delayMs = (Math.floor(i / 4) % STEPS) * STEP_MS;
  if (i % 4 > 1) {
    await Promise.all([remove(), sleep(systemClock, delayMs).then(() => create(i))]);
    return;
  }
  await create(i);
  await waitUntil('the finalizer', () => isBegun(name), { timeoutMs: PATIENCE_MS, intervalMs: 10 });
  await sleep(systemClock, delayMs);
  await remove();
}

interface Pair {
  readonly base: BaseSnapshot | undefined;
  readonly vCenter: VCenter | undefined;
}

async function pairOf(i: number): Promise<Pair> {
  const base = await lab.api.get<BaseSnapshot>('basesnapshots', nameOf(i), 'lab');
  return { base, vCenter: await lab.api.get<VCenter>('vcenters', nameOf(i)) };
}

/** Nothing is under way: the base is Ready, or refused for its VCenter's sake, and the VCenter waits or is gone. */
async function settled(i: number): Promise<Pair> {
  let last: Pair | undefined;
  return waitUntil(
    `a decision on ${nameOf(i)}`,
    async () => {
      last = await pairOf(i);
      const { base, vCenter } = last;
      const refused =
        reasonOf(base) === 'VCenterNotFound' ||
        (reasonOf(base) === 'VCenterNotReady' &&
          conditionOf(base, 'Ready')?.message.includes('is being deleted') === true);
      const isDecided = reasonOf(base) === 'Ready' || refused;
      const waits = vCenter === undefined || reasonOf(vCenter, 'DeletionBlocked') === 'DependentsExist';
      return isDecided && waits ? last : undefined;
    },
    LONG,
  ).catch((error: unknown) => {
    const { base, vCenter } = last ?? {};
    throw new Error(`${String(error)}: ${JSON.stringify([base?.status, vCenter?.status?.conditions])}`);
  });
}

describe('a VCenter that is deleted while a base is created on it', () => {
  it(`waits for the base, or has nothing pinned to it: ${PAIRS} pairs, in both orders`, async () => {
    const outcomes = { waits: 0, refused: 0, gone: 0 };
    for (let from = 0; from < PAIRS; from += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, PAIRS - from) }, (_, i) => from + i);
      await Promise.all(
        some.map(async (i) => {
          await lab.api.apply({
            apiVersion: 'linkedclone.dev/v1alpha1',
            kind: 'VCenter',
            metadata: { name: nameOf(i) },
            spec: lab.vCenterSpec(),
          });
          await lab.waitReason('vcenters', nameOf(i), 'Connected', LONG);
        }),
      );
      await Promise.all(some.map(race));
      const pairs = await Promise.all(some.map(settled));
      const ledger = await lab.vcenter.ledger();
      for (const [j, { base, vCenter }] of pairs.entries()) {
        const i = from + j;
        const isPinned = base?.status?.vCenter !== undefined;
        expect([nameOf(i), isPinned]).toEqual([nameOf(i), reasonOf(base) === 'Ready']);
        if (isPinned) expect([nameOf(i), vCenter?.metadata.uid]).toEqual([nameOf(i), base.status?.vCenter?.uid]);
        const { moRef } = await machineNamed(lab, `Own ${i}`);
        const isAsked = ledger.some(({ method, target }) => method === 'CreateSnapshot_Task' && target === moRef);
        expect([nameOf(i), isAsked]).toEqual([nameOf(i), isPinned && takesSnapshot(i)]);
        outcomes[isPinned ? 'waits' : vCenter === undefined ? 'gone' : 'refused'] += 1;
      }
      // what waits goes by itself with the last that names it
      await Promise.all(some.map((i) => lab.api.delete('basesnapshots', nameOf(i), 'lab')));
      for (const i of some) {
        await lab.gone('basesnapshots', nameOf(i), 'lab', PATIENCE_MS);
        await lab.gone('vcenters', nameOf(i), '', PATIENCE_MS);
      }
    }
    process.stderr.write(`vCenter races: ${JSON.stringify(outcomes)}\n`);
    expect(outcomes.waits).toBeGreaterThanOrEqual(2);
    expect(outcomes.gone).toBeGreaterThanOrEqual(2);
  }, 600_000);
});
