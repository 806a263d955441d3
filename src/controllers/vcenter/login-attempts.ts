// The record of login attempts in VCenter status: what is asked before each login, and stored before and after it. All
// VCenters count together, read live, and one attempt for an account ends before the next is decided on.
import type { LoginOutcome, VCenter, VCenterLogin } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { keyOf } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { toRfc3339 } from '../../util/clock.ts';
import type { AboutInfo } from '../../vsphere/client.ts';
import type { VSphereError } from '../../vsphere/faults.ts';
import type { Runtime } from '../shared/runtime.ts';
import { VCENTERS } from '../shared/resources.ts';
import type { Credentials } from './credentials.ts';
import { LoginGate } from './login-gate.ts';
import type { LoginRecord } from './login-rules.ts';
import { MOST_REFUSED, decideLogin, isSameAccount, lockWindowMs, refusals } from './login-rules.ts';

/** The password was refused, or an attempt's outcome isn't known: no login before `dueAt` (epoch ms). */
export class LoginWaits extends Error {
  override readonly name = 'LoginWaits';
  readonly reason: 'InvalidLogin' | 'LoginDelayed';
  readonly dueAt: number;
  /** The account was refused too often of late for yet another password. */
  readonly crowded: boolean;
  constructor(
    reason: 'InvalidLogin' | 'LoginDelayed',
    dueAt: number,
    { crowded = false, ...options }: ErrorOptions & { crowded?: boolean } = {},
  ) {
    super(`no login before ${toRfc3339(dueAt)}`, options);
    this.reason = reason;
    this.dueAt = dueAt;
    this.crowded = crowded;
  }
}

/** Answers to a login are bounded by the request's timeout; the writes around it get this much, milliseconds. */
const WRITES_MS = 30_000;

/** Refusals of an account that are remembered. */
const MOST_REMEMBERED = 16;

/** What a process knows of logins beside their records. */
interface LoginMemory {
  readonly gate: LoginGate;
  /** The last refusals by account: they outlive a VCenter that is deleted and made again. */
  readonly refusals: Map<string, readonly LoginRecord[]>;
}

const memories = new WeakMap<Runtime, LoginMemory>();

function memoryOf(runtime: Runtime): LoginMemory {
  let memory = memories.get(runtime);
  if (memory === undefined) {
    const gate = new LoginGate(runtime.clock, runtime.config['vcenter-request-timeout'] + WRITES_MS);
    memory = { gate, refusals: new Map() };
    memories.set(runtime, memory);
  }
  return memory;
}

/** The account that one attempt is made for. */
interface Attempt {
  readonly credentials: Credentials;
  readonly instanceUuid: string | undefined;
  /** As the key of this process's memory. */
  readonly account: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface LoginHooks {
  /** Throws LoginWaits. */
  readonly beforeLogin: (about: AboutInfo) => Promise<void>;
  readonly afterLogin: (error: VSphereError | undefined) => Promise<void>;
}

/** The client's hooks for the logins of one VCenter. */
export function loginHooks(runtime: Runtime, vCenter: VCenter, credentials: Credentials): LoginHooks {
  let leave: () => void = () => undefined;
  let attempt: Attempt | undefined;
  return {
    async beforeLogin({ instanceUuid }) {
      const where = instanceUuid ?? vCenter.spec.server.toLowerCase();
      const account = `${where} ${credentials.username.toLowerCase()}`;
      leave = await memoryOf(runtime).gate.enter(account);
      attempt = { credentials, instanceUuid, account, at: runtime.clock.now() };
      try {
        await recordAttempt(runtime, vCenter, attempt);
      } catch (error) {
        leave();
        throw error;
      }
    },
    async afterLogin(error) {
      try {
        if (attempt !== undefined) await recordOutcome(runtime, vCenter, attempt, error);
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
async function recordAttempt(runtime: Runtime, vCenter: VCenter, attempt: Attempt): Promise<void> {
  const all = await runtime.rest.listAll(VCENTERS, {});
  const live = all.find((other) => other.metadata.uid === vCenter.metadata.uid);
  if (live === undefined) throw new Error(`VCenter "${vCenter.metadata.name}" was deleted`);
  const now = attempt.at;
  const decision = decideLogin({
    server: live.spec.server,
    instanceUuid: attempt.instanceUuid,
    username: attempt.credentials.username,
    secretResourceVersion: attempt.credentials.resourceVersion,
    records: [
      ...all.flatMap((other) => other.status?.login ?? []),
      ...(memoryOf(runtime).refusals.get(attempt.account) ?? []),
    ],
    now,
    retryMs: runtime.config['login-retry'],
    retryAskedAt: retryAskedAt(live),
  });
  if (!decision.allowed) {
    const reason = decision.lastOutcome === 'InvalidLogin' ? 'InvalidLogin' : 'LoginDelayed';
    throw new LoginWaits(reason, now + decision.waitMs, { crowded: decision.crowded });
  }
  const login: VCenterLogin = {
    ...loginBase(runtime, live, attempt),
    outcome: 'Pending',
    failures: decision.failures,
  };
  await patchStatus(runtime.rest, VCENTERS, live, { ...live.status, login }, { withResourceVersion: true });
}

function loginBase(
  runtime: Runtime,
  vCenter: VCenter,
  { credentials, instanceUuid, at }: Attempt,
): Omit<VCenterLogin, 'outcome' | 'failures'> {
  const { server } = vCenter.spec;
  const who = { server, username: credentials.username, ...(instanceUuid === undefined ? {} : { instanceUuid }) };
  const refusedAt = earlierRefusals(runtime, vCenter.status?.login, who, at);
  return {
    ...who,
    secretResourceVersion: credentials.resourceVersion,
    attemptedAt: new Date(at).toISOString(),
    ...(refusedAt.length === 0 ? {} : { refusedAt }),
  };
}

/** What the record that is replaced says of the same account and still counts. */
function earlierRefusals(
  runtime: Runtime,
  before: VCenterLogin | undefined,
  who: Pick<LoginRecord, 'server' | 'instanceUuid' | 'username'>,
  now: number,
): string[] {
  if (before === undefined || !isSameAccount(before, who)) return [];
  const since = now - lockWindowMs(runtime.config['login-retry']);
  const counting = refusals([before]).filter((at) => at > since);
  return counting
    .toSorted((a, b) => a - b)
    .slice(-MOST_REFUSED)
    .map((at) => new Date(at).toISOString());
}

async function recordOutcome(
  runtime: Runtime,
  vCenter: VCenter,
  attempt: Attempt,
  error: VSphereError | undefined,
): Promise<void> {
  const outcome: LoginOutcome =
    error === undefined ? 'Succeeded' : error.kind === 'credentials' ? 'InvalidLogin' : 'Failed';
  if (outcome === 'Succeeded') memoryOf(runtime).refusals.delete(attempt.account);
  const live = await runtime.rest.get(VCENTERS, keyOf(vCenter));
  const before = live.status?.login;
  const failures = outcome === 'InvalidLogin' ? (before?.failures ?? 0) + 1 : 0;
  const login: VCenterLogin = { ...(before ?? loginBase(runtime, live, attempt)), outcome, failures };
  if (outcome === 'InvalidLogin') remember(runtime, attempt, login);
  const waitMs = runtime.config['login-retry'] * 2 ** Math.min(failures - 1, 2);
  const again = outcome === 'InvalidLogin' ? { nextAttemptAt: toRfc3339(Date.parse(login.attemptedAt) + waitMs) } : {};
  // whatever else changed meanwhile: an outcome that isn't stored would cost another attempt
  await patchStatus(runtime.rest, VCENTERS, live, { ...live.status, login: { ...login, ...again } });
}

function remember(runtime: Runtime, { account }: Attempt, login: VCenterLogin): void {
  const { refusals: known } = memoryOf(runtime);
  known.set(account, [...(known.get(account) ?? []), login].slice(-MOST_REMEMBERED));
}
