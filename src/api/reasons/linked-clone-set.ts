// Reasons of a LinkedCloneSet's conditions.
import { fact, grace, inherited, notReady, ready, reconciling, stalled } from './reason.ts';
import type { ReasonTable } from './reason.ts';

export const LINKED_CLONE_SET_REASONS = {
  Ready: {
    Ready: ready('As many clones as wanted are there, ready and up to date; none is being deleted.'),
    ScalingUp: reconciling('Clones are being made; the message says what they wait for.'),
    ScalingDown: reconciling('Clones are being deleted; the message says what holds them.'),
    ClonesNotReady: reconciling(
      "Some clones aren't ready, and what failed for them is tried again by itself; the others go on.",
      'See the clones in the message.',
    ),
    ReplacingLost: reconciling('Clones whose virtual machines are gone are being replaced.'),
    ReplacementHeld: stalled(
      'Many clones were lost at once; they are not replaced before somebody has looked.',
      'Find out what removed them, then delete the lost LinkedClones.',
    ),
    BaseSnapshotNotFound: grace("The BaseSnapshot isn't there.", 'Create it, or correct the template.'),
    BaseSnapshotNotReady: inherited("The BaseSnapshot isn't Ready.", 'See its Ready condition.'),
    BaseSnapshotDeleting: stalled('The BaseSnapshot is being deleted; no clones are made.', 'Choose another base.'),
    BaseSnapshotNotAllowed: stalled(
      "The BaseSnapshot is in another namespace and its spec.allowedNamespaces doesn't name this one.",
      'Ask its owner to allow the namespace.',
    ),
    AccessDenied: stalled(
      "No rule in the VCenter's spec.access allows what the clones need.",
      'Ask for the rule; the message has it ready to paste.',
    ),
    RefusedByApiServer: stalled(
      'The API server refuses the clones: a label that none may have, a quota, an admission policy.',
      'Correct what the message says; it is tried again with growing pauses.',
    ),
    NoDiskSpace: reconciling('A datastore is full; further clones wait.', 'Make room; the message has the datastore.'),
    InsufficientResources: reconciling('CPU, memory or another resource is short; further clones wait.', 'Free some.'),
    NameConflict: stalled(
      'Virtual machines of another owner have names that clones need; the others go on.',
      'Rename or remove those; the message names them.',
    ),
    CloneFailures: stalled('Some clones need a human; the others go on.', 'See the clones in the message.'),
    StoppedAfterFailures: stalled(
      'spec.provisioning.stopAfterConsecutiveFailures clones failed in a row; no further ones are begun.',
      'Correct the cause in the message, or the template; it goes on when a clone succeeds.',
    ),
    ProgressDeadlineExceeded: stalled(
      'No clone came further for spec.progressDeadlineSeconds; it is still being tried.',
      'See the clones in the message.',
    ),
    AllRemainingProtected: stalled(
      'Fewer clones are wanted, and all that are left are protected.',
      'Take the annotation linkedclone.dev/protect off, or raise spec.replicas.',
    ),
    Paused: notReady('spec.paused is true and there is work to do.', 'Set it to false.'),
    InvalidSpec: stalled("The object doesn't fit what the operator can do.", 'Correct the field in the message.'),
    Deleting: reconciling('It is being deleted and waits for its clones.'),
    DeletionBlocked: reconciling('It is being deleted and clones are held.', 'See the clones in the message.'),
  },
  Available: {
    Available: fact('True', 'As many clones as wanted have been ready for spec.minReadySeconds.'),
    NotAvailable: fact('False', 'Fewer clones than wanted have been ready for spec.minReadySeconds.'),
  },
  UpToDate: {
    UpToDate: fact('True', 'All clones were made from the current template.'),
    NotUpToDate: fact('False', 'Some clones were made from an earlier template.'),
    NoReplicas: fact('True', 'There are no clones.'),
  },
  ScalingUp: {
    ScalingUp: fact('True', 'Clones are being made.'),
    NotScalingUp: fact('False', 'No clones are being made.'),
    Waiting: fact('True', 'Clones are wanted and none can be made now; the message says why.'),
  },
  ScalingDown: {
    ScalingDown: fact('True', 'Clones are being deleted.'),
    NotScalingDown: fact('False', 'No clones are being deleted.'),
    AllRemainingProtected: fact('True', 'Clones are too many, and all that are left are protected.', 'See Ready.'),
  },
  BaseSnapshotReady: {
    Ready: fact('True', 'The BaseSnapshot is Ready.'),
    NotFound: fact('False', "The BaseSnapshot isn't there.", 'See Ready.'),
    NotReady: fact('False', "The BaseSnapshot isn't Ready.", 'See the BaseSnapshot.'),
    NotAllowed: fact('False', "The BaseSnapshot doesn't allow this namespace.", 'See Ready.'),
    Deleting: fact('False', 'The BaseSnapshot is being deleted.', 'See Ready.'),
  },
  Paused: {
    Paused: fact('True', 'spec.paused is true.'),
    NotPaused: fact('False', 'spec.paused is false.'),
  },
} as const satisfies ReasonTable;
