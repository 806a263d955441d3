// When a login may be tried. SSO locks an account after five failures in three minutes, and many VCenters, restarts and
// replicas may share one account, so attempts are recorded in VCenter status before they are made and compared across
// all VCenters of that server and user. Pure: the record and the time in, the decision out.

export type LoginOutcome = 'Pending' | 'Succeeded' | 'InvalidLogin' | 'Failed';

/** `status.login` of a VCenter: its last attempt. */
export interface LoginRecord {
  readonly server: string;
  readonly username: string;
  readonly secretResourceVersion: string;
  /** RFC 3339. */
  readonly attemptedAt: string;
  readonly outcome: LoginOutcome;
  /** Refused or unrecorded attempts in a row with these credentials. */
  readonly failures: number;
}

export interface LoginRuleInput {
  readonly server: string;
  readonly username: string;
  readonly secretResourceVersion: string;
  /** Records of all VCenters, this one's included. */
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
    };

/** May a login be tried now, and as which attempt? */
export function decideLogin(input: LoginRuleInput): LoginDecision {
  const sameAccount = input.records.filter(
    (record) =>
      record.server === input.server &&
      record.username === input.username &&
      record.secretResourceVersion === input.secretResourceVersion,
  );
  const last = sameAccount.toSorted((a, b) => Date.parse(a.attemptedAt) - Date.parse(b.attemptedAt)).at(-1);
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
  return waitMs <= 0 ? { allowed: true, failures } : { allowed: false, waitMs, failures, lastOutcome: last.outcome };
}
