// How grave an event is, as clients print it and filter by it: `info`, `warning`, `error`, or `user` for what people write
// themselves. Most types say it by their name; the others are listed.
import { isA } from '../schema/schema.ts';

export const CATEGORIES: readonly string[] = ['info', 'warning', 'error', 'user'];

const LISTED: Readonly<Record<string, string>> = {
  GeneralUserEvent: 'user',
  BadUsernameSessionEvent: 'error',
  NoAccessUserEvent: 'error',
  HostConnectionLostEvent: 'error',
  HostShutdownEvent: 'info',
  HostLicenseExpiredEvent: 'error',
  VmInstanceUuidConflictEvent: 'error',
  VmUuidConflictEvent: 'error',
  VmMacConflictEvent: 'error',
  VmStaticMacConflictEvent: 'error',
  VmWwnConflictEvent: 'error',
  HostWwnConflictEvent: 'error',
  DuplicateIpDetectedEvent: 'warning',
  VmNoNetworkAccessEvent: 'error',
  VmGuestOSCrashedEvent: 'error',
  VmConfigMissingEvent: 'error',
  VmOrphanedEvent: 'warning',
  VmMaxRestartCountReached: 'warning',
  VmMaxFTRestartCountReached: 'warning',
  NotEnoughResourcesToStartVmEvent: 'warning',
  InsufficientFailoverResourcesEvent: 'error',
  ClusterOvercommittedEvent: 'error',
  HostOvercommittedEvent: 'error',
  ResourceViolatedEvent: 'warning',
  TaskTimeoutEvent: 'warning',
  TimedOutHostOperationEvent: 'warning',
  CanceledHostOperationEvent: 'warning',
  DrsRuleViolationEvent: 'warning',
  DrsSoftRuleViolationEvent: 'warning',
  DasAgentUnavailableEvent: 'error',
  DasClusterIsolatedEvent: 'error',
  DasHostFailedEvent: 'error',
  DasHostIsolatedEvent: 'warning',
  NonVIWorkloadDetectedOnDatastoreEvent: 'info',
  AlarmStatusChangedEvent: 'info',
};

/** The category of an event: events of extensions bring theirs, a customization that fails is an error whatever its type. */
export function categoryOf(event: Readonly<Record<string, unknown>>): string {
  if (event['$type'] === 'EventEx') return CATEGORIES.find((category) => category === event['severity']) ?? 'info';
  return categoryOfType(String(event['$type']));
}

/** The category of a type of event. */
export function categoryOfType(type: string): string {
  const listed = LISTED[type];
  if (listed !== undefined) return listed;
  if (isA(type, 'CustomizationFailed')) return 'error';
  if (/Warning/.test(type)) return 'warning';
  if (/Fail(ed|ure)|Error|Expired|CannotAccess/.test(type)) return 'error';
  if (/Misconfigured|MisMatch|Mismatch|OutOfSync|NonCompliant|Rejected|LinkDown/.test(type)) return 'warning';
  return 'info';
}
