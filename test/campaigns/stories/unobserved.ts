// The story of the campaign "unobserved": what is done while the operator sees nothing is a sequence of the plan.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Plan } from '../harness/plan.ts';
import type { Stage } from '../harness/stage.ts';
import { isGone, isThere, setOf } from './ends.ts';
import { applyBase, applyClone, applySet, ready, remove, setReady, step } from './steps.ts';
import type { Expectation, Step, Story } from './story.ts';

/** How the operator is made blind. */
export const UNOBSERVED_WAYS = ['killed', 'cut-off', 'watches-stand-still'] as const;

interface Thing {
  readonly plural: string;
  readonly name: string;
  readonly make: Step;
  readonly there: Expectation;
  /** Before the operator goes blind. */
  readonly atStart: boolean;
}

const THINGS: Readonly<Record<string, Thing>> = {
  a: {
    ...{ plural: 'linkedclones', name: 'late', atStart: false },
    make: applyClone('late'),
    there: isThere('linkedclones', 'late'),
  },
  b: {
    ...{ plural: 'linkedclones', name: 'early', atStart: true },
    make: applyClone('early'),
    there: isThere('linkedclones', 'early'),
  },
  s: { ...{ plural: 'linkedclonesets', name: 'web', atStart: true }, make: applySet('web', 2), there: setOf('web', 2) },
  g: {
    ...{ plural: 'basesnapshots', name: 'side', atStart: false },
    make: applyBase('side', 'Tmpl-2'),
    there: isThere('basesnapshots', 'side'),
  },
};

function thingOf(letter: string): Thing {
  const thing = THINGS[letter];
  if (thing === undefined) throw new Error(`there is no object "${letter}" in this story`);
  return thing;
}

function opsOf(plan: Plan): readonly string[] {
  return String(plan.more?.['ops'] ?? '').match(/[+-][a-z]/g) ?? [];
}

/** One that is held by its finalizer can't be made again before the operator has seen it: that's done afterwards. */
async function perform(stage: Stage, ops: readonly string[]): Promise<string[]> {
  const later: string[] = [];
  for (const op of ops) {
    const thing = thingOf(op[1] ?? '');
    const present = await stage.get(thing.plural, thing.name);
    if (op.startsWith('-')) await remove(thing.plural, thing.name).run(stage);
    else if (present?.metadata.deletionTimestamp === undefined) await thing.make.run(stage);
    else later.push(op);
  }
  return later;
}

async function blind(stage: Stage, plan: Plan): Promise<void> {
  const way = plan.more?.['way'];
  if (way === 'watches-stand-still') stage.apiProxy.watches.freeze();
  else {
    stage.apiProxy.setDown(true);
    if (way === 'killed') await stage.operator.kill();
  }
  const later = await perform(stage, opsOf(plan));
  stage.apiProxy.setDown(false);
  stage.apiProxy.watches.thaw();
  await stage.operator.settled();
  for (const op of later) {
    const thing = thingOf(op[1] ?? '');
    await waitUntil(
      `${thing.name} to be gone before it's made again`,
      async () => (await stage.get(thing.plural, thing.name))?.metadata.deletionTimestamp === undefined,
      { timeoutMs: stage.patienceMs },
    );
    await thing.make.run(stage);
  }
}

/** What is there at the end: the last word on each. */
function isWanted(plan: Plan, letter: string): boolean {
  const last = opsOf(plan).findLast((op) => op.endsWith(letter));
  return last === undefined ? thingOf(letter).atStart : last.startsWith('+') || revived(plan, letter);
}

/** Held by its finalizer when it was to be made again: made once it had gone, whatever was said in between. */
function revived(plan: Plan, letter: string): boolean {
  const ops = opsOf(plan).filter((op) => op.endsWith(letter));
  return (
    thingOf(letter).atStart && ops.includes(`+${letter}`) && ops.indexOf(`-${letter}`) < ops.lastIndexOf(`+${letter}`)
  );
}

export function unobservedStory(plan: Plan): Story {
  const end = Object.entries(THINGS).map(([letter, { plural, name, there }]) =>
    isWanted(plan, letter) ? there : isGone(plural, name),
  );
  return {
    name: 'unobserved',
    deterministic: false,
    before: [applyClone('early'), applySet('web', 2), ready('linkedclones', 'early'), setReady('web', 2)],
    steps: [step('what the operator does not see', (stage) => blind(stage, plan))],
    end,
  };
}
