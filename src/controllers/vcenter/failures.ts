// What a VCenter says when there is no session: the reason of the table that fits the failure, with what was and wasn't
// tried (Authenticated, VersionSupported), and when it's tried again.
import type { VCenter, VCenterStatus } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { findReason } from '../../api/reasons.ts';
import { toRfc3339 } from '../../util/clock.ts';
import { TerminalError, errorMessage } from '../../util/errors.ts';
import type { VSphereClient } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { Runtime } from '../shared/runtime.ts';
import type { StatusDraft } from '../shared/status-draft.ts';
import { LoginWaits } from './login-attempts.ts';

interface FailureScope {
  readonly runtime: Runtime;
  readonly vCenter: VCenter;
  readonly draft: StatusDraft<VCenterStatus>;
}

/**
 * Why an open session is of no use now. `isFinal`: it has ended and can't be renewed by itself, as the password was refused or
 * another vCenter answers; that comes first, because nobody finds out over such a session whether the vCenter is back.
 */
export function sessionTrouble({
  away,
  updates: { failure },
}: Pick<VSphereClient, 'away' | 'updates'>): { readonly failure: Error; readonly isFinal: boolean } | undefined {
  if (failure !== undefined && isFinal(failure)) return { failure, isFinal: true };
  const first = away ?? failure;
  return first === undefined ? undefined : { failure: first, isFinal: false };
}

function isFinal(failure: Error): boolean {
  return failure instanceof VSphereError && (failure.kind === 'credentials' || failure.fault === 'InstanceChanged');
}

/** Why nothing is sent to a vCenter that is away, instead of what wasn't sent: the one stays the same until it's back. */
export function behindAway(error: unknown): unknown {
  return error instanceof VSphereError && error.fault === 'Away' ? (error.cause ?? error) : error;
}

/** Writes `error` into the conditions. */
export function explainFailure(scope: FailureScope, error: unknown): void {
  const { runtime, vCenter, draft } = scope;
  if (error instanceof LoginWaits) {
    const sooner = error.crowded ? '' : `, or when the Secret changes; at once by: ${retryCommand(vCenter)}`;
    const message = `${waitMessage(vCenter, error)}; tried again at ${toRfc3339(error.dueAt)}${sooner}`;
    draft.set('Authenticated', error.reason === 'InvalidLogin' ? false : 'Unknown', error.reason, message);
    say(scope, error.reason, message);
    return;
  }
  const message = errorMessage(error);
  if (error instanceof VSphereError && error.kind === 'permission') {
    say(scope, 'NoPermission', message);
    return;
  }
  if (!(error instanceof TerminalError)) {
    notConnected(draft, message);
    const pace = `tried again within ${runtime.config['connect-retry'] / 1000} s`;
    say(scope, 'Unreachable', `${vCenter.spec.server}: ${message}; ${pace}`);
    return;
  }
  notConnected(draft, message, error.reason);
  say(scope, error.reason, message);
}

/** Each condition is set once: one that became Unknown in between would get a new time, and be written, at every look. */
function notConnected(draft: StatusDraft<VCenterStatus>, message: string, reason = ''): void {
  if (reason === 'SecretNotFound' || reason === 'SecretInvalid') draft.set('Authenticated', false, reason, message);
  else draft.set('Authenticated', 'Unknown', 'NotConnected', message);
  if (reason === 'NotVCenter' || reason === 'VersionNotSupported')
    draft.set('VersionSupported', false, reason, message);
  else draft.set('VersionSupported', 'Unknown', 'NotConnected', message);
}

/** Reconciling or Stalled, as the table of reasons has it. */
function say({ runtime, vCenter, draft }: FailureScope, reason: string, message: string): void {
  const progress = findReason('VCenter', 'Ready', reason)?.progress;
  const stalledAlready = draft.isTrue('Stalled') && draft.find('Stalled')?.reason === reason;
  const graceOver = progress === 'grace' && runtime.grace.leftMs(vCenter.metadata.uid, reason, stalledAlready) === 0;
  draft.summarize(progress === 'Stalled' || graceOver ? 'Stalled' : 'Reconciling', reason, message);
}

function waitMessage(vCenter: VCenter, { reason, crowded }: LoginWaits): string {
  const secret = `Secret "${vCenter.spec.credentialsSecretRef.name}"`;
  if (crowded)
    return `the password of ${secret} isn't tried yet: the vCenter refused this account several times within minutes, with other passwords or for other VCenters, and one more refusal or two would lock it`;
  return reason === 'InvalidLogin'
    ? `the vCenter refused user and password of ${secret}: wrong or expired, or the account is locked`
    : `it isn't known whether the vCenter took user and password of ${secret} the last times`;
}

function retryCommand(vCenter: VCenter): string {
  return `kubectl annotate vcenter ${vCenter.metadata.name} ${ANNOTATIONS.retryLogin}="$(date -u +%FT%TZ)" --overwrite`;
}
