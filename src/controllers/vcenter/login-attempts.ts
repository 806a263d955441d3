// The record of login attempts in VCenter status: what is asked before each login, and stored before and after it. All
// VCenters count together, read live, and one attempt for an account ends before the next is decided on.
import type { LoginOutcome, VCenter, VCenterLogin } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { keyOf } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { toRfc3339 } from '../../util/clock.ts';
import type { VSphereError } from '../../vsphere/faults.ts';
import type { Runtime } from '../shared/runtime.ts';
import { VCENTERS } from '../shared/resources.ts';
import type { Credentials } from './credentials.ts';
import { LoginGate } from './login-gate.ts';
import { decideLogin } from './login-rules.ts';

/** The password was refused, or an attempt's outcome isn't known: no login before `dueAt` (epoch ms). */
export class LoginWaits extends Error {
  override readonly name = 'LoginWaits';
  readonly reason: 'InvalidLogin' | 'LoginDelayed';
  readonly dueAt: number;
  constructor(reason: 'InvalidLogin' | 'LoginDelayed', dueAt: number, options?: ErrorOptions) {
    super(`no login before ${toRfc3339(dueAt)}`, options);
    this.reason = reason;
    this.dueAt = dueAt;
  }
}

/** Answers to a login are bounded by the request's timeout; the writes around it get this much, milliseconds. */
const WRITES_MS = 30_000;

const gates = new WeakMap<Runtime, LoginGate>();

function gateOf(runtime: Runtime): LoginGate {
  let gate = gates.get(runtime);
  if (gate === undefined) {
    gate = new LoginGate(runtime.clock, runtime.config['vcenter-request-timeout'] + WRITES_MS);
    gates.set(runtime, gate);
  }
  return gate;
}

export interface LoginHooks {
  /** Throws LoginWaits. */
  readonly beforeLogin: () => Promise<void>;
  readonly afterLogin: (error: VSphereError | undefined) => Promise<void>;
}

/** The client's hooks for the logins of one VCenter. */
export function loginHooks(runtime: Runtime, vCenter: VCenter, credentials: Credentials): LoginHooks {
  let leave: () => void = () => undefined;
  return {
    async beforeLogin() {
      leave = await gateOf(runtime).enter(`${vCenter.spec.server} ${credentials.username}`);
      try {
        await recordAttempt(runtime, vCenter, credentials);
      } catch (error) {
        leave();
        throw error;
      }
    },
    async afterLogin(error) {
      try {
        await recordOutcome(runtime, vCenter, credentials, error);
      } finally {
        leave();
      }
    },
  };
}

/** When the attempt that was refused may be repeated (epoch ms), as it is stored. */
export async function nextAttemptAt(runtime: Runtime, vCenter: VCenter): Promise<number> {
  const live = await runtime.rest.get(VCENTERS, keyOf(vCenter));
  const at = Date.parse(live.status?.login?.nextAttemptAt ?? '');
  return Number.isNaN(at) ? runtime.clock.now() + runtime.config['login-retry'] : at;
}

/** The annotation's time, if it's one. */
function retryAskedAt(vCenter: VCenter): number | undefined {
  const at = Date.parse(vCenter.metadata.annotations?.[ANNOTATIONS.retryLogin] ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** Throws LoginWaits while a login with these credentials must wait; otherwise stores the attempt before it's made. */
async function recordAttempt(runtime: Runtime, vCenter: VCenter, credentials: Credentials): Promise<void> {
  const all = await runtime.rest.listAll(VCENTERS, {});
  const live = all.find((other) => other.metadata.uid === vCenter.metadata.uid);
  if (live === undefined) throw new Error(`VCenter "${vCenter.metadata.name}" was deleted`);
  const decision = decideLogin({
    server: live.spec.server,
    username: credentials.username,
    secretResourceVersion: credentials.resourceVersion,
    records: all.flatMap((other) => other.status?.login ?? []),
    now: runtime.clock.now(),
    retryMs: runtime.config['login-retry'],
    retryAskedAt: retryAskedAt(live),
  });
  if (!decision.allowed)
    throw new LoginWaits(
      decision.lastOutcome === 'InvalidLogin' ? 'InvalidLogin' : 'LoginDelayed',
      runtime.clock.now() + decision.waitMs,
    );
  const login: VCenterLogin = {
    ...loginBase(runtime, live, credentials),
    outcome: 'Pending',
    failures: decision.failures,
  };
  await patchStatus(runtime.rest, VCENTERS, live, { ...live.status, login }, { withResourceVersion: true });
}

function loginBase(
  runtime: Runtime,
  vCenter: VCenter,
  credentials: Credentials,
): Omit<VCenterLogin, 'outcome' | 'failures'> {
  return {
    server: vCenter.spec.server,
    username: credentials.username,
    secretResourceVersion: credentials.resourceVersion,
    attemptedAt: new Date(runtime.clock.now()).toISOString(),
  };
}

async function recordOutcome(
  runtime: Runtime,
  vCenter: VCenter,
  credentials: Credentials,
  error: VSphereError | undefined,
): Promise<void> {
  const live = await runtime.rest.get(VCENTERS, keyOf(vCenter));
  const before = live.status?.login;
  const outcome: LoginOutcome =
    error === undefined ? 'Succeeded' : error.fault === 'InvalidLogin' ? 'InvalidLogin' : 'Failed';
  const failures = outcome === 'InvalidLogin' ? (before?.failures ?? 0) + 1 : 0;
  const login: VCenterLogin = { ...(before ?? loginBase(runtime, live, credentials)), outcome, failures };
  const waitMs = runtime.config['login-retry'] * 2 ** Math.min(failures - 1, 2);
  const again = outcome === 'InvalidLogin' ? { nextAttemptAt: toRfc3339(Date.parse(login.attemptedAt) + waitMs) } : {};
  // whatever else changed meanwhile: an outcome that isn't stored would cost another attempt
  await patchStatus(runtime.rest, VCENTERS, live, { ...live.status, login: { ...login, ...again } });
}
