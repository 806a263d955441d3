// Claims the vCenter before anything is done in it, renews the claim, and holds while another has it. Off, and said to be, where
// the account lacks the privilege; off without leader election and with --claim-renew 0.
import { toRfc3339 } from '../../../util/clock.ts';
import { VSphereError } from '../../../vsphere/faults.ts';
import type { FaultKind } from '../../../vsphere/faults.ts';
import { mayArrive } from '../../shared/lost-calls.ts';
import type { PhaseResult } from '../../shared/phases.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import type { VCenterScope } from '../reconciler.ts';
import type { ClaimField } from './field.ts';
import { claimField, readClaim, writeClaim } from './field.ts';
import type { Claim, Claimant, ClaimVerdict } from './rules.ts';
import type { ClaimGate } from './gate.ts';
import { CLAIM_LIVES_MS, claimFieldName, formatClaim, isAloneForMs, judgeClaim, othersWaitMs } from './rules.ts';

/** How much more often a claim is looked at that another has. */
const LOOKS_ELSEWHERE = 6;

/** What a field that somebody removed is answered with. */
const NO_SUCH_FIELD: ReadonlySet<FaultKind> = new Set(['terminal', 'notFound']);
/** What tells that there can be no claim, whoever works here. */
const IMPOSSIBLE: ReadonlySet<FaultKind> = new Set(['permission', 'terminal']);
const WITHOUT =
  'without the claim nobody notices a copy of this cluster that is restored elsewhere and works here, too; all else is as ever';

/** What the next look goes by; it belongs to one session. */
export interface ClaimMemory {
  readonly connection: VCenterConnection;
  readonly generation: number;
  /** Key of the field; a text: why there is no claim. */
  readonly field: number | string;
  /** Monotonic time of the next look. */
  readonly dueAt: number;
}

/** One renewal may fail before the claim is relied on no more. */
function renewalOf({ config }: Runtime): number {
  return Math.min(config['claim-renew'], CLAIM_LIVES_MS / 2);
}

export async function claimPhase(scope: VCenterScope): Promise<PhaseResult> {
  const { runtime, vCenter, memory, draft } = scope;
  const connection = runtime.connections.get(vCenter.metadata.name);
  if (connection === undefined) return { stop: true };
  const gate = memory.holds.claim;
  if (gate.isGivenUp) return { stop: true }; // the process ends
  const renewMs = renewalOf(runtime);
  if (renewMs === 0 || !runtime.config['leader-elect']) {
    gate.off();
    delete draft.status.claim;
    draft.drop('ClaimedElsewhere');
    return undefined;
  }
  const { claim } = memory;
  const isFresh = claim?.connection !== connection || claim.generation !== connection.client.generation;
  if (isFresh || runtime.clock.monotonic() >= claim.dueAt) {
    const { generation } = connection.client;
    const known = isFresh || typeof claim.field === 'string' ? undefined : { key: claim.field };
    const { field, againMs } = await look(scope, connection, known);
    memory.claim = { connection, generation, field, dueAt: runtime.clock.monotonic() + againMs };
  }
  describe(scope);
  const dueAt = memory.claim?.dueAt ?? 0;
  const requeueAfterMs = Math.max(1, dueAt - runtime.clock.monotonic());
  // nobody is told that the session can be used before it's known that the vCenter is ours
  return isWaiting(gate) ? { requeueAfterMs, stop: true } : { requeueAfterMs };
}

/** It isn't known yet whose the vCenter is. */
function isWaiting({ state }: ClaimGate): boolean {
  return state === 'taken' || state === 'unset';
}

interface Look {
  readonly field: number | string;
  readonly againMs: number;
}

/**
 * What came of a look: `unset` is left to whoever defined the field, `first` is that one itself; a value of ours of which nobody
 * knows when it came there is `late`.
 */
type Outcome = ClaimVerdict | 'unset' | 'first' | 'late';

async function look(scope: VCenterScope, connection: VCenterConnection, known: ClaimField | undefined): Promise<Look> {
  const { runtime, memory } = scope;
  const { client } = connection;
  const gate = memory.holds.claim;
  const renewMs = renewalOf(runtime);
  try {
    const name = claimFieldName(runtime.clusterId, runtime.namespace);
    const field = known ?? (await claimField(client, name, runtime.clock));
    if (typeof field === 'string') {
      gate.off();
      return { field, againMs: renewMs };
    }
    const before = gate.state;
    const outcome = await renew(scope, connection, field);
    if (outcome === 'elsewhere') return { field: field.key, againMs: renewMs / LOOKS_ELSEWHERE };
    if (outcome === 'late') {
      const restMs = gate.lateForMs(runtime.clock.monotonic(), othersWaitMs({ renewMs }));
      return { field: field.key, againMs: Math.min(renewMs / LOOKS_ELSEWHERE, Math.max(1, restMs)) };
    }
    if (before === 'elsewhere')
      runtime.logger.warn({ vcenter: connection.name }, 'the other claim on the vCenter is over');
    const settleMs = runtime.config['claim-settle'];
    const isOurs = outcome !== 'free' && outcome !== 'unset';
    const againMs = outcome === 'mine' ? renewMs : isOurs ? Math.min(renewMs, settleMs) : settleMs;
    return { field: field.key, againMs };
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    if (known !== undefined && NO_SUCH_FIELD.has(error.kind)) return look(scope, connection, undefined);
    if (!IMPOSSIBLE.has(error.kind)) throw error;
    gate.off(); // taken away since it was asked about, or this vCenter won't have it
    return { field: error.message, againMs: renewMs };
  }
}

async function renew(
  scope: VCenterScope,
  connection: VCenterConnection,
  { key, definedAtMs }: ClaimField,
  isAgain = false,
): Promise<Outcome> {
  const { runtime, memory } = scope;
  const { client } = connection;
  const gate = memory.holds.claim;
  const own: Claimant = {
    cluster: runtime.clusterId,
    holder: runtime.identity,
    renewMs: renewalOf(runtime),
    former: runtime.formerHolders(),
  };
  const settleMs = runtime.config['claim-settle'];
  const sentClaims = runtime.connections.sentClaims(connection.instanceUuid);
  const readAtMs = runtime.clock.monotonic();
  const seen = await readClaim(client, key);
  const said = judgeClaim(seen.claim, own, seen.nowMs);
  if (said === 'elsewhere') {
    standBack(scope, seen.claim);
    return said;
  }
  // vCenter lets one alone define a field, and all others leave it the time to write
  const isFirst = seen.isUnset && definedAtMs !== undefined;
  const seenAtMs = runtime.clock.monotonic();
  if (seen.isUnset && !isFirst && !gate.mayFillIn(readAtMs, seenAtMs, settleMs)) return 'unset';
  let verdict = said;
  if (said === 'mine' && gate.state !== 'held') {
    const found = seen.claim === undefined ? '' : formatClaim(seen.claim);
    const isKnown = sentClaims.cameInTime(found, seenAtMs);
    if (!isKnown) {
      beLate(scope, found, seenAtMs);
      if (gate.lateForMs(readAtMs, othersWaitMs(own)) > 0) return 'late';
    }
    // written again after a reply that was lost, or for another VCenter of this vCenter, which hasn't got it either: the wait is
    // still due
    if (isKnown && !gate.isSettled(readAtMs, settleMs) && !isHeldByAnother(scope, connection)) verdict = 'free';
  }
  const fromMs = isFirst ? definedAtMs : readAtMs;
  const claim = {
    cluster: own.cluster,
    holder: own.holder,
    at: toRfc3339(seen.nowMs),
    holderTime: new Date(runtime.clock.now()).toISOString(),
  };
  const aloneUntilMs = readAtMs + isAloneForMs(seen.claim, verdict, own, seen.nowMs);
  const settledByMs = fromMs + settleMs;
  const text = formatClaim(claim);
  gate.reading(fromMs, isFirst ? fromMs : seenAtMs, settleMs);
  sentClaims.sends(text, Math.max(aloneUntilMs, settledByMs));
  try {
    await writeClaim(client, key, claim);
  } catch (error) {
    // what came of it is looked for at once: seen in time, it's as good as answered
    if (isAgain || gate.state === 'held' || !mayArrive(error)) throw error;
    return renew(scope, connection, { key }, true);
  }
  const answeredAtMs = runtime.clock.monotonic();
  sentClaims.cameInTime(text, answeredAtMs);
  const isAlone = answeredAtMs <= aloneUntilMs || (isFirst && answeredAtMs <= settledByMs);
  if (isAlone) gate.held(readAtMs);
  else if (answeredAtMs <= settledByMs) gate.taken(answeredAtMs);
  else beLate(scope, text, answeredAtMs);
  gate.release = async () => {
    runtime.guard.mayGiveUp(); // asked again by the write; a process whose Lease another may have ends at once
    const nowMs = runtime.clock.monotonic();
    gate.reading(nowMs, nowMs, settleMs);
    const last = await readClaim(client, key);
    if (judgeClaim(last.claim, own, last.nowMs) === 'mine') await writeClaim(client, key, undefined);
  };
  if (!isAlone) return gate.state === 'late' ? 'late' : 'free';
  return isFirst ? 'first' : verdict;
}

/** This process has the vCenter already, through another VCenter object. */
function isHeldByAnother({ runtime }: VCenterScope, { instanceUuid }: VCenterConnection): boolean {
  return runtime.connections.all().some((one) => one.instanceUuid === instanceUuid && one.holds.claim.state === 'held');
}

/** The value has been there since `seenAtMs` for sure: another may have written before that, and works. */
function beLate({ runtime, memory }: VCenterScope, text: string, seenAtMs: number): void {
  const { claim: gate } = memory.holds;
  const isNews = gate.state !== 'late';
  gate.late(text, seenAtMs);
  if (isNews) runtime.logger.warn({ vcenter: memory.holds.vCenterName }, memory.holds.claimed ?? '');
}

/** Another looks after this vCenter: nothing is done in it. */
function standBack({ runtime, vCenter, memory }: VCenterScope, claim: Claim | undefined): void {
  const gate = memory.holds.claim;
  const isNews = gate.state !== 'elsewhere';
  gate.elsewhere(claim);
  if (!isNews) return;
  const note = `${memory.holds.claimed ?? ''}: nothing is changed in it`;
  runtime.events.event(vCenter, { type: 'Warning', reason: 'ClaimedElsewhere', action: 'Claim', note });
}

function describe({ draft, memory, runtime }: VCenterScope): void {
  const { claim: gate, claimed } = memory.holds;
  const { field } = memory.claim ?? {};
  if (typeof field === 'string') {
    draft.status.claim = { state: 'Off', message: field.slice(0, 512) };
    draft.set('ClaimedElsewhere', 'Unknown', 'NotClaimed', `${field}; ${WITHOUT}`);
    return;
  }
  if (isWaiting(gate)) return; // what was said before is as good
  if (gate.state === 'late') {
    delete draft.status.claim;
    const message = `${claimed ?? ''}; nothing is changed in the vCenter until every other holder would have renewed its claim`;
    draft.set('ClaimedElsewhere', 'Unknown', 'TakenLate', message);
    return;
  }
  if (gate.state === 'elsewhere') {
    const { cluster = '', holder = '' } = gate.other ?? {};
    draft.status.claim = { state: 'HeldElsewhere', cluster: cluster.slice(0, 64), holder: holder.slice(0, 256) };
  } else draft.status.claim = { state: 'Held', cluster: runtime.clusterId, holder: runtime.identity };
  if (claimed === undefined) {
    draft.drop('ClaimedElsewhere');
    return;
  }
  const message = `${claimed}: another operator looks after the same machines, or did until ten minutes ago; nothing is changed in the vCenter until its claim is over`;
  draft.set('ClaimedElsewhere', true, 'AnotherHolder', message);
}
