// The fixed sample that every test run plays: some plans of each campaign that is made of plans, and those that once showed
// a violation. Small enough for a few minutes on two cores.
import type { Plan, PlannedFault } from '../harness/plan.ts';

export interface SamplePlan {
  readonly campaign: 'crash' | 'stale' | 'drift' | 'vcenter-faults' | 'split-brain' | 'unobserved';
  readonly plan: Plan;
}

/** Stories that are killed while little is to be written: how many of those writes are left depends on how busy the machine is. */
export const MAY_MISS: ReadonlySet<string> = new Set(['scale-down-taken-back']);

function planOf(story: string, faults: readonly PlannedFault[] = [], more?: Plan['more'], end = false): Plan {
  return {
    ...{ story, duplicateName: end ? 'end' : 'start', seed: 1, faults },
    ...(more === undefined ? {} : { more }),
  };
}

/** The nth of all its writes must be one that always comes: statuses coalesce. `of` counts those of a kind alone. */
function kube(nth: number, act: PlannedFault['act'], of?: string): PlannedFault {
  return { side: 'kube', nth, act, ...(of === undefined ? {} : { of }) };
}

/** A finalizer comes or goes: in every run as often. */
const OF_CLONE = 'PATCH linkedclones ';
const OF_SET = 'PATCH linkedclonesets ';
/** What a VCenter remembers comes first in some stories. */
const OF_VCENTER = 'PATCH vcenters/status';

function vCenter(nth: number, act: PlannedFault['act'], of?: string): PlannedFault {
  return { side: 'vcenter', nth, act, ...(of === undefined ? {} : { of }) };
}

const CRASH: readonly Plan[] = [
  planOf('create-set', [vCenter(2, 'kill-after')]),
  planOf('create-set', [vCenter(3, 'lose-reply')]),
  planOf('create-set', [kube(9, 'kill-after'), vCenter(4, 'kill-before')]),
  planOf('clone-by-hand', [vCenter(2, 'kill-after')], undefined, true),
  planOf('clone-by-hand', [vCenter(3, 'lose-reply')], undefined, true),
  planOf('scale-down', [vCenter(1, 'kill-after')]),
  planOf('scale-down', [kube(2, 'kill-after')]),
  planOf('delete-set-background', [kube(1, 'kill-after')]),
  planOf('delete-set-background', [vCenter(4, 'kill-after')]),
  planOf('delete-and-recreate', [vCenter(2, 'kill-before')]),
  planOf('snapshot-made-and-removed', [vCenter(1, 'kill-after')]),
  planOf('snapshot-made-and-removed', [vCenter(1, 'lose-reply')]),
  planOf('last-clone-without-base', [kube(2, 'kill-before')]),
  planOf('scale-down-taken-back'),
  planOf('detached-at-last'),
  planOf('clone-given-up-before'),
  planOf('adoption-given-up-before'),
  planOf('snapshot-given-up-before'),
  planOf('disk-lent-to-a-held-clone'),
  planOf('base-changed-while-clones-wait'),
  planOf('detach-one-and-delete-set', [kube(1, 'kill-before', OF_CLONE)]),
  planOf('clones-forgotten'),
  planOf('power-off-taken-back'),
  planOf('wrong-order', [vCenter(2, 'kill-after')]),
  planOf('delete-and-recreate', [vCenter(3, 'reset')]),
  planOf('delete-set-background', [vCenter(2, 'delay'), kube(5, 'kill-after')]),
  planOf('copied-clone-deleted', [vCenter(2, 'lose-reply')]),
  planOf('delete-while-cloning', [kube(2, 'kill-before', OF_CLONE)]),
  planOf('parent-destroyed', [vCenter(2, 'kill-after')]),
  planOf('parent-destroyed', [kube(3, 'kill-after')]),
  planOf('copied-clone-deleted', [vCenter(1, 'kill-after')]),
  planOf('retain-clone', [kube(1, 'lose-reply', OF_CLONE)]),
  planOf('scale-down-taken-back', [kube(2, 'kill-after')]),
  planOf('delete-set-orphan', [kube(1, 'lose-reply', OF_SET)]),
  planOf('orphan-deleted', [vCenter(2, 'lose-reply')]),
  planOf('orphan-reported', [vCenter(1, 'kill-after')]),
  planOf('released-unmarked', [kube(1, 'kill-after', OF_VCENTER)]),
  planOf('wrong-adoptions', [vCenter(1, 'lose-reply')]),
  planOf('snapshot-made-and-removed', [vCenter(1, 'delay-past-timeout', 'CreateSnapshot_Task ')]),
  planOf('clone-by-hand', [vCenter(1, 'delay-past-timeout', 'CloneVM_Task ')], undefined, true),
  planOf('clone-by-hand', [kube(2, 'delay-past-timeout', 'PATCH linkedclones/status ')], undefined, true),
  planOf('create-set', [{ side: 'claim', nth: 1, act: 'kill-after' }]),
  planOf('operator-upgrade', [{ side: 'lease', nth: 1, act: 'kill-before', of: 'Lease given back' }]),
  planOf('two-installs', [{ ...vCenter(2, 'kill-after'), install: 2 }]),
];

const STALE: readonly Plan[] = [
  planOf('scale-down', [], { kind: 'freeze', plural: 'linkedclones', after: 1 }),
  planOf('scale-down', [], { kind: 'drop', plural: 'linkedclones', after: 0 }),
  planOf('delete-set-background', [], { kind: 'replay', plural: 'all', as: 0, after: 1 }),
  planOf('wrong-order', [], { kind: 'freeze', plural: 'linkedclones', after: 0 }),
  planOf('scale-up', [], { kind: 'replay', plural: 'all', as: 0, after: 0 }),
  planOf('delete-and-recreate', [], { kind: 'garbage', plural: 'linkedclones', after: 1 }),
  planOf('scale-down', [], { kind: 'freeze', plural: 'linkedclones', before: 'vcenter', nth: 3 }),
  // as of the deletion, when the name is another object's
  planOf('delete-and-recreate', [], { kind: 'replay', plural: 'all', as: 1, said: 2 }),
  planOf('base-kept-by-a-clone', [], { kind: 'replay', plural: 'linkedclones', as: 0, said: 2 }),
];

const DRIFT: readonly Plan[] = [
  planOf('scale-up', [], { act: 'power-off', on: 'clone', phase: 2 }),
  planOf('scale-up', [], { act: 'destroy', on: 'clone', phase: 0 }),
  planOf('detach-one', [], { act: 'rename', on: 'clone', phase: 0 }),
  planOf('detach-one', [], { act: 'copy-and-destroy', on: 'clone', phase: 0 }),
  planOf('scale-up', [], { act: 'copy-beside-and-destroy', on: 'clone', phase: 2 }),
];

const FAULTS: readonly Plan[] = [
  planOf('create-set', [], { method: 'CloneVM_Task', fault: 'NoDiskSpace', when: 'while' }),
  planOf('clone-by-hand', [], { method: 'PowerOnVM_Task', fault: 'NoPermission', when: 'while' }, true),
  planOf('delete-set-background', [], { method: 'Destroy_Task', fault: 'NoPermission', when: 'while' }),
  planOf('create-set', [], { method: 'CloneVM_Task', fault: 'task:HostCommunication', when: 'first' }),
  planOf('delete-set-background', [], { method: 'Destroy_Task', fault: 'TaskInProgress', when: 'while' }),
  planOf('scale-down', [], { method: 'PowerOffVM_Task', fault: 'session-killed', when: 'first' }),
  planOf('clone-by-hand', [], { method: 'PowerOnVM_Task', fault: 'task-lost', when: 'first' }, true),
];

const UNOBSERVED: readonly Plan[] = [
  planOf('unobserved', [], { way: 'cut-off', ops: '+a-a+a' }),
  planOf('unobserved', [], { way: 'killed', ops: '!b+b' }),
];

const SPLIT_BRAIN: readonly Plan[] = [
  planOf('create-set', [vCenter(3, 'stun-after')], { kind: 'three' }),
  planOf('scale-down', [vCenter(2, 'stun-before')]),
];

function sample(campaign: SamplePlan['campaign'], plans: readonly Plan[]): SamplePlan[] {
  return plans.map((plan) => ({ campaign, plan }));
}

/** Sixty at least, besides the undisturbed run of each story. */
export const SAMPLE: readonly SamplePlan[] = [
  ...sample('crash', CRASH),
  ...sample('stale', STALE),
  ...sample('drift', DRIFT),
  ...sample('vcenter-faults', FAULTS),
  ...sample('unobserved', UNOBSERVED),
  ...sample('split-brain', SPLIT_BRAIN),
];
