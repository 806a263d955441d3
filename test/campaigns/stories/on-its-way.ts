// Stories of what takes over something that a call of the operator is on its way to take away: a second base on the snapshot
// that is being removed, and a LinkedClone for the machine that is being destroyed as an orphan. Whoever comes out first, what
// was promised to the later one stays: no call that was sent before may arrive after.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { conditionsOf, isReady } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { strip } from './by-hand.ts';
import { isGone, snapshotsNamed, vms } from './ends.ts';
import { isNotedThere, noteMachine, orphanPolicy, takeOver } from './orphan-steps.ts';
import { pinnedBy } from './pins.ts';
import { RuleBroken, applyBase, applyClone, gone, ready, remove, step, waitFor } from './steps.ts';
import type { Step, Story } from './story.ts';

/** Reference of the snapshot that is to go. */
const leaving = new WeakMap<Stage, string>();

/** The operator has called it, whether that has arrived or not. */
function sent(method: string): Step {
  return waitFor(`${method} to be sent`, (stage) =>
    Promise.resolve(stage.vcProxy.writes.seen.some(({ nth, label }) => nth > 0 && label.startsWith(`${method} `))),
  );
}

async function noTaskRuns(stage: Stage): Promise<boolean> {
  const ledger = await stage.vcenter.ledger(stage.storyFrom);
  const ended = new Set(ledger.flatMap(({ phase, task }) => (phase === 'end' ? (task ?? []) : [])));
  return ledger.every(({ task }) => task === undefined || ended.has(task));
}

/** Less than the process takes that comes after one that was killed: of a call that is under way then, it can't know. */
const HELD_MS = 2000;

/** The first such call takes its time to arrive: until a later one has what it takes away, which it mustn't get meanwhile. */
function isSlow(method: string, what: string, isPromised: Promised): Step {
  return step(`${method} is slow to arrive`, (stage) => {
    stage.vcProxy.beforeChange = async (call) => {
      if (call.method !== method) return;
      stage.vcProxy.beforeChange = undefined;
      const until = Date.now() + HELD_MS;
      await waitUntil(what, async () => Date.now() > until || (await isPromised(stage)));
    };
    return Promise.resolve();
  });
}

/** What was promised is kept once all that was sent before has arrived. */
function keeps(what: string, oracle: string, isPromised: Promised, isThere: Promised): Step {
  return step(`${what} is kept, where it was promised`, async (stage) => {
    if (!(await isPromised(stage))) return;
    const { writes } = stage.vcProxy;
    await waitUntil('no call to be on its way', () => writes.open === 0, { timeoutMs: stage.patienceMs });
    await waitUntil('no task to run', async () => noTaskRuns(stage), { timeoutMs: stage.patienceMs });
    if (!(await isThere(stage))) throw new RuleBroken(oracle, `${what} is gone, which had been promised to another`);
  });
}

type Promised = (stage: Stage) => Promise<boolean>;

async function isSnapshotThere(stage: Stage): Promise<boolean> {
  return (await stage.vcenter.inventory()).snapshots.some(({ moRef }) => moRef === leaving.get(stage));
}

const isHeirReady: Promised = async (stage) => isReady(await stage.get('linkedclones', 'heir'));
const isCloneReady: Promised = async (stage) => isReady(await stage.get('linkedclones', 'one'));

/** It never found the snapshot, or was pinned to it before that went. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(['SnapshotNotFound', 'SnapshotGone']);

async function isLateRefused(stage: Stage): Promise<boolean> {
  return conditionsOf(await stage.get('basesnapshots', 'late')).some(({ reason }) => REFUSALS.has(reason));
}

/** A VCenter object for the vCenter that `vc` is. */
const TWIN = 'vc-twin';

/** A base goes and takes its snapshot along; another one comes for that, through a VCenter of this name, and a clone on it. */
function whileRemoved(
  name: string,
  vCenter: string,
  around: { readonly [when in 'before' | 'first' | 'after']: readonly Step[] } = { before: [], first: [], after: [] },
): Story {
  return {
    name,
    // which of the two comes first is the operator's business
    deterministic: false,
    before: [
      ...around.before,
      applyBase('own', 'Tmpl-2', { snapshot: { create: { name: 'made' } }, deletionPolicy: 'Delete' }),
      ready('basesnapshots', 'own'),
      step('note the snapshot of own', async (stage) => leaving.set(stage, (await pinnedBy(stage, 'own')).moRef)),
    ],
    steps: [
      ...around.first,
      remove('basesnapshots', 'own'),
      sent('RemoveSnapshot_Task'),
      step('apply base late on that snapshot', (stage) =>
        stage.applyBase('late', 'Tmpl-2', {
          vCenterRef: { name: vCenter },
          snapshot: { existing: { moRef: leaving.get(stage) } },
        }),
      ),
      applyClone('one', { baseSnapshotRef: { name: 'late' } }),
      waitFor('late to be used or refused', async (stage) => (await isCloneReady(stage)) || isLateRefused(stage)),
      keeps('the snapshot of late', 'broken-chain', isCloneReady, isSnapshotThere),
      remove('linkedclones', 'one'),
      gone('linkedclones', 'one'),
      remove('basesnapshots', 'late'),
      gone('basesnapshots', 'late'),
      gone('basesnapshots', 'own'),
      ...around.after,
    ],
    end: [isGone('basesnapshots', 'own'), isGone('basesnapshots', 'late'), snapshotsNamed('made', 3), vms(0)],
  };
}

export const ON_ITS_WAY_STORIES: readonly Story[] = [
  whileRemoved('second-base-while-removed', 'vc'),
  whileRemoved('second-vcenter-while-removed', TWIN, {
    before: [
      step(`apply VCenter ${TWIN} for the same vCenter`, (stage) =>
        stage.api.apply({
          apiVersion: 'linkedclone.dev/v1alpha1',
          kind: 'VCenter',
          metadata: { name: TWIN },
          spec: stage.vCenterSpec(),
        }),
      ),
      ready('vcenters', TWIN),
    ],
    first: [isSlow('RemoveSnapshot_Task', 'the clone on late', isCloneReady)],
    after: [step(`delete VCenter ${TWIN}`, (stage) => stage.api.delete('vcenters', TWIN, '')), gone('vcenters', TWIN)],
  }),
  {
    name: 'adopted-while-destroyed',
    deterministic: false,
    before: [orphanPolicy('Delete', 1), applyClone('old'), ready('linkedclones', 'old'), noteMachine('old')],
    steps: [
      isSlow('Destroy_Task', 'heir to have it', isHeirReady),
      strip('old'),
      sent('Destroy_Task'),
      takeOver('heir', { powerPolicy: 'Off' }), // one that runs isn't destroyed
      waitFor(
        'heir to have it, or the machine to be gone',
        async (stage) => (await isHeirReady(stage)) || !(await isNotedThere(stage)),
      ),
      keeps('the machine of heir', 'wrong-deletion', isHeirReady, isNotedThere),
      remove('linkedclones', 'heir'),
      gone('linkedclones', 'heir'),
      waitFor('the machine to be gone', async (stage) => !(await isNotedThere(stage))),
    ],
    end: [isGone('linkedclones', 'old'), isGone('linkedclones', 'heir'), vms(0)],
  },
];
