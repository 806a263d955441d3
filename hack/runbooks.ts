// Which page of docs/runbooks is for which reason. Every reason that may need a person has one; the page names the reason.

/** By reason; by condition and reason where the same word means another thing elsewhere. */
const RUNBOOKS: Readonly<Record<string, readonly string[]>> = {
  ambiguous: ['Ambiguous', 'NotOurs', 'AdoptRefused'],
  'another-vcenter': [
    ...['AnotherVCenter', 'CertificateNotTrusted', 'NotVCenter', 'VersionNotSupported'],
    ...['InsecureTLSNotAllowed', 'LoopbackNotAllowed'],
  ],
  'base-lost': ['SnapshotGone', 'SourceNotRegistered', 'SourceInaccessible'],
  'base-not-registered': ['BaseNotRegistered'],
  'base-not-suitable': [
    ...['SourceNotSuitable', 'IndependentDisk', 'RawDeviceMapping', 'SharedBus', 'VirtualTpm', 'Encrypted'],
    ...['ChainTooDeep', 'TemplateWithoutSnapshot', 'NoDisks'],
  ],
  'calls-refused': ['PowerFailed', 'HardwareFailed', 'SnapshotFailed'],
  'claimed-elsewhere': ['AnotherHolder', 'VCenterClaimed'],
  'clones-failing': ['CloneRefused'],
  'deletion-blocked': [
    ...['DependentsExist', 'ForeignDependents', 'ForeignUnknown', 'ReleaseNotRecorded', 'ReleasesUnmarked'],
    ...['DeletionBlocked/NotConnected', 'DeletionBlocked/Paused', 'DeletionBlocked/SourceAmbiguous'],
    ...['DeletionBlocked/VCenterNotFound', 'DeletionBlocked/VCenterNotReady'],
  ],
  'deletions-paused': ['TooManyDeletions', 'CrdTerminating', 'DeletionsPaused'],
  disconnected: ['Ready/Disconnected'],
  disks: ['ForeignDisks', 'DisksInUse'],
  'guest-not-ready': ['Ready/CustomizationFailed', 'Ready/ReadinessTimeout'],
  'invalid-spec': ['InvalidSpec', 'InvalidHostname'],
  'inventory-rewound': ['EventsWentBack', 'InventoryRewound'],
  lost: ['Lost', 'VirtualMachineGone', 'ReplacementHeld'],
  'missing-privileges': ['MissingPrivileges', 'NoPermission'],
  'name-conflict': ['NameConflict'],
  'no-room': ['NoDiskSpace', 'InsufficientResources', 'NoSuitableHost'],
  'not-allowed': ['AccessDenied', 'BaseSnapshotNotAllowed', 'BaseSnapshotFull', 'RefusedByApiServer'],
  'not-found': [
    ...['BaseSnapshotNotFound', 'BaseSnapshotDeleting', 'SourceNotFound', 'SourceAmbiguous', 'SnapshotNotFound'],
    ...['SnapshotAmbiguous', 'PlacementNotFound', 'PlacementInvalid', 'CustomizationSpecNotFound', 'AdoptNotFound'],
    'VCenterNotFound',
  ],
  'not-linked': ['NotLinked', 'FullCopyKept'],
  'set-stalled': ['CloneFailures', 'StoppedAfterFailures', 'ProgressDeadlineExceeded', 'AllRemainingProtected'],
  'vcenter-unreachable': ['Ready/Unreachable'],
  'vcenter-login-refused': ['InvalidLogin', 'LoginDelayed', 'SecretNotFound', 'SecretInvalid'],
};

const PAGES = new Map(
  Object.entries(RUNBOOKS).flatMap(([page, reasons]) => reasons.map((key) => [key, page] as const)),
);

/** The page for a reason of a condition, without `.md`; undefined where it has none. */
export function runbookOf(condition: string, reason: string): string | undefined {
  return PAGES.get(`${condition}/${reason}`) ?? PAGES.get(reason);
}
