// Reasons of a VCenter's conditions.
import { fact, grace, ready, reconciling, stalled } from './reason.ts';
import type { ReasonTable } from './reason.ts';

export const VCENTER_REASONS = {
  Ready: {
    Connected: ready('Logged in; the inventory is watched.'),
    Unreachable: reconciling(
      "The server doesn't answer, or not as a vCenter does; tried again with growing pauses.",
      'Check spec.server, DNS, the network policy and the vCenter itself.',
    ),
    SecretNotFound: grace(
      "The Secret isn't there.",
      "Create it in the operator's own namespace with the keys username and password.",
    ),
    SecretInvalid: stalled(
      "The Secret lacks the key username or password, or one of them can't be used.",
      'Correct the Secret; it is read again within 60 s.',
    ),
    InvalidLogin: stalled(
      'The vCenter refused the account. It is tried again after 15, 30 and then every 60 minutes, so that the account is not locked.',
      'Correct the Secret: a changed Secret is tried at once. The message has the command that tries the same again.',
    ),
    LoginDelayed: reconciling(
      "Earlier attempts with this account were refused or their outcome isn't known; the next one waits. Three refusals within three minutes hold every further password of the account back: vCenter locks it after five.",
      'Wait, or correct the Secret.',
    ),
    CertificateNotTrusted: stalled(
      "The vCenter's certificate is signed by nobody who is trusted; its SHA-256 is in the message.",
      'Compare the SHA-256 with the one that the vCenter shows, then set spec.tls.thumbprint or spec.tls.caBundle.',
    ),
    InsecureTLSNotAllowed: stalled(
      'spec.tls.insecureSkipVerify is set and the operator runs without --allow-insecure-tls.',
      'Set spec.tls.thumbprint or spec.tls.caBundle instead.',
    ),
    LoopbackNotAllowed: stalled(
      "spec.server is an address of the operator's own machine or link.",
      'Set the real address; for a simulator run the operator with --allow-loopback-vcenter.',
    ),
    NotVCenter: stalled(
      'The server is an ESXi host: linked clones can be made by a vCenter only.',
      'Set spec.server to the vCenter that manages the host.',
    ),
    VersionNotSupported: stalled(
      'The vCenter is older than 7.0 Update 2; nothing is done on it, no password is sent to it.',
      'Use vCenter 7.0 Update 2 or newer.',
    ),
    AnotherVCenter: stalled(
      'Another vCenter than before answers behind the same name; nothing is done on it.',
      'Point the name at the vCenter with status.instanceUuid, or make a new VCenter object.',
    ),
    NoPermission: stalled(
      'The account lacks a privilege that everything needs; the message has the privilege and the object.',
      'Give the account the role that deploy/vsphere describes.',
    ),
    InvalidSpec: stalled(
      "The object doesn't fit the schema that the operator knows.",
      'Correct the field in the message.',
    ),
    Deleting: reconciling('It is being deleted.'),
  },
  Authenticated: {
    LoginSucceeded: fact('True', 'The account logged in.'),
    SecretNotFound: fact('False', "The Secret isn't there.", 'Create it.'),
    SecretInvalid: fact('False', "The Secret can't be used.", 'Correct it.'),
    InvalidLogin: fact('False', 'The account was refused.', 'Correct the Secret.'),
    LoginDelayed: fact('Unknown', 'The next attempt waits.'),
    NotConnected: fact('Unknown', "No connection, so the account wasn't tried."),
  },
  VersionSupported: {
    Supported: fact('True', 'The version is one that the operator works with.'),
    VersionNotSupported: fact('False', 'The version is too old.', 'Use vCenter 7.0 Update 2 or newer.'),
    NotVCenter: fact('False', 'It is an ESXi host.', 'Use the vCenter that manages it.'),
    NotConnected: fact('Unknown', "No connection, so the version isn't known."),
  },
  PrivilegesSufficient: {
    Sufficient: fact('True', 'The account holds what the features in use need, and nothing it had better not have.'),
    MoreThanNeeded: fact(
      'True',
      'The account holds what is needed, and more: status.excessPrivileges lists it.',
      'Give it the roles that deploy/vsphere/role.md describes instead; nothing is held back by this.',
    ),
    MissingPrivileges: fact(
      'False',
      'The account lacks a privilege on an object: what needs it fails, the rest goes on. The message and status.missingPrivileges have both.',
      'Run the command in the message, which adds it to the roles of deploy/vsphere, or change the permission on that object.',
    ),
    CheckFailed: fact('Unknown', "The vCenter didn't answer what the account may do.", 'See the message.'),
  },
  DeletionBlocked: {
    DependentsExist: fact(
      'True',
      'It is being deleted, and bases name it, or bases or clones are pinned to it. Nothing new is pinned to it meanwhile.',
      'Delete them first; they are counted in the message.',
    ),
    ReleasesUnmarked: fact(
      'True',
      'It is being deleted, and it alone remembers virtual machines that were released and do not carry the mark yet.',
      'Wait for a scan (--orphan-interval), which marks them; where the vCenter is gone for good, set the annotation in the message.',
    ),
  },
  DeletionsPaused: {
    TooManyDeletions: fact(
      'True',
      'More than ten clones, and more than a fifth of all, were deleted in ten minutes while no set of theirs was scaled or deleted; no further ones go.',
      'Find out who deleted them, then set the annotation that the message prints.',
    ),
    CrdTerminating: fact(
      'True',
      'One of the CustomResourceDefinitions is being deleted, which would delete every clone; nothing is deleted.',
      'Find out who deleted it, then set the annotation that the message prints.',
    ),
  },
  ClaimedElsewhere: {
    AnotherHolder: fact(
      'True',
      'Another operator claims the machines of this one in the vCenter: that of a copy of this cluster which was restored elsewhere, or a predecessor of which it is not known yet that it is gone. Nothing is changed in the vCenter.',
      'Find the other one and stop it; its claim is over ten minutes after its last renewal. status.claim has cluster and holder.',
    ),
    TakenLate: fact(
      'Unknown',
      'The vCenter took so long to answer the write of the claim that another operator may have taken it before that and works. Nothing is changed in the vCenter for one and a half renewals (--claim-renew): until then every other holder has seen the claim and stands back, or has written over it.',
      'Nothing has to be done, it goes by itself; where it comes often, find out why the vCenter is slow.',
    ),
    NotClaimed: fact(
      'Unknown',
      'The operator holds no claim on the vCenter, for want of an optional privilege as a rule, and works without: nobody would notice a copy of this cluster that is restored elsewhere and works in the same vCenter.',
      'Nothing has to be done; the message has what is missing and the command that adds it to the role of deploy/vsphere.',
    ),
  },
  InventoryRewound: {
    EventsWentBack: fact(
      'True',
      'The latest event is older than one seen before: the vCenter was restored from a backup. Cloning, destroying and removing of snapshots are held.',
      'Check what the restore lost, then set the annotation that the message prints.',
    ),
  },
} as const satisfies ReasonTable;
