// What a plan's trouble excuses, what it doesn't, and whether it says that it never came.
import { describe, expect, it } from '@jest/globals';
import { driftPlans, driftTrouble } from '../../campaigns/drift/drift.ts';
import { faultPlans, faultTrouble } from '../../campaigns/faults/faults.ts';
import { faultsOfCalls, mayAnswer } from '../../campaigns/faults/kinds.ts';
import { WITHOUT_FINALIZER } from '../../campaigns/harness/api-proxy.ts';
import { planLine } from '../../campaigns/harness/plan.ts';
import type { Plan } from '../../campaigns/harness/plan.ts';
import type { Trouble } from '../../campaigns/harness/run-plan.ts';
import type { Stage } from '../../campaigns/harness/stage.ts';
import { WatchTap } from '../../campaigns/harness/watch-tap.ts';
import type { Word } from '../../campaigns/harness/words.ts';
import { WriteTap } from '../../campaigns/harness/write-tap.ts';
import { splitBrainTrouble } from '../../campaigns/split-brain/split-brain.ts';
import { stalePlans } from '../../campaigns/stale/plans.ts';
import { staleTrouble } from '../../campaigns/stale/stale.ts';
import { STORIES } from '../../campaigns/stories/stories.ts';

function planOf(story: string, more: NonNullable<Plan['more']>): Plan {
  return { story, duplicateName: 'start', seed: 1, faults: [], more };
}

/** Plays it on what stands for a stage: whether it came. */
async function cameOn(trouble: Trouble, stage: unknown, signal = new AbortController().signal): Promise<unknown> {
  await trouble.during?.(stage as Stage, signal);
  return trouble.came?.(stage as Stage);
}

describe('vcenter-faults', () => {
  it.each([
    [0, false],
    [1, true],
  ])('a rule that hit %s calls came: %s', async (hits, came) => {
    const vcenter = { fault: () => Promise.resolve({ id: 7 }), faultHits: (id: number) => Promise.resolve(id && hits) };
    const trouble = faultTrouble(planOf('create-set', { method: 'CloneVM_Task', fault: 'late', when: 'second' }));
    expect(await trouble.came?.({ vcenter } as unknown as Stage)).toBe(false);
    expect(await cameOn(trouble, { vcenter })).toBe(came);
  });

  it('no second call is broken where the story makes one', () => {
    const methods = (when: string): Set<string> =>
      new Set(
        faultPlans(undefined, 1).flatMap(({ more }) => (more?.['when'] === when ? [String(more['method'])] : [])),
      );
    expect(methods('first').size).toBe(10);
    expect(methods('while')).toEqual(methods('first'));
    // the field of the claim is defined once in an installation's life
    expect([...methods('first')].filter((method) => !methods('second').has(method))).toEqual(['AddCustomFieldDef']);
  });

  it.each([
    ['PowerOnVM_Task', 'NotEnoughLicenses', true],
    ['CloneVM_Task', 'NotEnoughLicenses', false],
    ['CloneVM_Task', 'InaccessibleDatastore', true],
    ['PowerOffVM_Task', 'InaccessibleDatastore', false],
    ['CreateSnapshot_Task', 'SnapshotLocked', true],
    ['CreateFolder', 'QuestionPending', false],
    ['SetField', 'MethodDisabled', true],
  ])('%s is answered %s only where the API has it: %s', (method, fault, may) => {
    expect(mayAnswer(method, fault)).toBe(may);
    expect(faultsOfCalls(method).includes(fault)).toBe(may);
  });

  it.each([
    ['NoPermission', true],
    ['task:NoPermission', true],
    ['task:NoDiskSpace', false],
    ['session-killed', false],
  ])('a call that is refused for want of a privilege is by plan: %s %s', (fault, byPlan) => {
    const trouble = faultTrouble(planOf('create-set', { method: 'CloneVM_Task', fault, when: 'first' }));
    expect(trouble.refusedByPlan).toBe(byPlan);
  });
});

describe('stale', () => {
  interface SilentStage {
    readonly apiProxy: { readonly watches: WatchTap; readonly writes: WriteTap; readonly oldLists: number };
    readonly vcProxy: { readonly writes: WriteTap };
    readonly namespace: string;
  }

  /** Nothing happens on it by itself. */
  function staleStage(): SilentStage {
    const hooks = { kill: () => Promise.resolve(), stun: () => Promise.resolve() };
    const apiProxy = { watches: new WatchTap(), writes: new WriteTap(hooks), oldLists: 0 };
    return { apiProxy, vcProxy: { writes: new WriteTap(hooks) }, namespace: 'lab' };
  }

  it.each([
    [0, false],
    [1, true],
  ])('that kept %s changes from the operator until the story was over came: %s', async (withheld, came) => {
    const [stage, over] = [staleStage(), new AbortController()];
    const { watches } = stage.apiProxy;
    const trouble = staleTrouble(planOf('scale-down', { kind: 'freeze', plural: 'linkedclones', after: 0 }));
    watches.freeze = () => {
      watches.withheld += withheld;
      over.abort();
    };
    expect(await cameOn(trouble, stage, over.signal)).toBe(came);
  });

  it('begins before the destructive step that it names, which arrives only then', async () => {
    const [stage, over] = [staleStage(), new AbortController()];
    const { writes } = stage.vcProxy;
    writes.arm([]);
    const heard: string[] = [];
    stage.apiProxy.watches.freeze = () => {
      heard.push('frozen');
      stage.apiProxy.watches.withheld += 1;
      over.abort();
    };
    const more = { kind: 'freeze', plural: 'linkedclones', before: 'vcenter', nth: 2 };
    const came = cameOn(staleTrouble(planOf('scale-down', more)), stage, over.signal);
    for (const label of ['PowerOffVM_Task vm-1', 'PowerOnVM_Task vm-2', 'Destroy_Task vm-1', 'Destroy_Task vm-2'])
      await writes.enter(label).then(() => heard.push(label));
    expect(await came).toBe(true);
    expect(heard).toEqual([
      ...['PowerOffVM_Task vm-1', 'PowerOnVM_Task vm-2', 'frozen', 'Destroy_Task vm-1', 'Destroy_Task vm-2'],
    ]);
  });

  it('never came where the story had fewer such steps', async () => {
    const more = { kind: 'freeze', plural: 'linkedclones', before: 'kube', nth: 1 };
    expect(await cameOn(staleTrouble(planOf('scale-down', more)), staleStage(), AbortSignal.abort())).toBe(false);
  });

  const said = (what: Word['what'], version: string): Word => ({ plural: 'linkedclones', name: 'one', what, version });
  const reference = {
    ...{ end: { objects: [], vms: [], snapshots: [], files: 0 }, counts: {}, vcenter: ['Destroy_Task vm-1'] },
    kube: ['PATCH linkedclones lab/one', `PATCH linkedclones lab/one ${WITHOUT_FINALIZER}`],
    words: [said('made', '5'), said('deleted', '8'), said('made', '9')],
  };

  it('are planned for each story that takes something away, in both modes, around each step and for each past', async () => {
    const plans = await stalePlans({ reference: () => Promise.resolve(reference) }, undefined, 1);
    expect(new Set(plans.map(({ story }) => story))).toEqual(
      new Set([...STORIES.map(({ name }) => name), 'mass-deletion']),
    );
    const own = plans.filter(({ story }) => story === 'delete-and-recreate');
    expect(new Set(own.map(planLine)).size).toBe(own.length);
    expect(new Set(own.map(({ duplicateName }) => duplicateName))).toEqual(new Set(['start', 'end']));
    const has = (more: Plan['more']): boolean => own.some((plan) => JSON.stringify(plan.more) === JSON.stringify(more));
    expect(has({ kind: 'freeze', plural: 'linkedclones', before: 'vcenter', nth: 1 })).toBe(true);
    expect(has({ kind: 'drop', plural: 'linkedclones', name: 'one', before: 'kube', nth: 1 })).toBe(true);
    // as of the deletion, once the name is another object's
    expect(has({ kind: 'replay', plural: 'all', as: 2, said: 3 })).toBe(true);
    expect(has({ kind: 'replay', plural: 'linkedclones', as: 2, said: 3 })).toBe(true);
    expect(has({ kind: 'replay', plural: 'all', as: 2, said: 'all steps' })).toBe(true);
    expect(has({ kind: 'freeze', plural: 'all', before: 'vcenter', nth: 1 })).toBe(true);
    const nothing = await stalePlans(
      { reference: () => Promise.resolve({ ...reference, vcenter: [], kube: [] }) },
      9,
      1,
    );
    expect(nothing.filter(({ story }) => story !== 'mass-deletion')).toEqual([]);
  });

  it("are about a VCenter or a namespace where the story says something of it, and around a pause's answer", async () => {
    const words: Word[] = [...reference.words, { plural: 'vcenters', name: 'vc', what: 'changed', version: '10' }];
    const crew = (told: readonly Word[]): Parameters<typeof stalePlans>[0] => ({
      reference: () => Promise.resolve({ ...reference, words: told }),
    });
    const storiesWith = async (plural: string, told: readonly Word[]): Promise<Set<string>> =>
      new Set(
        (await stalePlans(crew(told), undefined, 1)).flatMap(({ story, more }) =>
          more?.['kind'] === 'freeze' && more['plural'] === plural ? [story] : [],
        ),
      );
    expect(await storiesWith('vcenters', reference.words)).toEqual(new Set(['mass-deletion']));
    expect((await storiesWith('vcenters', words)).size).toBe(STORIES.length + 1);
    expect(await storiesWith('namespaces', words)).toEqual(new Set(['delete-namespace', 'access-by-label-withdrawn']));
  });

  it('may end as they will where deletions are paused: the undisturbed run is of another variant', () => {
    const more = { variant: 'selector', kind: 'freeze', plural: 'vcenters', before: 'vcenter', nth: 1 };
    expect(staleTrouble(planOf('mass-deletion', more))).toMatchObject({ otherEnd: true, otherCounts: true });
    expect(staleTrouble(planOf('scale-down', more)).otherEnd).toBeUndefined();
  });

  it.each([
    ['vcenters', undefined, { plural: 'vcenters', namespace: '' }],
    ['namespaces', undefined, { plural: 'namespaces', namespace: '', name: 'lab' }],
    ['linkedclones', undefined, { plural: 'linkedclones', namespace: 'lab' }],
    ['linkedclones', 'one', { plural: 'linkedclones', namespace: 'lab', name: 'one' }],
  ])('drop the events of %s %s where these are', async (plural, name, dropped) => {
    const [stage, over] = [staleStage(), new AbortController()];
    const { watches } = stage.apiProxy;
    const heard: unknown[] = [];
    watches.dropEventsOf = (told) => {
      heard.push(told);
      over.abort();
    };
    watches.sayGone = () => 1;
    const more = { kind: 'drop', plural, after: 0, ...(name === undefined ? {} : { name }) };
    await cameOn(staleTrouble(planOf('scale-down', more)), stage, over.signal);
    expect(heard).toEqual([dropped]);
  });

  it('freeze, end and spoil watches of all kinds at once', async () => {
    for (const kind of ['freeze', 'gone', 'garbage', 'half-open']) {
      const [stage, over] = [staleStage(), new AbortController()];
      const { watches } = stage.apiProxy;
      const heard: unknown[] = [];
      const hear = (plurals: unknown): number => {
        over.abort();
        return heard.push(plurals);
      };
      Object.assign(watches, { freeze: hear, halfOpen: hear, sayGone: hear });
      watches.sayGarbage = (_text, plurals) => hear(plurals);
      await cameOn(staleTrouble(planOf('scale-down', { kind, plural: 'all', after: 0 })), stage, over.signal);
      expect([kind, heard]).toEqual([kind, [undefined]]);
    }
  });

  it('shows no past to stories that show one themselves', async () => {
    const plans = await stalePlans({ reference: () => Promise.resolve(reference) }, undefined, 1);
    const replayed = new Set(plans.flatMap(({ story, more }) => (more?.['kind'] === 'replay' ? [story] : [])));
    expect(replayed).toContain('scale-down');
    expect(replayed).not.toContain('scale-down-taken-back');
  });
});

describe('split-brain', () => {
  it('came when the leader was cut off from its Lease', async () => {
    const trouble = splitBrainTrouble(planOf('create-set', { leaseDownAt: 99 }));
    expect(await cameOn(trouble, { vcProxy: { writes: { count: 3 } } }, AbortSignal.abort())).toBe(false);
  });
});

describe('drift', () => {
  it('came when there was a machine to be changed', async () => {
    const trouble = driftTrouble(planOf('scale-down', { act: 'rename', on: 'clone', phase: 0 }));
    const vms: { readonly moRef: string }[] = [];
    const stage = {
      vcProxy: { writes: { count: 0 } },
      vmsOfStory: () => Promise.resolve(vms),
      other: { run: () => Promise.resolve() },
    };
    expect(await cameOn(trouble, stage)).toBe(false);
    vms.push({ moRef: 'vm-1' });
    expect(await cameOn(trouble, stage)).toBe(true);
  });

  it('does everything in both modes of DuplicateName', () => {
    const plans = driftPlans(undefined, 1);
    const modesOf = (act: unknown): Set<string> =>
      new Set(plans.filter(({ more }) => more?.['act'] === act).map(({ duplicateName }) => duplicateName));
    const acts = new Set(plans.map(({ more }) => more?.['act']));
    expect([...acts].filter((act) => modesOf(act).size !== 2)).toEqual([]);
  });

  it('ends no parent but one of the story itself', () => {
    const ends = driftPlans(undefined, 1).filter(
      ({ more }) => more?.['on'] === 'parent' && (more['act'] === 'destroy' || more['act'] === 'unregister'),
    );
    expect(new Set(ends.map(({ story }) => story))).toEqual(new Set(['on-own-parent']));
    expect(new Set(ends.map(({ more }) => more?.['act']))).toEqual(new Set(['destroy', 'unregister']));
  });

  it("lets the operator make and destroy others only where a machine is gone or nobody's for a while", () => {
    const excused = driftPlans(undefined, 1).filter((plan) => driftTrouble(plan).otherCounts === true);
    expect([...new Set(excused.map(({ more }) => String(more?.['act'])))].toSorted()).toEqual([
      'clone-unregistered-for-a-while',
      'copy-and-destroy',
      'copy-beside-and-destroy',
      'destroy',
      'register-again',
      'remove-snapshot',
      'unregister',
      'unregistered-for-a-while',
    ]);
  });
});
