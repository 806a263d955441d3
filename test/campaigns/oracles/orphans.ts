// Oracle orphan: a machine whose object is gone is powered off and destroyed only where the policy of its VCenter says so, never
// before the grace is over, counted from when the object went, and never before two scans, that have ended since then.
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { Scan } from '../harness/scans.ts';
import type { Oracle } from './oracle.ts';
import { HEARD_LATE_MS, byOperator, describeEntry, lastVersion, versionsOf } from './oracle.ts';
import { ownersOf } from './owners.ts';

const ENOUGH_SCANS = 2;
const GRACE_SECONDS = 86_400;
const TAKES_AWAY = new Set(['PowerOffVM_Task', 'ShutdownGuest', 'Destroy_Task', 'UnregisterVM']);

/** When we heard that the object is gone, epoch milliseconds. */
export function heardGoneAt(evidence: Evidence, uid: string): number | undefined {
  return versionsOf(evidence, uid).find(({ type }) => type === 'DELETED')?.at;
}

/** The shortest grace, in milliseconds, under which orphans of the object's vCenter were deleted at that time; undefined: they weren't. */
export function graceAt(evidence: Evidence, uid: string, at: number): number | undefined {
  const pin = lastVersion(evidence, uid)?.status?.['vCenter'] as { readonly name?: string } | undefined;
  const versions = evidence.history.filter(
    ({ object }) => object.kind === 'VCenter' && object.metadata.name === pin?.name && object.spec !== undefined,
  );
  const before = versions.findLast((one) => one.at <= at - HEARD_LATE_MS);
  const around = versions.filter((one) => Math.abs(one.at - at) < HEARD_LATE_MS);
  const graces = [...(before === undefined ? [] : [before]), ...around].flatMap(({ object: { spec } }) =>
    spec['orphanPolicy'] === 'Delete' ? [Number(spec['orphanGraceSeconds'] ?? GRACE_SECONDS) * 1000] : [],
  );
  return graces.length === 0 ? undefined : Math.min(...graces);
}

/** Until when what a scan said of this machine was true: it may have begun before the object went, and asked for it after. */
function endOf({ to, foundAt }: Scan, moRef: string): number {
  return foundAt.get(moRef) ?? to;
}

function judge(evidence: Evidence, entry: LedgerEntry, uid: string): string | undefined {
  const heard = heardGoneAt(evidence, uid);
  const at = evidence.arrivedAt(entry);
  if (heard === undefined || at < heard) return undefined;
  const what = `${describeEntry(entry)}, an orphan of ${uid}`;
  const graceMs = graceAt(evidence, uid, at);
  if (graceMs === undefined) return `${what}, which was to be reported alone`;
  const goneAt = heard - HEARD_LATE_MS;
  if (at - goneAt < graceMs) return `${what}, ${at - heard} ms after its object went, with a grace of ${graceMs} ms`;
  const scans = evidence.scans.filter((scan) => scan.from <= at && endOf(scan, entry.target) >= goneAt).length;
  return scans < ENOUGH_SCANS ? `${what}, after ${scans} scan since its object went` : undefined;
}

export const orphansInTime: Oracle = {
  name: 'orphan',
  rule: 'an orphan goes only under orphanPolicy Delete, after its grace and two scans, and not at all under Report',
  check(evidence) {
    const owner = ownersOf(evidence);
    return evidence.ledger.flatMap((entry) => {
      if (entry.phase !== 'call' || !byOperator(entry) || entry.task === undefined) return [];
      const uid = TAKES_AWAY.has(entry.method) ? owner(entry) : undefined;
      return uid === undefined ? [] : (judge(evidence, entry, uid) ?? []);
    });
  },
};
