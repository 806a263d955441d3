// Answers to what the operator holds: annotations that count only with the UID or id that was asked for. Wrong ones come before
// the right one and change nothing; and the stories in which a base and a VCenter are let go of.
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { isGone, isThere, vms } from './ends.ts';
import { RuleBroken, applyBase, applyClone, gone, ready, reasonIs, remove, step, untilLooked } from './steps.ts';
import type { Controller } from './steps.ts';
import type { Step, Story } from './story.ts';

const CONTROLLERS: Readonly<Record<string, Controller>> = {
  vcenters: 'vcenter',
  basesnapshots: 'base-snapshot',
  linkedclones: 'linked-clone',
};
const FINAL: ReadonlySet<string> = new Set(['CloneVM_Task', 'Destroy_Task', 'RemoveSnapshot_Task', 'PowerOffVM_Task']);

/** Changes since the story began that a hold holds back. */
async function finalCalls(stage: Stage): Promise<number> {
  const ledger = await stage.vcenter.ledger(stage.storyFrom);
  return ledger.filter(({ phase, method }) => phase === 'call' && FINAL.has(method)).length;
}

interface Question {
  readonly plural: string;
  readonly name: string;
  readonly annotation: string;
  /** Condition that says that it's held. */
  readonly held: string;
  /** Beside those that are wrong everywhere: an id that was right another time, the UID of another object. */
  readonly others?: (stage: Stage) => Promise<readonly string[]>;
}

/** Wrong wherever they are given. */
const WRONG = ['', 'true', '11111111-2222-4333-8444-555555555555'] as const;

function isHeld(object: KnownObject | undefined, type: string): boolean {
  const conditions = (object?.status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  return conditions.some((one) => one.type === type && one.status === 'True');
}

/** Each of them is given, looked at, and changes nothing. */
export function wrongAnswers({ plural, name, annotation, held, others }: Question): Step {
  return step(`wrong answers to ${plural}/${name}`, async (stage) => {
    const before = await finalCalls(stage);
    const namespace = plural === 'vcenters' ? '' : stage.namespace;
    for (const answer of [...WRONG, ...((await others?.(stage)) ?? [])]) {
      await stage.api.annotate(plural, name, { [annotation]: answer }, namespace);
      await untilLooked(stage, CONTROLLERS[plural] ?? 'vcenter', 2);
      const said = `${annotation}=${JSON.stringify(answer)} on ${plural}/${name}`;
      if (!isHeld(await stage.get(plural, name, namespace), held))
        throw new RuleBroken('answer', `${said} was taken for an answer: ${held} isn't said any more`);
      const after = await finalCalls(stage);
      if (after > before) throw new RuleBroken('answer', `${said} was taken for an answer: ${after - before} calls`);
    }
  });
}

/** The UID of another object. */
export function uidOf(plural: string, name: string): (stage: Stage) => Promise<readonly string[]> {
  return async (stage) => [(await stage.get(plural, name))?.metadata.uid ?? 'gone'];
}

function release(plural: string, name: string): Step {
  return step(`let go of ${plural}/${name}`, async (stage) => {
    const object = await stage.get(plural, name);
    const namespace = plural === 'vcenters' ? '' : stage.namespace;
    await stage.api.annotate(plural, name, { 'linkedclone.dev/release': object?.metadata.uid ?? '' }, namespace);
  });
}

/** It's deleted, held by clone "one", and let go: not by the release of another object, by its own. */
function heldByOne(plural: string, name: string): Step[] {
  return [
    remove(plural, name),
    reasonIs(plural, name, 'DeletionBlocked', 'DependentsExist'),
    wrongAnswers({
      ...{ plural, name, held: 'DeletionBlocked' },
      annotation: 'linkedclone.dev/release',
      others: uidOf('linkedclones', 'one'),
    }),
    release(plural, name),
    gone(plural, name),
  ];
}

export const ANSWER_STORIES: readonly Story[] = [
  {
    name: 'release-base',
    deterministic: true,
    before: [
      applyBase('second', 'Tmpl-2'),
      applyClone('one', { baseSnapshotRef: { name: 'second' } }),
      ready('linkedclones', 'one'),
    ],
    steps: [...heldByOne('basesnapshots', 'second'), remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('basesnapshots', 'second'), isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'release-vcenter',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one')],
    steps: [
      ...heldByOne('vcenters', 'vc'),
      step('the same vCenter again', (stage) =>
        stage.api.apply({
          apiVersion: 'linkedclone.dev/v1alpha1',
          kind: 'VCenter',
          metadata: { name: 'vc' },
          spec: stage.vCenterSpec(),
        }),
      ),
      ready('vcenters', 'vc'),
      ready('linkedclones', 'one'),
    ],
    end: [isThere('linkedclones', 'one'), vms(1)],
  },
];
