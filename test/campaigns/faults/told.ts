// Oracle `reason`: an object whose own call failed for a while has said so, by the condition, status and reason of the table
// and with the fault's name; so has one that was refused once by something that lasts. None said Ready all the time.
import type { Evidence } from '../harness/evidence.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { HistoryEntry, KnownObject } from '../harness/history.ts';
import type { Plan } from '../harness/plan.ts';
import type { Problem } from '../harness/run-plan.ts';
import type { Witnessed } from '../harness/witness.ts';
import { HEARD_LATE_MS } from '../oracles/oracle.ts';
import { EXPECTED, EXPECTED_AWAY } from './expected.ts';
import type { Said } from './expected.ts';
import { OF_THE_CLAIM, meaningOf, nameOf } from './kinds.ts';
import type { Meaning } from './kinds.ts';
import { isPlaceFault } from './places.ts';

/** From when until when calls were answered so, epoch milliseconds. */
export interface Window {
  from: number;
  to: number;
}

/** What is answered so will be again: it is told after one call, too. */
const LASTING: ReadonlySet<Meaning> = new Set(['noSpace', 'noRoom', 'taken', 'refused', 'forbidden']);
/** From this call of an object on it is too late to say Ready still. */
const TOLD_BY = 3;
/**
 * As `TOLD_BY`, of the claim: what fails is tried once more at once, and told then. SetField is called before that by the
 * process that is on its way out.
 */
export const CLAIM_TOLD_BY: Readonly<Record<string, number>> = { SetField: 3, AddCustomFieldDef: 2 };

/** The calls that were answered so, in order. */
function hitsOf({ witnessed }: Evidence, { more }: Plan, { from, to }: Window): readonly Witnessed[] {
  const calls = witnessed.filter(({ method, at }) => method === more?.['method'] && at >= from && at <= to);
  if (more?.['when'] === 'while') return calls;
  return calls.slice(more?.['when'] === 'second' ? 1 : 0).slice(0, 1);
}

function inStatus({ status }: KnownObject, part: string, field: string): unknown {
  return (status?.[part] as Readonly<Record<string, unknown>> | undefined)?.[field];
}

/** Who waited for a folder then: the first clone without a machine. It is as good as any: all wait for the same call. */
function waitedAt({ history, namespace }: Evidence, at: number): KnownObject | undefined {
  const clones = history.filter(
    ({ object, ...entry }) =>
      object.kind === 'LinkedClone' && object.metadata.namespace === namespace && entry.at <= at + HEARD_LATE_MS,
  );
  const hadMachine = new Set(
    clones.flatMap((entry) =>
      entry.at <= at && inStatus(entry.object, 'vm', 'moRef') !== undefined ? [entry.object.metadata.uid] : [],
    ),
  );
  return clones.find(({ object }) => !hadMachine.has(object.metadata.uid))?.object;
}

/** Whose call it was; undefined where a call doesn't tell. */
function ownerOf(evidence: Evidence, { method, target, asksFor, forUid, at }: Witnessed): KnownObject | undefined {
  if (method === 'CreateFolder') return waitedAt(evidence, at);
  const { history, namespace } = evidence;
  const owns = (object: KnownObject): boolean => {
    if (method === 'CloneVM_Task') return object.metadata.uid === asksFor;
    if (method === 'CreateSnapshot_Task') return object.metadata.uid === forUid;
    if (object.kind === 'LinkedClone') return inStatus(object, 'vm', 'moRef') === target;
    if (object.kind === 'VCenter') return OF_THE_CLAIM.has(method);
    if (object.kind !== 'BaseSnapshot' || object.metadata.namespace !== namespace) return false;
    return inStatus(object, 'snapshot', 'moRef') === target;
  };
  return history.find(({ object }) => owns(object))?.object;
}

/** The versions that count for a condition: the object's own, or those of its set. */
function versionsOf({ history }: Evidence, owner: KnownObject, { kind }: Said, from: number): HistoryEntry[] {
  const owners = new Set((owner.metadata.ownerReferences ?? []).map(({ uid }) => uid));
  return history.filter(
    ({ at, object }) =>
      at >= from &&
      object.kind === kind &&
      (object.metadata.uid === owner.metadata.uid || owners.has(object.metadata.uid)),
  );
}

function isSaid(versions: readonly HistoryEntry[], wanted: Said, name: string): boolean {
  return versions.some(({ object }) =>
    conditionsOf(object).some(
      ({ type, status, reason, message }) =>
        type === wanted.condition &&
        status === wanted.status &&
        reason === wanted.reason &&
        (!wanted.withName || message.includes(name)),
    ),
  );
}

/** What its conditions of that type said instead. */
function insteadOf(versions: readonly HistoryEntry[], { condition }: Said): string {
  const all = versions.flatMap(({ object }) =>
    conditionsOf(object)
      .filter(({ type }) => type === condition)
      .map(({ status, reason, message }) => `${status} ${reason} "${message.slice(0, 120)}"`),
  );
  return all.length === 0 ? 'nothing' : [...new Set(all)].slice(-4).join('; ');
}

/** While its third and later calls failed the object still said that it was Ready, and nothing else that we heard of late. */
function stillReady({ history }: Evidence, owner: KnownObject, hits: readonly Witnessed[]): boolean {
  const own = history.filter(({ object }) => object.metadata.uid === owner.metadata.uid);
  return hits.slice(TOLD_BY - 1).some(({ at }) => {
    const then = own.findLast((entry) => entry.at <= at);
    const late = own.filter((entry) => entry.at > at && entry.at <= at + HEARD_LATE_MS);
    return then !== undefined && [then, ...late].every(isReady);
  });
}

function isReady({ object }: HistoryEntry): boolean {
  return conditionsOf(object).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** What each object has to say, and after how many calls of its own. */
function wantedOf({ more }: Plan): { readonly wanted: readonly Said[]; readonly least: number } | undefined {
  const [method, fault, isLong] = [String(more?.['method']), String(more?.['fault']), more?.['when'] === 'while'];
  if (isPlaceFault(fault)) return isLong ? { wanted: EXPECTED_AWAY[method]?.[fault] ?? [], least: 1 } : undefined;
  const meaning = meaningOf(fault);
  if (meaning === undefined) return undefined;
  const wanted = EXPECTED[method]?.[meaning] ?? [];
  // of the claim one call may be that of a process which is going, and one is repeated at once; others come after minutes
  if (OF_THE_CLAIM.has(method))
    return { wanted, least: isLong ? (CLAIM_TOLD_BY[method] ?? TOLD_BY) : Number.POSITIVE_INFINITY };
  return { wanted, least: isLong ? TOLD_BY : LASTING.has(meaning) ? 1 : Number.POSITIVE_INFINITY };
}

/** What was answered to each object's calls, and whether it was told. */
export function judgeReasons(evidence: Evidence, plan: Plan, window: Window): Problem[] {
  const { fault, when } = plan.more ?? {};
  const asked = wantedOf(plan);
  if (asked === undefined) return [];
  const { wanted, least } = asked;
  const byOwner = new Map<KnownObject, Witnessed[]>();
  for (const hit of hitsOf(evidence, plan, window)) {
    const owner = ownerOf(evidence, hit);
    if (owner !== undefined) byOwner.set(owner, [...(byOwner.get(owner) ?? []), hit]);
  }
  const problems: string[] = [];
  for (const [owner, hits] of byOwner) {
    if (hits.length < least) continue;
    const who = `${owner.kind} ${owner.metadata.name}`;
    for (const one of wanted) {
      if (one.kind !== owner.kind && (when !== 'while' || (owner.metadata.ownerReferences ?? []).length === 0))
        continue;
      const versions = versionsOf(evidence, owner, one, hits[0]?.at ?? 0);
      if (isSaid(versions, one, nameOf(String(fault)))) continue;
      const text = `${one.kind} never said ${one.condition}=${one.status} ${one.reason}${one.withName ? ` with ${nameOf(String(fault))}` : ''}`;
      problems.push(`${who}: ${hits.length} calls failed, and ${text}; it said ${insteadOf(versions, one)}`);
    }
    if (wanted.some(({ condition }) => condition === 'Ready') && stillReady(evidence, owner, hits))
      problems.push(`${who} said Ready=True while its calls failed`);
  }
  return problems.map((text) => ({ oracle: 'reason', text }));
}
