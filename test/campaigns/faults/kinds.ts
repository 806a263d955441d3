// The faults that vCenter may answer a change with, by what they mean to whoever made it: the campaign's own list, not the
// operator's. Each is given in the call, or at the end of its task. Some come to every method; of the others vSphere's API
// says which methods have them.
import { isA, managedType } from '../../../src/vsphere/schema.ts';
import type { Stage } from '../harness/stage.ts';

/**
 * `already`: what was wanted is so; `busy`: somebody else is at it, or a host is away; `noSpace`, `noRoom`: of a datastore, of a
 * host; `taken`: the name is somebody else's; `refused`: the request itself; `forbidden`: a privilege; `gone`: the object isn't
 * there; `canceled`; `badName`: nothing can have the name that was asked for; `unanswered`: nobody knows what became of the call.
 */
export type Meaning =
  | 'already'
  | 'busy'
  | 'noSpace'
  | 'noRoom'
  | 'taken'
  | 'refused'
  | 'forbidden'
  | 'gone'
  | 'canceled'
  | 'badName'
  | 'unanswered';

type Meanings = Readonly<Record<string, Meaning>>;

/** Every method is answered with each. */
const OF_ALL: Meanings = {
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

/** Methods are answered with those that the API gives them. */
const OF_SOME: Meanings = {
  QuestionPending: 'busy',
  InvalidHostState: 'busy',
  CannotAccessFile: 'busy',
  InaccessibleDatastore: 'busy',
  SnapshotLocked: 'busy',
  HostNotReachable: 'busy',
  MethodDisabled: 'busy',
  UnexpectedFault: 'busy',
  ResourceNotAvailable: 'busy',
  NotEnoughLicenses: 'noRoom',
  InsufficientMemoryResourcesFault: 'noRoom',
  FileAlreadyExists: 'taken',
  InvalidRequest: 'refused',
  InvalidDatastorePath: 'refused',
  MigrationFault: 'refused',
  FileNotFound: 'refused',
  TooManySnapshotLevels: 'refused',
  NotImplemented: 'refused',
  InvalidName: 'badName',
  RestrictedVersion: 'forbidden',
};
const MEANINGS: Meanings = { ...OF_ALL, ...OF_SOME };

/** That of a call with which no task was begun. */
const AT_THE_DOOR = new Set(['MethodDisabled', 'InvalidRequest', 'NotImplemented', 'RestrictedVersion']);
/** Any method may end with a RuntimeFault, but the API names this one only where machines are powered on. */
const ONLY_OF: Readonly<Record<string, string>> = { NotEnoughLicenses: 'PowerOnVM_Task' };
/** What each type of object is changed by. */
const TYPES = ['VirtualMachine', 'VirtualMachineSnapshot', 'Folder', 'CustomFieldsManager'] as const;

/** By the faults that the API declares for the method; any descendant of one of them may come, and of RuntimeFault. */
export function mayAnswer(method: string, fault: string): boolean {
  const only = ONLY_OF[fault];
  if (only !== undefined) return only === method;
  const declared = TYPES.flatMap((type) => managedType(type)?.methods.get(method)?.faults ?? []);
  return ['RuntimeFault', ...declared].some((one) => isA(fault, one));
}

function someOf(method: string): string[] {
  return Object.keys(OF_SOME).filter((fault) => mayAnswer(method, fault));
}

/** What the method may be answered with. */
export function faultsOfCalls(method: string): readonly string[] {
  return [...Object.keys(OF_ALL), ...someOf(method)];
}

/** What its task may end with. */
export function faultsOfTasks(method: string): readonly string[] {
  return [...OF_ALL_TASKS, ...someOf(method).filter((fault) => !AT_THE_DOOR.has(fault))];
}

const OF_ALL_TASKS: readonly string[] = [
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

/** They make the claim on the vCenter: it is tried again after minutes. */
export const OF_THE_CLAIM: ReadonlySet<string> = new Set(['AddCustomFieldDef', 'SetField']);

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
