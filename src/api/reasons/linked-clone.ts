// Reasons of a LinkedClone's conditions; those of DeletionBlocked and the facts beside Ready are in linked-clone-facts.ts.
import { grace, inherited, notReady, ready, reconciling, stalled } from './reason.ts';
import type { ReasonTable } from './reason.ts';
import { LINKED_CLONE_FACTS } from './linked-clone-facts.ts';

export const LINKED_CLONE_REASONS = {
  Ready: {
    Ready: ready('The virtual machine is there, linked, and as spec.readiness asks.'),
    Pending: reconciling('It was seen and nothing was done yet.'),
    BaseSnapshotNotFound: grace("The BaseSnapshot isn't there.", 'Create it, or correct spec.baseSnapshotRef.'),
    BaseSnapshotNotReady: inherited("The BaseSnapshot isn't Ready.", 'See its Ready condition.'),
    BaseSnapshotDeleting: stalled(
      'The BaseSnapshot is being deleted, so no clone is made of it.',
      'Choose another base, or delete this clone.',
    ),
    BaseSnapshotNotAllowed: stalled(
      "The BaseSnapshot is in another namespace and its spec.allowedNamespaces doesn't name this one.",
      'Ask its owner to allow the namespace.',
    ),
    BaseSnapshotFull: stalled('The BaseSnapshot has its spec.maxClones clones.', 'Raise it, or delete clones.'),
    VCenterNotFound: grace("The VCenter of the base isn't there.", 'Create it again.'),
    VCenterNotReady: inherited(
      "The VCenter isn't Ready; or it is being deleted, and no clone is begun on it.",
      'See its Ready condition.',
    ),
    AccessDenied: stalled(
      "No rule in the VCenter's spec.access allows what this clone needs.",
      'Ask for the rule; the message has it ready to paste.',
    ),
    PlacementNotFound: grace(
      "A folder, pool, cluster, host or datastore isn't there, or the operator's account doesn't see it; the message says which.",
      'Correct spec.placement, which can be edited until cloning begins; or let the account see it.',
    ),
    PlacementInvalid: stalled(
      "The parts of spec.placement don't go together, a template needs a resource pool, or not every host that may run the clone sees its datastore and the base's.",
      'Correct spec.placement, or mount the datastore in the message.',
    ),
    NoSuitableHost: reconciling(
      'No host of the cluster is connected, out of maintenance and standby, and sees the datastore.',
      'See the hosts in vCenter.',
    ),
    CustomizationSpecNotFound: grace(
      'vCenter has no customization specification of that name; nothing was made.',
      'Correct spec.customization.specName, or store the specification.',
    ),
    InvalidHostname: stalled("The guest can't have this host name.", 'Set customization.hostname, or a shorter name.'),
    InvalidSpec: stalled("The object doesn't fit what the operator can do.", 'Correct the field in the message.'),
    WaitingForSlot: reconciling(
      "The vCenter's slots for clones are taken, or its set stopped after failures in a row.",
    ),
    Cloning: reconciling('The virtual machine is being cloned.'),
    OutcomeUnknown: reconciling('The answer to a call got lost; the vCenter is being searched for what came of it.'),
    CloneFailed: reconciling('Cloning failed; the message has the fault and when it is tried again.', 'See the fault.'),
    CloneRefused: stalled('The vCenter refused to clone; trying again would not help.', 'See the fault.'),
    NameConflict: stalled(
      'A virtual machine of another owner has the name; it is not touched. The message says where it is and since when.',
      'Rename or remove that one, or choose another vmName.',
    ),
    NoDiskSpace: reconciling('The datastore is full; tried again slowly.', 'Make room; the message has the datastore.'),
    InsufficientResources: reconciling(
      'Host or resource pool lack CPU, memory or another resource; tried again slowly.',
      'Free resources, or choose another resource pool.',
    ),
    NoPermission: stalled(
      'The account lacks a privilege.',
      'Give it to the role; the message has privilege and object.',
    ),
    NotLinked: stalled(
      'The virtual machine came out as a full copy. It is removed where it was certainly never powered on, else kept. It is not tried again.',
      'Find out why the storage or the vCenter made a full copy, then delete this object.',
    ),
    Ambiguous: stalled(
      'More than one virtual machine could be this clone, or its identity changed; none is touched.',
      'See the moRefs in the message and remove the one that is too many.',
    ),
    NotOurs: stalled(
      "The virtual machine carries another LinkedClone's marker, or its mark says that it was retained or released before, as after a backup of the objects was restored. It is not touched, and stays when this object is deleted.",
      'Let this object go with the release annotation and make it again with spec.adopt, or delete the other one.',
    ),
    Adopting: reconciling('The virtual machine that spec.adopt names is being taken over.'),
    AdoptNotFound: grace(
      'vCenter has no virtual machine with the instanceUuid in spec.adopt.',
      "Correct it, which can be done until it is taken over, or register the machine; the VCenter's status.orphans has those of orphans.",
    ),
    AdoptRefused: stalled(
      'The virtual machine in spec.adopt may not be taken over: it is no linked clone of this base, or it belongs to somebody. The message says which. It is not touched.',
      'Let its owner go first, or correct spec.adopt or spec.baseSnapshotRef.',
    ),
    PoweringOn: reconciling('It is being powered on, or waits for a slot for that.'),
    PoweringOff: reconciling('It is being powered off, because of spec.powerPolicy.'),
    PowerFailed: reconciling('Powering on or off failed; the message has the fault.', 'See the fault.'),
    HardwareFailed: reconciling(
      'The virtual machine is off and could not be given the hardware of spec.hardware; the message has the fault.',
      'See the fault, or ask for other hardware.',
    ),
    PoweredOff: notReady('It is powered off, and spec.powerPolicy leaves that to whoever uses it.', 'Power it on.'),
    Customizing: reconciling('The guest is being customized.'),
    CustomizationFailed: stalled(
      "The customization failed; the message has vCenter's event. The virtual machine is kept.",
      'See the log in the guest, correct the specification, then delete this object.',
    ),
    Booting: reconciling('It runs, and what spec.readiness asks for is being waited for.'),
    ReadinessTimeout: stalled(
      "It runs and didn't become ready within spec.readiness.timeoutSeconds; it still may.",
      'See the console of the guest.',
    ),
    Disconnected: reconciling(
      "Its host isn't connected, or its configuration can't be read, so nothing is known about it and nothing is done.",
      'See the host and the machine in vCenter.',
    ),
    Lost: stalled(
      "Its virtual machine was removed by somebody else. It isn't cloned again; its set replaces it.",
      'Delete this object, where no set does.',
    ),
    Paused: notReady('spec.paused is true.', 'Set it to false.'),
    VCenterClaimed: stalled(
      'Another operator claims the machines of this one in the vCenter: nothing is changed in it.',
      "See the VCenter's condition ClaimedElsewhere.",
    ),
    InventoryRewound: stalled(
      'The vCenter was restored from a backup.',
      "See the VCenter's condition InventoryRewound.",
    ),
    Deleting: reconciling('It is being deleted.'),
    DeletionBlocked: reconciling('It is being deleted and something holds it.', 'See the condition DeletionBlocked.'),
  },
  ...LINKED_CLONE_FACTS,
} as const satisfies ReasonTable;
