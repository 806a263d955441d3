// The story of the campaign "unobserved": what is done while the operator sees nothing is a sequence of the plan. What it finds
// when it looks again has the same names and other UIDs, and machines whose objects are gone, which it must leave alone.
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Plan } from '../harness/plan.ts';
import type { Stage } from '../harness/stage.ts';
import { pluralOf } from '../harness/words.ts';
import { isGone, isThere, setOf, vms } from './ends.ts';
import {
  RuleBroken,
  applyBase,
  applyClone,
  applySet,
  patch,
  ready,
  reasonIs,
  remove,
  scanned,
  setReady,
  step,
  untilLooked,
} from './steps.ts';
import type { Expectation, Step, Story } from './story.ts';
import type { Fate } from './unseen-ops.ts';
import { fateOf, opsOf } from './unseen-ops.ts';

/** How the operator is made blind. */
export const UNOBSERVED_WAYS = ['killed', 'cut-off', 'watches-stand-still'] as const;
/** Looks at clones as they were, where it goes on working. */
const LOOKS = 4;
const EARLY = 'early';

interface Thing {
  readonly plural: string;
  readonly name: string;
  readonly make: Step;
  readonly there: Expectation;
  /** Before the operator goes blind. */
  readonly atStart: boolean;
  /** Machines when it's there. */
  readonly machines: number;
}

export const THINGS: Readonly<Record<string, Thing>> = {
  a: {
    ...{ plural: 'linkedclones', name: 'late', atStart: false, machines: 1 },
    make: applyClone('late'),
    there: isThere('linkedclones', 'late'),
  },
  b: {
    ...{ plural: 'linkedclones', name: EARLY, atStart: true, machines: 1 },
    make: applyClone(EARLY),
    there: isThere('linkedclones', EARLY),
  },
  s: {
    ...{ plural: 'linkedclonesets', name: 'web', atStart: true, machines: 2 },
    make: applySet('web', 2),
    there: setOf('web', 2),
  },
  g: {
    ...{ plural: 'basesnapshots', name: 'side', atStart: true, machines: 0 },
    make: applyBase('side', 'Tmpl-2'),
    there: isThere('basesnapshots', 'side'),
  },
};

function thingOf(letter: string): Thing {
  const thing = THINGS[letter];
  if (thing === undefined) throw new Error(`there is no object "${letter}" in this story`);
  return thing;
}

function stepsOf(plan: Plan): ReturnType<typeof opsOf> {
  return opsOf(String(plan.more?.['ops'] ?? ''));
}

function fate(plan: Plan, letter: string): Fate {
  const found = fateOf(stepsOf(plan), letter, thingOf(letter).atStart);
  if (found === undefined) throw new Error(`"${String(plan.more?.['ops'])}" has a step that can't be done`);
  return found;
}

async function strip(stage: Stage, { plural, name }: Thing): Promise<void> {
  await stage.api.patch(plural, name, { metadata: { finalizers: null } }, stage.namespace);
}

async function perform(stage: Stage, plan: Plan): Promise<void> {
  for (const { sign, letter } of stepsOf(plan)) {
    const thing = thingOf(letter);
    if (sign === '+') await thing.make.run(stage);
    else await remove(thing.plural, thing.name).run(stage);
    // one without any is gone by now
    if (sign === '!' && (await stage.get(thing.plural, thing.name)) !== undefined) await strip(stage, thing);
  }
}

/** Versions between which the operator saw nothing. */
const unseen = new WeakMap<Stage, { readonly from: bigint; readonly to: bigint }>();

async function blind(stage: Stage, plan: Plan): Promise<void> {
  const way = plan.more?.['way'];
  // the undisturbed run has no way, and nothing to be done meanwhile
  if (way !== undefined && !UNOBSERVED_WAYS.some((one) => one === way))
    throw new Error(`nobody knows how the operator is "${String(way)}"`);
  if (way === 'watches-stand-still') stage.apiProxy.watches.freeze();
  else {
    stage.apiProxy.setDown(true);
    if (way === 'killed') await stage.operator.kill();
  }
  const from = BigInt(await stage.cluster.version());
  await perform(stage, plan);
  unseen.set(stage, { from, to: BigInt(await stage.cluster.version()) });
  if (way === 'watches-stand-still') await untilLooked(stage, 'linked-clone', LOOKS);
  stage.apiProxy.setDown(false);
  stage.apiProxy.watches.thaw();
  await stage.operator.settled();
}

/** Objects of the story that were made unseen where another of the name was, which had gone unseen. */
export function madeAgainUnseen(stage: Stage): KnownObject[] {
  const { from, to } = unseen.get(stage) ?? { from: 0n, to: 0n };
  const seen = stage.history.entries.filter(({ object }) => {
    const version = BigInt(object.metadata.resourceVersion);
    return version > from && version <= to;
  });
  return seen.flatMap(({ type, object }, i) => {
    const isNamesake = (other: KnownObject): boolean =>
      pluralOf(other) === pluralOf(object) &&
      other.metadata.name === object.metadata.name &&
      other.metadata.uid !== object.metadata.uid;
    const isAgain =
      type === 'ADDED' && seen.slice(0, i).some((one) => one.type === 'DELETED' && isNamesake(one.object));
    return isAgain ? [object] : [];
  });
}

/** The machine of the clone that somebody took the finalizers of: nobody asked for anything to be done to it. */
async function abandoned(stage: Stage): Promise<SimulatedVm> {
  const found = (await stage.vmsOfStory()).find(({ name }) => name === EARLY);
  if (found?.power !== 'poweredOn')
    throw new RuleBroken('wrong-deletion', `the machine "${EARLY}", which has no object, is ${found?.power ?? 'gone'}`);
  return found;
}

/** Another object has its name now, which says so, and is told to take it over. */
async function takeOver(stage: Stage): Promise<void> {
  await reasonIs('linkedclones', EARLY, 'Ready', 'NameConflict').run(stage);
  const { instanceUuid } = await abandoned(stage);
  await patch('linkedclones', EARLY, { spec: { adopt: { instanceUuid } } }).run(stage);
}

/** Nobody has its name: an orphan, which stays through the operator's scans, until somebody destroys it. */
async function destroyByHand(stage: Stage): Promise<void> {
  await scanned(2).run(stage);
  const ref = vm((await abandoned(stage)).moRef);
  await stage.other.run(ref, 'PowerOffVM_Task');
  await stage.other.run(ref, 'Destroy_Task');
}

function tidyUp(plan: Plan): Step[] {
  const { abandoned: isLeft, state } = fate(plan, 'b');
  if (!isLeft) return [];
  return state === 'there'
    ? [step('take over the machine that is left', takeOver)]
    : [step('destroy the machine that is left', destroyByHand)];
}

export function unobservedStory(plan: Plan): Story {
  const present = Object.keys(THINGS).filter((letter) => fate(plan, letter).state === 'there');
  const machines = present.reduce((sum, letter) => sum + thingOf(letter).machines, 0);
  const end = Object.entries(THINGS).map(([letter, { plural, name, there }]) =>
    present.includes(letter) ? there : isGone(plural, name),
  );
  return {
    name: 'unobserved',
    deterministic: false,
    before: [
      ...[applyClone(EARLY), applySet('web', 2), applyBase('side', 'Tmpl-2')],
      ...[ready('linkedclones', EARLY), setReady('web', 2), ready('basesnapshots', 'side')],
    ],
    steps: [step('what the operator does not see', (stage) => blind(stage, plan)), ...tidyUp(plan)],
    end: [...end, vms(machines)],
  };
}
