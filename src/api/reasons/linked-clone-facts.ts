// Reasons of a LinkedClone's conditions beside Ready: facts about the virtual machine, and what holds a deletion.
import { fact } from './reason.ts';
import type { ReasonTable } from './reason.ts';

export const LINKED_CLONE_FACTS = {
  Cloned: {
    Cloned: fact('True', 'The virtual machine was made.'),
    Adopted: fact('True', 'A virtual machine that existed was taken over.'),
    Cloning: fact('False', 'The clone task runs.'),
    Adopting: fact('False', 'A virtual machine that exists is being taken over.'),
    CloneFailed: fact('False', 'Cloning failed.', 'See Ready.'),
  },
  Linked: {
    DeltaDisks: fact('True', 'Every disk is a delta disk whose chain leads to a disk of the base.'),
    ParentHidden: fact('True', 'Every disk is a linked clone on storage that is known to hide the chain.'),
    FullCopy: fact('False', 'A disk came out as a full copy.', 'See Ready.'),
    FullCopyKept: fact(
      'False',
      "A disk came out as a full copy, and it isn't certain that the virtual machine was never used. It is not touched.",
      'Delete this object to remove it, with deletionPolicy Retain to keep it.',
    ),
    Detached: fact(
      'False',
      'Its disks no longer lead to the base: moved by a storage vMotion or promoted by somebody. It is not touched.',
      'Nothing, or delete this object to get a linked one again.',
    ),
  },
  Customized: {
    CustomizationSucceeded: fact('True', 'vCenter reported that the customization ended well.'),
    Customizing: fact('False', 'The customization runs.'),
    CustomizationFailed: fact('False', 'The customization failed.', 'See Ready.'),
  },
  PoweredOn: {
    PoweredOn: fact('True', 'It runs.'),
    PoweredOff: fact('False', 'It is powered off.'),
    Suspended: fact('False', 'It is suspended.'),
    Disconnected: fact('Unknown', "Its host isn't connected."),
    NotCloned: fact('False', 'There is no virtual machine yet.'),
  },
  GuestReady: {
    GuestReady: fact('True', 'The guest has all that spec.readiness asks for.'),
    WaitingForTools: fact('False', "VMware Tools don't answer yet."),
    WaitingForAddress: fact('False', 'The guest has no address yet.'),
    WaitingForCustomization: fact('False', 'The customization has not ended.'),
    CustomizationFailed: fact('False', 'The customization failed.', 'See Ready.'),
    PoweredOff: fact('False', "It doesn't run."),
    NotCloned: fact('False', 'Its virtual machine is gone.'),
    Disconnected: fact('Unknown', "Its host isn't connected."),
  },
  UpToDate: {
    UpToDate: fact('True', "It was made from its set's current template."),
    Outdated: fact('False', 'It was made from an earlier template of its set.'),
  },
  Lost: {
    VirtualMachineGone: fact(
      'True',
      'The virtual machine is proven to be gone: not under its moRef, not by its identity, its host and datastore reachable.',
      'Nothing where it belongs to a set; else delete this object.',
    ),
  },
  DeletionBlocked: {
    BaseNotRegistered: fact(
      'True',
      "The base's virtual machine isn't registered: deleting a clone now could delete the base's disks.",
      'Register the base again, or set the annotation that the message prints.',
    ),
    ForeignDisks: fact(
      'True',
      'It has disks, or snapshots with disks, that are not its own; they would be deleted with it.',
      'Detach them; the message has their labels.',
    ),
    DisksInUse: fact(
      'True',
      "Other virtual machines use its disks, or one doesn't tell whether it does.",
      'Delete or promote those first, or detach the disk from them; the message names them.',
    ),
    DependentsExist: fact(
      'True',
      'It is the source of a BaseSnapshot, whose snapshot would go with it.',
      'Delete or release that BaseSnapshot first; the message names it.',
    ),
    NotConnected: fact(
      'True',
      "The virtual machine or its host isn't connected, or its files can't be read.",
      'See the host and the machine in vCenter.',
    ),
    NotOurs: fact(
      'True',
      "The virtual machine doesn't carry this object's marker and identity; it is not touched.",
      'Find out what happened to it; the release annotation lets it go.',
    ),
    Ambiguous: fact('True', 'More than one virtual machine could be this clone.', 'Remove the one that is too many.'),
    ReleaseNotRecorded: fact(
      'True',
      "It is released or retained, its virtual machine couldn't be marked, and no VCenter object has room to remember it.",
      'Apply the VCenter of that name again, or make room in its status.releasedClones; its server need not answer.',
    ),
    VCenterNotReady: fact('True', "The vCenter can't be asked, so nothing is deleted.", 'See the VCenter.'),
    NoPermission: fact('True', 'The account may not delete it.', 'Give the privilege in the message to the role.'),
    Paused: fact('True', 'spec.paused is true.', 'Set it to false.'),
    VCenterClaimed: fact('True', 'Another operator claims the vCenter.', "See the VCenter's conditions."),
    InventoryRewound: fact('True', 'The vCenter was restored from a backup.', "See the VCenter's conditions."),
    DeletionsPaused: fact(
      'True',
      'Too many clones were deleted, or one of the CustomResourceDefinitions is being deleted.',
      'See the condition DeletionsPaused of the VCenter; the message has the command that resumes.',
    ),
  },
} as const satisfies ReasonTable;
