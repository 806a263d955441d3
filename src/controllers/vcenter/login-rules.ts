// When a login may be tried. SSO locks an account after five failures in three minutes, and many VCenters, restarts and
// replicas may share one account, so attempts are recorded in VCenter status before they are made and compared across
// all VCenters of that server and user. Pure: the record and the time in, the decision out.

export type LoginOutcome = 'Pending' | 'Succeeded' | 'InvalidLogin' | 'Failed';

/** `status.login` of a VCenter: its last attempt. */
export interface LoginRecord {
  readonly server: string;
  /** The vCenter that answered there; names and addresses of one vCenter are many. */
  readonly instanceUuid?: string | undefined;
  readonly username: string;
  readonly secretResourceVersion: string;
  /** RFC 3339. */
  readonly attemptedAt: string;
  readonly outcome: LoginOutcome;
  /** Refused or unrecorded attempts in a row with these credentials. */
  readonly failures: number;
  /** Earlier attempts for the account that were refused or not known, whatever the Secret's version was. RFC 3339. */
  readonly refusedAt?: readonly string[];
}

export interface LoginRuleInput {
  readonly server: string;
  readonly instanceUuid?: string | undefined;
  readonly username: string;
  readonly secretResourceVersion: string;
  /** Records of all VCenters, this one's included, and those that this process remembers. */
  readonly records: readonly LoginRecord[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** First wait after a refused login, milliseconds; it doubles twice, so 15, 30, 60 min with the default. */
  readonly retryMs: number;
  /** The value of the annotation that asks for an attempt (epoch ms): one, when it's due and newer than the last attempt. */
  readonly retryAskedAt?: number | undefined;
}

export type LoginDecision =
  | { readonly allowed: true; readonly failures: number }
  | {
      readonly allowed: false;
      readonly waitMs: number;
      readonly failures: number;
      /** Of the attempt that is waited after: refused, or not known. */
      readonly lastOutcome: LoginOutcome;
      /** The account was refused too often of late, with whatever passwords. */
      readonly crowded: boolean;
    };

/** Attempts for an account within the window that may be refused: two fewer than what locks it. */
export const MOST_REFUSED = 3;

/** The time in which SSO counts refused attempts, three minutes, as a part of the first wait after one. */
export function lockWindowMs(retryMs: number): number {
  return retryMs / 5;
}

type Account = Pick<LoginRecord, 'server' | 'instanceUuid' | 'username'>;

/** SSO tells neither case nor the ways to reach a vCenter apart. */
export function isSameAccount(a: Account, b: Account): boolean {
  if (a.username.toLowerCase() !== b.username.toLowerCase()) return false;
  if (a.instanceUuid !== undefined && b.instanceUuid !== undefined) return a.instanceUuid === b.instanceUuid;
  return a.server.toLowerCase() === b.server.toLowerCase();
}

function isRefused({ outcome }: LoginRecord): boolean {
  return outcome === 'InvalidLogin' || outcome === 'Pending';
}

/** When attempts of these records were refused, or not known to have worked, since the account last worked (epoch ms). */
export function refusals(records: readonly LoginRecord[]): number[] {
  const worked = records.filter(({ outcome }) => outcome === 'Succeeded').map((one) => Date.parse(one.attemptedAt));
  const since = Math.max(0, ...worked);
  const times = records.flatMap((one) => [...(one.refusedAt ?? []), ...(isRefused(one) ? [one.attemptedAt] : [])]);
  return [...new Set(times.map((time) => Date.parse(time)))].filter((at) => at > since);
}

/** May a login be tried now, and as which attempt? */
export function decideLogin(input: LoginRuleInput): LoginDecision {
  const ofAccount = input.records.filter((record) => isSameAccount(record, input));
  const decision = decideForVersion(input, ofAccount);
  if (!decision.allowed) return decision;
  const windowMs = lockWindowMs(input.retryMs);
  const near = refusals(ofAccount)
    .filter((at) => at > input.now - windowMs)
    .toSorted((a, b) => b - a);
  const oldest = near[MOST_REFUSED - 1];
  if (oldest === undefined) return decision;
  const waitMs = oldest + windowMs - input.now;
  return { allowed: false, waitMs, failures: decision.failures, lastOutcome: 'Pending', crowded: true };
}

/** By the attempts that were made with this version of the Secret. */
function decideForVersion(input: LoginRuleInput, ofAccount: readonly LoginRecord[]): LoginDecision {
  const sameVersion = ofAccount.filter((record) => record.secretResourceVersion === input.secretResourceVersion);
  const last = sameVersion.toSorted((a, b) => Date.parse(a.attemptedAt) - Date.parse(b.attemptedAt)).at(-1);
  if (last === undefined || last.outcome === 'Succeeded' || last.outcome === 'Failed')
    return { allowed: true, failures: 0 };
  const attemptedAt = Date.parse(last.attemptedAt);
  // a time in the future isn't due yet: taken at once it would allow every attempt until then, and lock the account
  const askedAt = input.retryAskedAt !== undefined && input.retryAskedAt > attemptedAt ? input.retryAskedAt : Infinity;
  if (askedAt <= input.now) return { allowed: true, failures: last.failures };
  // an attempt whose outcome was never recorded (we died in it) is repeated once, at once
  if (last.outcome === 'Pending' && last.failures === 0) return { allowed: true, failures: 1 };
  const failures = Math.max(1, last.failures);
  const dueAt = attemptedAt + input.retryMs * 2 ** Math.min(failures - 1, 2);
  const waitMs = Math.min(dueAt, askedAt) - input.now;
  return waitMs <= 0
    ? { allowed: true, failures }
    : { allowed: false, waitMs, failures, lastOutcome: last.outcome, crowded: false };
}
