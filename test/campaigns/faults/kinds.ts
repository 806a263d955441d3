// The faults that vCenter may answer a change with, by what they mean to whoever made it: the campaign's own list, not the
// operator's. Each is given in the call, or at the end of its task.
import type { Stage } from '../harness/stage.ts';

/**
 * `already`: what was wanted is so; `busy`: somebody else is at it, or a host is away; `noSpace`, `noRoom`: of a datastore, of a
 * host; `taken`: the name is somebody else's; `refused`: the request itself; `forbidden`: a privilege; `gone`: the object isn't
 * there; `canceled`; `unanswered`: nobody knows what became of the call.
 */
export type Meaning =
  'already' | 'busy' | 'noSpace' | 'noRoom' | 'taken' | 'refused' | 'forbidden' | 'gone' | 'canceled' | 'unanswered';

const MEANINGS: Readonly<Record<string, Meaning>> = {
  InvalidPowerState: 'already',
  TaskInProgress: 'busy',
  ConcurrentAccess: 'busy',
  ResourceInUse: 'busy',
  FileLocked: 'busy',
  HostCommunication: 'busy',
  HostNotConnected: 'busy',
  SystemError: 'busy',
  InvalidState: 'busy',
  Timedout: 'busy',
  VimFault: 'busy',
  NoDiskSpace: 'noSpace',
  InsufficientResourcesFault: 'noRoom',
  LimitExceeded: 'noRoom',
  DuplicateName: 'taken',
  InvalidArgument: 'refused',
  VmConfigFault: 'refused',
  CustomizationFault: 'refused',
  FileFault: 'refused',
  InvalidDatastore: 'refused',
  SnapshotFault: 'refused',
  NotSupported: 'refused',
  NoPermission: 'forbidden',
  ManagedObjectNotFound: 'gone',
  RequestCanceled: 'canceled',
};

export const FAULTS_OF_CALLS: readonly string[] = Object.keys(MEANINGS);
/** Those of a task that was begun. */
export const FAULTS_OF_TASKS: readonly string[] = [
  ...['TaskInProgress', 'ConcurrentAccess', 'ResourceInUse', 'FileLocked', 'HostCommunication', 'HostNotConnected'],
  ...['NoDiskSpace', 'InsufficientResourcesFault', 'SystemError', 'InvalidState', 'Timedout'],
  ...['DuplicateName', 'InvalidArgument', 'VmConfigFault', 'CustomizationFault', 'FileFault', 'NoPermission'],
  ...['ManagedObjectNotFound', 'RequestCanceled'],
];

type Action = Readonly<Record<string, unknown>>;

/** What isn't a fault: the call, its reply, its session or its task gets lost, or is late. */
export const OTHER_ACTIONS: Readonly<Record<string, Action>> = {
  'http-503': { http: 503, contentType: 'text/html', body: { garbage: '<html>busy</html>' } },
  'reset-before': { reset: 'before' },
  'reset-after': { reset: 'after' },
  truncated: { body: { truncateAt: 150 } },
  'session-killed': { killSession: true },
  'task-lost': { loseTask: true },
  late: { delayMs: 900 },
};

/** What of those the operator can't tell from a call that wasn't carried out. */
const UNANSWERED = new Set(['http-503', 'reset-before']);

/** Without what says where it happens. */
export function nameOf(fault: string): string {
  return fault.replace(/^task:/, '');
}

/** Undefined for what leaves nothing to be said. */
export function meaningOf(fault: string): Meaning | undefined {
  return UNANSWERED.has(fault) ? 'unanswered' : MEANINGS[nameOf(fault)];
}

/** The power state that a method leads to, as somebody else has reached it. */
const REACHED: Readonly<Record<string, string>> = { PowerOnVM_Task: 'poweredOn', PowerOffVM_Task: 'poweredOff' };

/** With the fields that vCenter fills in: what has the name is somebody else's machine. */
async function filledIn(stage: Stage, method: string, name: string): Promise<unknown> {
  if (name === 'InvalidPowerState') {
    const existingState = REACHED[method] ?? 'poweredOn';
    return { type: name, existingState, requestedState: REACHED[method] ?? 'poweredOff' };
  }
  if (name !== 'DuplicateName' && name !== 'ManagedObjectNotFound') return name;
  const { vms } = await stage.vcenter.inventory();
  const value = vms.find((one) => one.name === 'somebodys')?.moRef ?? '';
  const object = { type: 'VirtualMachine', value };
  return name === 'DuplicateName' ? { type: name, name: 'somebodys', object } : { type: name, obj: object };
}

/** As the simulator's fault plan has it. */
export async function actionOf(stage: Stage, method: string, fault: string): Promise<Action> {
  const other = OTHER_ACTIONS[fault];
  if (other !== undefined) return other;
  return { [fault.startsWith('task:') ? 'taskFault' : 'fault']: await filledIn(stage, method, nameOf(fault)) };
}
