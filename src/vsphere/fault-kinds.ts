// One table from the name of a vim25 fault to what the operator does about it. Nobody else matches fault names, and nobody
// ever matches message text (vCenter localizes it). A fault that isn't listed is treated as its nearest listed ancestor.
import { isMoRef } from './mo-ref.ts';
import { baseOf } from './schema.ts';

/**
 * - `success`: what was wanted is already so.
 * - `retry`: somebody else is at it, or a host is away; the same call may work later.
 * - `capacity`: no room; retried slowly, scale-ups stop.
 * - `conflict`: the name is taken.
 * - `unknownOutcome`: the call may have been carried out; search before doing it again.
 * - `session`: not logged in (any more).
 * - `permission`: a privilege is missing.
 * - `terminal`: repeating the call can't help until the request or what it refers to changes.
 * - `notFound`: the object isn't there (or isn't visible).
 * - `connection`: vCenter wasn't reached or didn't answer as vCenter does.
 * - `credentials`: the user name or password is refused; never repeated by itself.
 * - `canceled`: somebody stopped it.
 */
export type FaultKind =
  | 'success'
  | 'retry'
  | 'capacity'
  | 'conflict'
  | 'unknownOutcome'
  | 'session'
  | 'permission'
  | 'terminal'
  | 'notFound'
  | 'connection'
  | 'credentials'
  | 'canceled';

/** Faults that this client makes itself, for what happens below the level of SOAP or before it. */
export const LOCAL_FAULTS = [
  'Transport',
  'Timeout',
  'Http',
  'BadReply',
  'CertificateNotTrusted',
  'NotVirtualCenter',
  'InstanceChanged',
  'Canceled',
  'Closed',
  'Away',
  'NotWatched',
] as const;
export type LocalFault = (typeof LOCAL_FAULTS)[number];

/** True for one of those, which say nothing that vCenter said. */
export function isLocalFault(fault: string): boolean {
  return (LOCAL_FAULTS as readonly string[]).includes(fault);
}

const KINDS: Readonly<Record<string, FaultKind>> = {
  // Made here.
  Transport: 'connection',
  Timeout: 'connection',
  Http: 'connection',
  BadReply: 'connection',
  Away: 'connection',
  NotWatched: 'connection',
  CertificateNotTrusted: 'terminal',
  NotVirtualCenter: 'terminal',
  InstanceChanged: 'terminal',
  Canceled: 'canceled',
  Closed: 'canceled',
  // Session and rights. NotAuthenticated descends from NoPermission and has its own line, so it is found first.
  NotAuthenticated: 'session',
  NoPermission: 'permission',
  AuthMinimumAdminPermission: 'permission',
  RestrictedVersion: 'permission',
  SecurityError: 'permission',
  InvalidLogin: 'credentials',
  // Busy, or away for a while.
  TaskInProgress: 'retry',
  ConcurrentAccess: 'retry',
  ResourceInUse: 'retry',
  ResourceNotAvailable: 'retry',
  FileLocked: 'retry',
  CannotAccessFile: 'retry',
  HostCommunication: 'retry',
  InvalidHostState: 'retry',
  NetworkDisruptedAndConfigRolledBack: 'retry',
  FailToLockFaultToleranceVMs: 'retry',
  Timedout: 'retry',
  QuestionPending: 'retry',
  InvalidState: 'retry',
  SnapshotLocked: 'retry',
  InaccessibleDatastore: 'retry',
  MethodDisabled: 'retry',
  MethodAlreadyDisabledFault: 'retry',
  SystemError: 'retry',
  UnexpectedFault: 'retry',
  InvalidCollectorVersion: 'retry',
  MethodFault: 'retry',
  // No room.
  NoDiskSpace: 'capacity',
  InsufficientResourcesFault: 'capacity',
  NotEnoughLicenses: 'capacity',
  LimitExceeded: 'capacity',
  // Names.
  DuplicateName: 'conflict',
  AlreadyExists: 'conflict',
  FileAlreadyExists: 'conflict',
  // Gone.
  ManagedObjectNotFound: 'notFound',
  NotFound: 'notFound',
  // The request itself.
  InvalidArgument: 'terminal',
  InvalidRequest: 'terminal',
  InvalidType: 'terminal',
  InvalidProperty: 'terminal',
  InvalidName: 'terminal',
  InvalidLocale: 'terminal',
  InvalidDatastore: 'terminal',
  InvalidDatastorePath: 'terminal',
  InvalidFolder: 'terminal',
  OutOfBounds: 'terminal',
  MethodNotFound: 'terminal',
  NotSupported: 'terminal',
  NotImplemented: 'terminal',
  FileFault: 'terminal',
  VmConfigFault: 'terminal',
  SnapshotFault: 'terminal',
  MigrationFault: 'terminal',
  CustomizationFault: 'terminal',
  ToolsUnavailable: 'terminal',
  RequestCanceled: 'canceled',
};

/** The power state that a method leads to: a fault that says "already so" is then a success. */
const TARGET_POWER_STATE: Readonly<Record<string, string>> = {
  PowerOnVM_Task: 'poweredOn',
  PowerOffVM_Task: 'poweredOff',
  ShutdownGuest: 'poweredOff',
  SuspendVM_Task: 'suspended',
};

export interface FaultContext {
  /** The method that failed; for a task the method that started it. */
  readonly method?: string;
}

/** What to do about a fault, by its type name (with its ancestors), its decoded fields and the method that failed. */
export function classifyFault(
  name: string,
  detail: Record<string, unknown> = {},
  context: FaultContext = {},
): FaultKind {
  if (name === 'InvalidPowerState') return powerStateKind(detail, context);
  if (name === 'ManagedObjectNotFound' && isMoRef(detail['obj']) && detail['obj'].type === 'Task')
    return 'unknownOutcome';
  for (let at = name; at !== ''; at = baseOf(at)) {
    if (Object.hasOwn(KINDS, at)) return KINDS[at] as FaultKind;
  }
  return 'retry';
}

function powerStateKind(detail: Record<string, unknown>, { method = '' }: FaultContext): FaultKind {
  const wanted = TARGET_POWER_STATE[method] ?? detail['requestedState'];
  return wanted !== undefined && detail['existingState'] === wanted ? 'success' : 'retry';
}
