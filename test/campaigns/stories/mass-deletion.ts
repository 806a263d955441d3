// The story of the campaign "mass-deletion": many clones go at once, by mistake or by plan. A mistake stops after ten, is
// kept over a restart, and goes on only for the id that the condition names; a deleted CustomResourceDefinition or a restored
// backup takes no machine along; what a set, a namespace or a few single deletions want is never
// hindered, and neither are more than ten when they are no more than a fifth of all.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Plan } from '../harness/plan.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { clonesAre, isGone, setOf, vms } from './ends.ts';
import { CRD_VARIANTS, crdVariant } from './crd-deleted.ts';
import { HOLDS, MANY, RESUME, destroyed, isPaused } from './mass-deletion-steps.ts';
import { RESTORED_VARIANTS } from './restored.ts';
import { applySet, clonesOf, gone, remove, RuleBroken, scale, setReady, step, untilLooked, waitFor } from './steps.ts';
import type { Expectation, Step, Story } from './story.ts';

/** So many of the set's clones are deleted by hand. */
const BY_HAND: Readonly<Record<string, number>> = { selector: MANY, eleven: 11, twelve: 12 };
export const MISTAKES = [...Object.keys(BY_HAND), ...CRD_VARIANTS, ...Object.keys(RESTORED_VARIANTS)];
export const BY_PLAN = [
  'scaled',
  'set-deleted',
  'namespace-deleted',
  'a-few-by-hand',
  'scaled-and-a-few',
  'a-fifth-by-hand',
] as const;

const MOST = 10;
/** More than that, and with the clone that no story touches a fifth of all of the vCenter, which isn't more than 20 %. */
const A_FIFTH = { deleted: 11, of: 54 };

function deleteByHand(count: number, from = 0): Step {
  return step(`delete ${count} clones by hand`, async (stage) => {
    const names = (await clonesOf(stage, 'web')).map(({ metadata }) => metadata.name).slice(from, from + count);
    await Promise.all(names.map((name) => stage.api.delete('linkedclones', name, stage.namespace)));
  });
}

async function tooMany(stage: Stage): Promise<boolean> {
  return (await destroyed(stage)) > MOST;
}

const PAUSED_AFTER_TEN = step('deletions to be paused, ten gone at most', async (stage) => {
  await waitUntil('the pause', async () => (await tooMany(stage)) || isPaused(stage), { timeoutMs: stage.patienceMs });
  if (await tooMany(stage))
    throw new RuleBroken('breaker', `more than ${MOST} were destroyed before deletions were paused`);
});

/** With those that were on their way when deletions were paused. */
const STILL_TEN = step('ten gone at most', async (stage) => {
  if (await tooMany(stage)) throw new RuleBroken('breaker', `more than ${MOST} were destroyed before an answer`);
});

const NEVER_PAUSED: Expectation = async (stage) => {
  const paused = stage.history.entries.some(({ object }) =>
    conditionsOf(object).some(({ type, status }) => type === 'DeletionsPaused' && status === 'True'),
  );
  return paused ? 'deletions were paused' : undefined;
};

/** An answer to a pause that there may be one day: nothing is accepted with it. */
const ANSWERED_BEFORE = step('an answer before anything was asked', async (stage) => {
  const annotations = { 'linkedclone.dev/resume-deletions': 'deletions-99999999999' };
  await stage.api.annotate('vcenters', 'vc', annotations, '');
  await untilLooked(stage, 'vcenter', 2);
});

function mistake(variant: string): readonly Step[] {
  const count = BY_HAND[variant];
  if (count === undefined) throw new Error(`there is no variant "${variant}" of mass deletion`);
  const first = deleteByHand(count);
  const before = variant === 'eleven' ? [ANSWERED_BEFORE] : [];
  const once = [...before, first, PAUSED_AFTER_TEN, HOLDS, STILL_TEN, RESUME];
  return [...once, setReady('web', MANY)];
}

/** By and by: each step has its own time, and none is lost with power. */
const A_FIFTH_OF_THESE: readonly Step[] = [
  applySet('web', A_FIFTH.of / 3, {}, { powerPolicy: 'Off' }),
  setReady('web', A_FIFTH.of / 3),
  ...[2, 3].flatMap((third) => [scale('web', (third * A_FIFTH.of) / 3), setReady('web', (third * A_FIFTH.of) / 3)]),
];

const A_FIFTH_GOES = step('as many to be destroyed as were deleted', async (stage) => {
  const areGone = async (): Promise<boolean> => (await destroyed(stage)) >= A_FIFTH.deleted;
  await waitUntil('them to be destroyed', async () => (await isPaused(stage)) || areGone(), {
    timeoutMs: stage.patienceMs,
  });
  if (await isPaused(stage)) throw new RuleBroken('breaker', 'deletions were paused for a fifth of the clones');
});

interface Planned {
  /** How the set comes to be, where not as it does for mistakes. */
  readonly before?: readonly Step[];
  readonly steps: readonly Step[];
  readonly end: readonly Expectation[];
}

const PLANNED: Readonly<Record<string, Planned>> = {
  scaled: { steps: [scale('web', 0), setReady('web', 0)], end: [setOf('web', 0), vms(0)] },
  'set-deleted': {
    steps: [remove('linkedclonesets', 'web'), gone('linkedclonesets', 'web')],
    end: [isGone('linkedclonesets', 'web'), clonesAre([]), vms(0)],
  },
  'namespace-deleted': {
    steps: [
      step('delete the namespace', (stage) => stage.api.delete('namespaces', stage.namespace, '')),
      waitFor('no clones', async (stage) => (await clonesOf(stage)).length === 0),
    ],
    end: [clonesAre([]), vms(0)],
  },
  'a-few-by-hand': { steps: [deleteByHand(4), setReady('web', MANY)], end: [setOf('web', MANY), vms(MANY)] },
  'scaled-and-a-few': {
    steps: [deleteByHand(3), scale('web', 2), setReady('web', 2)],
    end: [setOf('web', 2), vms(2)],
  },
  'a-fifth-by-hand': {
    before: A_FIFTH_OF_THESE,
    steps: [deleteByHand(A_FIFTH.deleted), A_FIFTH_GOES, setReady('web', A_FIFTH.of)],
    end: [setOf('web', A_FIFTH.of), vms(A_FIFTH.of)],
  },
};

export function massDeletionStory(plan: Plan): Story {
  const variant = String(plan.more?.['variant'] ?? 'scaled');
  const planned = PLANNED[variant];
  const special = crdVariant(variant) ?? RESTORED_VARIANTS[variant];
  return {
    name: 'mass-deletion',
    deterministic: false,
    slow: true,
    before: planned?.before ?? [applySet('web', MANY), setReady('web', MANY)],
    steps: planned?.steps ?? special?.steps ?? mistake(variant),
    end: planned === undefined ? [setOf('web', MANY), vms(MANY)] : [...planned.end, NEVER_PAUSED],
    ...special,
  };
}
