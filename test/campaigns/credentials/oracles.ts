// What the logins of an account may look like on the wire: no password tried again before its time, never as many refusals
// as lock an account.
import type { Fall } from '../long-lived/run-plans.ts';
import type { SeenLogin } from './login-tap.ts';

/** Single sign-on's policy. */
const LOCKING = 5;

export interface LoginLimits {
  /** The window in which single sign-on counts, real milliseconds. */
  readonly windowMs: number;
  /** First wait after a refusal, real milliseconds. */
  readonly retryMs: number;
  /** Refusals of one password that are right within that wait: one for each version of a Secret that holds it. */
  readonly versions: number;
}

/** The most of `times` that lie within `spanMs`. */
export function mostWithin(times: readonly number[], spanMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + spanMs).length));
}

export function judgeLogins(logins: readonly SeenLogin[], { windowMs, retryMs, versions }: LoginLimits): Fall[] {
  const refused = logins.filter(({ accepted }) => accepted !== true);
  const falls: Fall[] = [];
  const atOnce = mostWithin(
    refused.map(({ at }) => at),
    windowMs,
  );
  if (atOnce >= LOCKING) falls.push({ oracle: 'never locked', text: `${atOnce} refused logins within the window` });
  for (const password of new Set(refused.map((one) => one.password))) {
    const times = refused.filter((one) => one.password === password).map(({ at }) => at);
    const near = mostWithin(times, retryMs * 0.8);
    if (near > versions)
      falls.push({ oracle: 'one refusal a version', text: `${near} refusals of one password before its time` });
  }
  return falls;
}
