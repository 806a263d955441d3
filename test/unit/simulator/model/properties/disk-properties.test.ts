// What must hold for the disk model after any sequence of operations, in any order, whether they succeed or not.
// The seed is always printed; a failing run also prints the shortest sequence that breaks a rule. PROPERTY_SEED=<seed>
// repeats a run, PROPERTY_RUNS=<number> makes it longer.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkInvariants } from './invariants.ts';
import { OFTEN, OPERATIONS, Story } from './story.ts';
import type { Step } from './story.ts';
import { Watch } from './watcher.ts';

const SEED = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 2000);
/** Short ones find nearly everything, and the longest that a run makes are worth the wait. */
const MOST_STEPS = 20;

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ operation: fc.constantFrom(...OPERATIONS, ...OFTEN), pick: fc.nat(30) }),
  { minLength: 1, maxLength: MOST_STEPS, size: 'max' },
);

async function live(sequence: readonly Step[]): Promise<void> {
  const story = new Story();
  const { vc } = story;
  const watches = [new Watch(vc, true), new Watch(vc, false)];
  watches[0]?.catchUp();
  for (const step of sequence) {
    await story.run(step);
    checkInvariants(vc, story);
    // One asks often, the other seldom: many changes come to it at once.
    watches[0]?.catchUp();
    if (step.pick % 3 === 0) watches[1]?.catchUp();
  }
  for (const watch of watches) {
    watch.catchUp();
    watch.compare();
  }
  await story.destroyEverything();
  for (const datastore of vc.describe().datastores) {
    expect(datastore.files).toEqual([]);
    expect(datastore.freeBytes).toBe(datastore.capacityBytes);
  }
}

describe('after any sequence of operations', () => {
  it(
    'space, chains, counts, backings, identities and what watchers know are right, and all space comes back',
    async () => {
      process.stderr.write(`disk properties: ${RUNS} sequences, PROPERTY_SEED=${SEED}\n`);
      await fc.assert(fc.asyncProperty(steps, live), { numRuns: RUNS, seed: SEED });
    },
    RUNS * 300,
  );
});
