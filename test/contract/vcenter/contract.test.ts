// One set of expectations about a vCenter's wire, held against vcsim, which nobody here wrote, and against our simulator.
// Whatever the two disagree on must be tagged, and a tag must be true.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../../src/testbed/simulator.ts';
import type { RunningSimulator } from '../../../src/testbed/simulator.ts';
import { startVcsim } from '../../../src/testbed/vcsim.ts';
import type { RunningVcsim } from '../../../src/testbed/vcsim.ts';
import { testRun } from '../../support/test-run.ts';
import { ROOMS } from './rooms.ts';
import type { Expectation } from './support/expectation.ts';
import { Target } from './support/target.ts';
import { WireFault } from './support/wire.ts';

const inventoryFile = (name: string): string => fileURLToPath(new URL(`support/${name}`, import.meta.url));

let simulator: RunningSimulator;
let vcsim: RunningVcsim;
let ours: Target;
let theirs: Target;

beforeAll(async () => {
  // One after the other: what has started is known, and is stopped, when the next one fails.
  simulator = await startSimulator({ flags: { inventory: inventoryFile('inventory.yaml') } });
  vcsim = await startVcsim({ vcsim: testRun().tools.vcsim, args: ['-autostart=false'] });
  ours = await Target.open(simulator);
  theirs = await Target.open(vcsim);
}, 120_000);
afterAll(async () => {
  await Promise.all([ours?.close(), theirs?.close()]);
  await Promise.all([simulator?.process.stop(), vcsim?.stop()]);
});

/** Expectations fail by what they expect or by a fault; anything else is a mistake of theirs or a crash. */
function isDisagreement(error: unknown): boolean {
  return error instanceof WireFault || (error instanceof Error && 'matcherResult' in error);
}

async function demandDeviation(expectation: Expectation): Promise<void> {
  try {
    await expectation.run(theirs);
  } catch (error) {
    if (isDisagreement(error)) return;
    throw error;
  }
  throw new Error(`vcsim doesn't deviate any more: ${expectation.reason ?? ''}`);
}

const shared = ROOMS.filter((room) => room.own === undefined);
const alone = ROOMS.flatMap(({ own, ...room }) => (own === undefined ? [] : [{ ...room, own }]));

describe.each(shared)('$name', ({ expectations }) => {
  it.each(expectations)('ours: $id', (expectation) => expectation.run(ours));
  const both = expectations.filter(({ tag }) => tag !== 'vcenter-only');
  if (both.length > 0)
    it.each(both)('vcsim ($tag): $id', (expectation) =>
      expectation.tag === 'common' ? expectation.run(theirs) : demandDeviation(expectation),
    );
});

describe.each(alone)('$name', ({ own, expectations }) => {
  let itsOwn: RunningSimulator;
  beforeAll(async () => {
    itsOwn = await startSimulator({ flags: { ...own.flags, inventory: inventoryFile(own.inventory) } });
  }, 120_000);
  afterAll(() => itsOwn?.process.stop());

  it.each(expectations)('ours: $id', async (expectation) => {
    const target = await Target.open(itsOwn);
    try {
      await expectation.run(target);
    } finally {
      await target.close();
    }
  });
});

describe('the suite', () => {
  const all = ROOMS.flatMap((room) => room.expectations.map((expectation) => ({ room, expectation })));

  it('holds at least 250 expectations, 60 of them on disk chains and space', () => {
    expect(all.length).toBeGreaterThanOrEqual(250);
    expect(all.filter(({ room }) => room.disks).length).toBeGreaterThanOrEqual(60);
  });

  it('names each once, says why vcsim differs, and where facts about vCenter are from', () => {
    const ids = all.map(({ room, expectation }) => `${room.name}: ${expectation.id}`);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const { room, expectation } of all) {
      if (room.own !== undefined) expect([expectation.id, expectation.tag]).toEqual([expectation.id, 'vcenter-only']);
      if (expectation.tag === 'vcsim-deviation') expect([expectation.id, expectation.reason]).not.toContain('');
      if (expectation.tag !== 'common') expect([expectation.id, expectation.source ?? '']).not.toContain('');
    }
  });
});
