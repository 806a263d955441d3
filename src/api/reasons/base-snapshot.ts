// Reasons of a BaseSnapshot's conditions.
import { fact, grace, inherited, ready, reconciling, stalled } from './reason.ts';
import type { ReasonTable } from './reason.ts';

export const BASE_SNAPSHOT_REASONS = {
  Ready: {
    Ready: ready('The snapshot is pinned and clones can be made of it.'),
    Pending: reconciling('The parent and the snapshot are being looked for.'),
    VCenterNotFound: grace("The VCenter isn't there.", 'Create it, or correct spec.vCenterRef.'),
    VCenterNotReady: inherited(
      "The VCenter isn't Ready; or it is being deleted, and nothing new is pinned to it.",
      'See its Ready condition.',
    ),
    AccessDenied: stalled(
      "No rule in the VCenter's spec.access allows this parent to this namespace.",
      'Ask for the rule; the message has it ready to paste.',
    ),
    SourceNotFound: grace(
      "The parent isn't in the vCenter; the message lists what is there.",
      'Correct spec.source; it can be edited until a snapshot is pinned.',
    ),
    SourceAmbiguous: grace(
      'More than one virtual machine fits spec.source.',
      'Choose it by instanceUuid or moRef; both are in the message.',
    ),
    SnapshotNotFound: grace(
      'The parent has no such snapshot; the message lists what is there.',
      'Correct spec.snapshot, or take the snapshot.',
    ),
    SnapshotAmbiguous: grace(
      'More than one snapshot of the parent fits spec.snapshot.',
      'Choose it by path or moRef; both are in the message.',
    ),
    SourceNotSuitable: stalled(
      "Linked clones can't be made of this parent; the condition SourceSuitable says why.",
      'Do what SourceSuitable says.',
    ),
    WaitingForSlot: reconciling("The vCenter's slots for snapshots are taken, or clones of the parent are being made."),
    CreatingSnapshot: reconciling('The snapshot is being taken.'),
    RemovingSnapshot: reconciling('The snapshot is being removed.'),
    OutcomeUnknown: reconciling('The answer to a call got lost; the vCenter is being searched for what came of it.'),
    Ambiguous: stalled(
      "More than one snapshot carries this object's marker; none of them is touched.",
      'Remove those that are too many; the message has their moRefs.',
    ),
    SnapshotFailed: reconciling(
      'The snapshot could not be taken; the message has the fault and when it is tried again.',
      'See the fault.',
    ),
    SnapshotGone: stalled(
      'The pinned snapshot is no longer there. Clones that exist go on; no new ones are made. Another snapshot of the same name is not taken for it.',
      'Make a new BaseSnapshot for the snapshot that is there now.',
    ),
    SourceNotRegistered: stalled(
      "The parent is no longer in the vCenter's inventory. Clones that exist go on; none are made or deleted.",
      'Register the parent again; it is found by its instanceUuid and the snapshot.',
    ),
    SourceInaccessible: grace(
      "vCenter doesn't tell the parent's configuration, as while its datastore is away: nothing is concluded, no clones are made.",
      'See the parent, its host and its datastore in vCenter; this goes on by itself.',
    ),
    NoPermission: stalled(
      'The account lacks a privilege; the message has the privilege and the object.',
      'Give it to the role, or leave out what needs it.',
    ),
    VCenterClaimed: stalled(
      'Another operator claims the vCenter, so no snapshot is taken or removed in it.',
      "See the VCenter's condition ClaimedElsewhere.",
    ),
    InventoryRewound: stalled(
      'The vCenter was restored from a backup.',
      "See the VCenter's condition InventoryRewound.",
    ),
    InvalidSpec: stalled(
      "The object doesn't fit the schema that the operator knows.",
      'Correct the field in the message.',
    ),
    DeletionBlocked: reconciling(
      'It is being deleted and something depends on it.',
      'See the condition DeletionBlocked.',
    ),
  },
  SnapshotFound: {
    Found: fact('True', 'The snapshot is there, and is the pinned one.'),
    NotCreatedYet: fact('False', "The snapshot that spec.snapshot.create asks for isn't there yet."),
    SnapshotNotFound: fact('False', 'The parent has no such snapshot.', 'Correct spec.snapshot.'),
    SnapshotAmbiguous: fact('False', 'More than one snapshot fits.', 'Choose by path or moRef.'),
    SnapshotGone: fact('False', 'The pinned snapshot is no longer there.', 'Make a new BaseSnapshot.'),
    SourceNotFound: fact('False', "The parent isn't there.", 'Correct spec.source.'),
    SourceAmbiguous: fact('False', 'More than one virtual machine fits.', 'Choose by instanceUuid or moRef.'),
    SourceNotRegistered: fact('False', 'The parent is no longer registered.', 'Register it again.'),
    Ambiguous: fact(
      'Unknown',
      "More than one snapshot carries this object's marker.",
      'Remove those that are too many.',
    ),
  },
  SourceSuitable: {
    Suitable: fact('True', 'Linked clones can be made of the snapshot.'),
    IndependentDisk: fact(
      'False',
      "A disk is independent: a snapshot doesn't hold it, so clones would lack it.",
      "Set the disk's mode to dependent and take a new snapshot; the message has its label.",
    ),
    RawDeviceMapping: fact('False', 'A disk is a raw device mapping.', 'Replace it by a virtual disk, or remove it.'),
    SharedBus: fact('False', 'A disk is on a SCSI bus that machines share.', 'Set bus sharing to none.'),
    VirtualTpm: fact('False', 'The parent has a virtual TPM, whose secrets clones would share.', 'Remove the TPM.'),
    Encrypted: fact('False', "The parent is encrypted, which linked clones don't fully support.", 'Decrypt it.'),
    ChainTooDeep: fact(
      'False',
      'The disk chain below the snapshot is longer than spec.maxChainDepth.',
      'Consolidate or copy the parent, or raise spec.maxChainDepth (at most 30).',
    ),
    TemplateWithoutSnapshot: fact(
      'False',
      "The parent is a template and has no snapshot; a template's can't be taken.",
      'Convert it to a virtual machine, take a snapshot, convert it back.',
    ),
    NoDisks: fact('False', 'The snapshot has no disks.', 'Choose another parent.'),
  },
  DeletionBlocked: {
    DependentsExist: fact(
      'True',
      'Clones, sets or bases depend on it; they go on, new clones are refused.',
      'Delete them, or leave it: it goes with the last one. The message names them.',
    ),
    ForeignDependents: fact(
      'True',
      'Virtual machines of others use the snapshot that is to be removed.',
      'Delete or promote them, or set spec.deletionPolicy to Retain. The message names them.',
    ),
    ForeignUnknown: fact(
      'True',
      "Not every folder can be read, so it isn't known whether others use the snapshot that is to be removed.",
      'Give the account read rights on the whole datacenter, or set spec.deletionPolicy to Retain.',
    ),
    VCenterNotReady: fact('True', "The vCenter can't be asked, and the snapshot is to be removed.", 'See the VCenter.'),
    VCenterNotFound: fact('True', "The VCenter isn't there, and the snapshot is to be removed.", 'Create it again.'),
    SourceNotRegistered: fact(
      'True',
      'The parent is no longer registered, and its snapshot is to be removed.',
      'Register it again, or set the release annotation to leave the snapshot.',
    ),
    SourceInaccessible: fact(
      'True',
      "The parent's configuration can't be read, and its snapshot is to be removed.",
      'See the parent and its datastore in vCenter; this goes on by itself.',
    ),
    SourceAmbiguous: fact(
      'True',
      'More than one virtual machine has the instanceUuid of the parent, and its snapshot is to be removed.',
      'Remove the one that is too many; the message has their references.',
    ),
    InventoryRewound: fact('True', 'The vCenter was restored from a backup.', "See the VCenter's conditions."),
    DeletionsPaused: fact(
      'True',
      'Deletions on its vCenter are paused.',
      'See the condition DeletionsPaused of the VCenter; the message has the command that resumes.',
    ),
  },
} as const satisfies ReasonTable;
