// What an object has to say while its own call fails: kind of object, condition, status and reason, for each method and each
// meaning of a fault. Written down from what the reasons' own table promises, not from what the operator does.
import type { ConditionOf, Kind, ReasonOf } from '../../../src/api/reasons.ts';
import type { Meaning } from './kinds.ts';
import type { PlaceFault } from './places.ts';

export interface Said {
  readonly kind: Kind;
  readonly condition: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  /** The message has the fault's name. */
  readonly withName: boolean;
}

function said<K extends Kind, C extends ConditionOf<K>>(
  kind: K,
  condition: C,
  status: Said['status'],
  reason: ReasonOf<K, C>,
  withName = true,
): Said {
  return { kind, condition, status, reason, withName };
}

const clone = (reason: ReasonOf<'LinkedClone', 'Ready'>, withName = true): Said =>
  said('LinkedClone', 'Ready', 'False', reason, withName);
const base = (reason: ReasonOf<'BaseSnapshot', 'Ready'>, withName = true): Said =>
  said('BaseSnapshot', 'Ready', 'False', reason, withName);
const set = (reason: ReasonOf<'LinkedCloneSet', 'Ready'>): Said =>
  said('LinkedCloneSet', 'Ready', 'False', reason, false);

/** All of them are required; of what isn't here nothing need be said. */
type ByMeaning = Readonly<Partial<Record<Meaning, readonly Said[]>>>;

/** Of a deletion that can't go on. */
const DELETING: ByMeaning = {
  busy: [clone('Deleting')],
  noSpace: [clone('Deleting')],
  noRoom: [clone('Deleting')],
  taken: [clone('Deleting')],
  refused: [clone('Deleting')],
  badName: [clone('Deleting')],
  canceled: [clone('Deleting')],
  unanswered: [clone('Deleting', false)],
  forbidden: [clone('DeletionBlocked'), said('LinkedClone', 'DeletionBlocked', 'True', 'NoPermission')],
};
const POWER_FAILED = [clone('PowerFailed')];
const SNAPSHOT_FAILED = [base('SnapshotFailed')];
const REMOVING = [base('RemovingSnapshot')];
const PENDING = [clone('Pending')];
const NO_CLAIM = [said('VCenter', 'ClaimedElsewhere', 'Unknown', 'NotClaimed')];

export const EXPECTED: Readonly<Record<string, ByMeaning>> = {
  CloneVM_Task: {
    already: [clone('CloneFailed')],
    busy: [clone('CloneFailed')],
    gone: [clone('CloneFailed')],
    canceled: [clone('CloneFailed')],
    noSpace: [clone('NoDiskSpace'), set('NoDiskSpace')],
    noRoom: [clone('InsufficientResources'), set('InsufficientResources')],
    taken: [clone('NameConflict', false), set('NameConflict')],
    forbidden: [clone('NoPermission'), set('CloneFailures')],
    refused: [clone('CloneRefused'), set('CloneFailures')],
    unanswered: [clone('OutcomeUnknown', false)],
  },
  PowerOnVM_Task: {
    busy: POWER_FAILED,
    taken: POWER_FAILED,
    refused: POWER_FAILED,
    gone: POWER_FAILED,
    canceled: POWER_FAILED,
    unanswered: [clone('PowerFailed', false)],
    noSpace: [clone('NoDiskSpace')],
    noRoom: [clone('InsufficientResources')],
    forbidden: [clone('NoPermission')],
  },
  // a machine that is off, or gone, is as good
  PowerOffVM_Task: DELETING,
  Destroy_Task: { ...DELETING, already: [clone('Deleting')] },
  ReconfigVM_Task: { ...DELETING, already: [clone('Deleting')], gone: [clone('Deleting')] },
  CreateSnapshot_Task: {
    already: SNAPSHOT_FAILED,
    busy: SNAPSHOT_FAILED,
    noSpace: SNAPSHOT_FAILED,
    noRoom: SNAPSHOT_FAILED,
    taken: SNAPSHOT_FAILED,
    refused: SNAPSHOT_FAILED,
    badName: SNAPSHOT_FAILED,
    gone: SNAPSHOT_FAILED,
    canceled: SNAPSHOT_FAILED,
    forbidden: [base('NoPermission')],
    unanswered: [base('OutcomeUnknown', false)],
  },
  RemoveSnapshot_Task: {
    already: REMOVING,
    busy: REMOVING,
    noSpace: REMOVING,
    noRoom: REMOVING,
    taken: REMOVING,
    refused: REMOVING,
    gone: REMOVING,
    canceled: REMOVING,
    forbidden: [base('NoPermission')],
    unanswered: [base('RemovingSnapshot', false)],
  },
  CreateFolder: {
    already: PENDING,
    busy: PENDING,
    noSpace: PENDING,
    noRoom: PENDING,
    taken: PENDING,
    refused: PENDING,
    // no folder can have the name
    badName: [clone('PlacementNotFound', false)],
    gone: PENDING,
    canceled: PENDING,
    forbidden: [clone('NoPermission')],
    unanswered: [clone('Pending', false)],
  },
  // the claim on the vCenter is an option: who may not write it, or can't, works without
  SetField: { forbidden: NO_CLAIM, refused: NO_CLAIM },
  AddCustomFieldDef: { forbidden: NO_CLAIM, refused: NO_CLAIM },
};

const HELD = [clone('DeletionBlocked', false), said('LinkedClone', 'DeletionBlocked', 'True', 'NotConnected', false)];
const DISCONNECTED = [clone('Disconnected', false)];
const onBoth = (one: readonly Said[]): Away => ({ 'host-gone': one, 'datastore-gone': one });

type Away = Readonly<Record<PlaceFault, readonly Said[]>>;

/**
 * Of a machine whose host or datastore is away for a while. A machine that is retained and can't be marked is remembered by its
 * VCenter, so that its object needn't wait; folders and claims are in no such place.
 */
export const EXPECTED_AWAY: Readonly<Record<string, Away>> = {
  // the call that was refused; the next one goes to another host
  CloneVM_Task: onBoth([clone('CloneFailed', false)]),
  PowerOnVM_Task: onBoth(DISCONNECTED),
  PowerOffVM_Task: onBoth(HELD),
  Destroy_Task: onBoth(HELD),
  CreateSnapshot_Task: onBoth([base('SnapshotFailed', false)]),
  RemoveSnapshot_Task: {
    'host-gone': [base('RemovingSnapshot', false)],
    // the parent's configuration can't be read
    'datastore-gone': [
      base('SourceInaccessible', false),
      said('BaseSnapshot', 'DeletionBlocked', 'True', 'SourceInaccessible', false),
    ],
  },
};
