// Every name that the operator puts on objects or reads from them: group, finalizers, labels, annotations, the marker's
// key. Part of the API: a changed name would strand finalizers and disown virtual machines that exist.

export const API_VERSION = 'linkedclone.dev/v1alpha1';

/** Field manager of all writes, and the controller that events name. */
export const FIELD_MANAGER = 'linkedclone-operator';

/** Finalizers, by what they wait for. */
export const FINALIZERS = {
  /** On a LinkedClone from its creation: until its virtual machine is gone, or kept and marked. */
  vm: 'linkedclone.dev/vm',
  /** On a BaseSnapshot and a VCenter before anything is done: until nothing depends on them. */
  dependents: 'linkedclone.dev/dependents',
  /** On a LinkedCloneSet: until its clones are gone or let go. */
  clones: 'linkedclone.dev/clones',
} as const;

/** Labels: of the operator on what it creates, and of people. */
export const LABELS = {
  /** On clones of a set: the set's name. For selectors only; what belongs to a set is told by owner UID. */
  set: 'linkedclone.dev/set',
  /** On clones of a set: the ControllerRevision that they were made from. */
  revision: 'linkedclone.dev/revision',
  /** On any of the four kinds and on namespaces, by people: an admission policy of the chart refuses the deletion. */
  deleteProtection: 'linkedclone.dev/delete-protection',
} as const;

/** Annotations. Those with an id or UID as value do nothing when it isn't the right one. */
export const ANNOTATIONS = {
  /** Clone, base, VCenter: `<uid>` drops the finalizer, marks the VM released where that is possible, touches nothing else. */
  release: 'linkedclone.dev/release',
  /** Clone: `<uid>` allows its deletion although its base's virtual machine isn't registered. */
  deleteWithoutBase: 'linkedclone.dev/delete-without-base',
  /** Clone: any value but "false"; first to go when its set is scaled down. */
  deleteFirst: 'linkedclone.dev/delete-first',
  /** Clone: any value but "false"; never goes when its set is scaled down. */
  protect: 'linkedclone.dev/protect',
  /** Clone: any value but "false"; let go by its set, which makes another. */
  detach: 'linkedclone.dev/detach',
  /** VCenter: `<id>` of the condition DeletionsPaused. */
  resumeDeletions: 'linkedclone.dev/resume-deletions',
  /** VCenter: `<id>` of the condition InventoryRewound. */
  acceptRewind: 'linkedclone.dev/accept-rewind',
  /** VCenter: an RFC 3339 time; a login is tried again when that is later than the last attempt. */
  retryLogin: 'linkedclone.dev/retry-login',
} as const;

/** Key of the ownership marker in `config.extraConfig`; outside `guestinfo.*`, which guests can write. */
export const MARKER_KEY = 'linkedclone.dev/owner';

/** True for an annotation that is switched on by being there: any value but "false". */
export function isFlagged(annotations: Readonly<Record<string, string>> | undefined, name: string): boolean {
  const value = annotations?.[name];
  return value !== undefined && value !== 'false';
}
