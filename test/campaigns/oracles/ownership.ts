// Oracle 1, wrong deletion: every change that the operator made in vCenter hit an object that the ledger says the operator
// made, and every one that takes something away was asked for by its object, known by UID. Decoys are as they were.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Oracle } from './oracle.ts';
import { byOperator, deletionAskedAt, describeEntry, lastVersion, madeByOperator, versionsOf } from './oracle.ts';

/** What is done to a source, a folder or the vCenter itself, not to a VM of ours. */
const ON_OTHERS = new Set(['CloneVM_Task', 'CreateSnapshot_Task', 'CreateFolder', 'SetField', 'AddCustomFieldDef']);

/** UID of whose VM a reference is: by the ledger, or, once it was registered again, by what the inventory says. */
function ownerOf(evidence: Evidence, made: ReadonlyMap<string, string>, target: string): string | undefined {
  const own = made.get(target);
  if (own !== undefined) return own;
  const uids = new Set(made.values());
  const found = evidence.witnessed.find((one) => one.target === target)?.instanceUuid;
  return found !== undefined && uids.has(found) ? found : undefined;
}

function policyOf(evidence: Evidence, uid: string): unknown {
  return lastVersion(evidence, uid)?.spec['deletionPolicy'];
}

function destroyed(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  if (isCleanUp(evidence, entry)) return undefined;
  const askedAt = deletionAskedAt(versionsOf(evidence, uid));
  const what = `${describeEntry(entry)}, the VM of ${uid}`;
  if (askedAt === undefined) return `${what}, whose object was never deleted`;
  const at = evidence.arrivedAt(entry);
  if (at < askedAt) return `${what}, ${askedAt - at} ms before its object was deleted`;
  if (entry.method === 'Destroy_Task' && policyOf(evidence, uid) === 'Retain')
    return `${what}, which was to be retained`;
  return entry.method === 'Destroy_Task' && isReleasedAt(evidence, uid, at) ? `${what}, which was released` : undefined;
}

/** Somebody had let it go, and that was heard of already. */
function isReleasedAt(evidence: Evidence, uid: string, at: number): boolean {
  return versionsOf(evidence, uid).some(
    (version) => version.at < at && version.object.metadata.annotations?.['linkedclone.dev/release'] === uid,
  );
}

/** A VM that came out of its clone as a full copy may go, before it was ever powered on. */
function isCleanUp(evidence: Evidence, entry: LedgerEntry): boolean {
  const seen = evidence.witnessed.find(({ method, target }) => method === entry.method && target === entry.target);
  if (entry.method !== 'Destroy_Task' || seen === undefined || !seen.chains.some((length) => length === 1))
    return false;
  return !evidence.ledger.some(
    (other) => other.seq < entry.seq && other.target === entry.target && other.method === 'PowerOnVM_Task',
  );
}

function poweredOff(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  if (versionsOf(evidence, uid).some(({ object }) => object.spec['powerPolicy'] === 'Off')) return undefined;
  return destroyed(evidence, entry, uid);
}

function snapshotRemoved(evidence: Evidence, entry: LedgerEntry): string | undefined {
  const made = evidence.ledger.some(
    (end) =>
      end.phase === 'end' && end.method === 'CreateSnapshot_Task' && byOperator(end) && end.result === entry.target,
  );
  if (!made) return `${describeEntry(entry)}, which the operator didn't make`;
  const owners = evidence.history.filter(({ object }) => {
    const pinned = object.status?.['snapshot'] as { readonly moRef?: string } | undefined;
    return object.kind === 'BaseSnapshot' && pinned?.moRef === entry.target;
  });
  const asked = owners.find(({ object }) => object.metadata.deletionTimestamp !== undefined)?.object;
  const askedAt = deletionAskedAt(owners);
  if (asked === undefined || askedAt === undefined) return `${describeEntry(entry)}, whose base was never deleted`;
  const at = evidence.arrivedAt(entry);
  if (at < askedAt) return `${describeEntry(entry)}, ${askedAt - at} ms before its base was deleted`;
  return asked.spec['deletionPolicy'] === 'Delete' ? undefined : `${describeEntry(entry)}, which was to be retained`;
}

function wrong(evidence: Evidence, made: ReadonlyMap<string, string>, entry: LedgerEntry): string | undefined {
  if (ON_OTHERS.has(entry.method)) return undefined;
  if (entry.method === 'RemoveSnapshot_Task') return snapshotRemoved(evidence, entry);
  const uid = ownerOf(evidence, made, entry.target);
  if (uid === undefined) return `${describeEntry(entry)}, which isn't a VM that the operator made`;
  if (entry.method === 'Destroy_Task' || entry.method === 'UnregisterVM') return destroyed(evidence, entry, uid);
  if (entry.method === 'PowerOffVM_Task' || entry.method === 'ShutdownGuest') return poweredOff(evidence, entry, uid);
  return undefined;
}

/** Objects that have another object's machine for their own, which nobody told them to take over. */
function takenOver({ history, ledger }: Evidence): string[] {
  const made = new Map<string, Set<string>>();
  for (const { phase, method, result, args } of ledger)
    if (phase === 'end' && method === 'CloneVM_Task' && result !== undefined && args.instanceUuid !== undefined)
      made.set(result, (made.get(result) ?? new Set()).add(args.instanceUuid));
  const found = history.flatMap(({ object: { kind, metadata, spec, status } }) => {
    const { moRef = '' } = (status?.['vm'] ?? {}) as { readonly moRef?: string };
    const [uids, isAsked] = [made.get(moRef), spec['adopt'] !== undefined];
    return kind !== 'LinkedClone' || isAsked || uids === undefined || uids.has(metadata.uid)
      ? []
      : [
          `${metadata.namespace ?? ''}/${metadata.name} (${metadata.uid}) took ${moRef} over, the VM of ${[...uids].join(', ')}`,
        ];
  });
  return [...new Set(found)];
}

export const wrongDeletion: Oracle = {
  name: 'wrong-deletion',
  rule: 'every destroy, power-off and snapshot removal hit what the operator made and its object, by UID, asked for; no machine of another object is taken over unasked',
  check(evidence) {
    const made = madeByOperator(evidence.ledger);
    const calls = evidence.ledger.filter((entry) => entry.phase === 'call' && byOperator(entry));
    return [...calls.flatMap((entry) => wrong(evidence, made, entry) ?? []), ...takenOver(evidence)];
  },
};

export const decoysUntouched: Oracle = {
  name: 'decoys',
  rule: 'machines that only look like ours are as they were',
  check({ decoysBefore, decoysAfter }) {
    return [...decoysBefore].flatMap(([uuid, before]) => {
      const after = decoysAfter.get(uuid);
      return after === before ? [] : [`was ${before}, is ${after ?? 'gone'}`];
    });
  },
};
