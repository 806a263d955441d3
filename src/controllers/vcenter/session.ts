// Opens the session of a VCenter: the address is checked, the server identified before a password is sent, the attempt
// recorded before it's made and its outcome after it. Failures come out as TerminalErrors with a reason of the table,
// or as they are when trying again may help.
import type { LoginOutcome, VCenter, VCenterLogin } from '../../api/types.generated.ts';
import { ANNOTATIONS } from '../../api/identifiers.ts';
import { keyOf } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { RequeueAfter, TerminalError, errorMessage } from '../../util/errors.ts';
import { toRfc3339 } from '../../util/clock.ts';
import type { VSphereOptions } from '../../vsphere/client.ts';
import { VSphereClient } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { Runtime } from '../shared/runtime.ts';
import { VCENTERS } from '../shared/resources.ts';
import { localAddressOf } from './address-rules.ts';
import type { Credentials } from './credentials.ts';
import { decideLogin } from './login-rules.ts';

/** Refuses what the flags don't allow. */
export async function checkEndpoint(runtime: Runtime, vCenter: VCenter): Promise<void> {
  const { server, tls } = vCenter.spec;
  if (tls?.insecureSkipVerify === true && !runtime.config['allow-insecure-tls']) {
    throw new TerminalError(
      'InsecureTLSNotAllowed',
      'spec.tls.insecureSkipVerify is true, and this operator runs without --allow-insecure-tls; give spec.tls.caBundle or spec.tls.thumbprint instead',
    );
  }
  if (runtime.config['allow-loopback-vcenter']) return;
  const local = await localAddressOf(server).catch((error: unknown) => {
    throw new VSphereUnreachable(`${server}: ${errorMessage(error)}`);
  });
  if (local !== undefined) {
    throw new TerminalError(
      'LoopbackNotAllowed',
      `${server} is ${local}, an address of the operator's own machine or link; that is refused unless the operator runs with --allow-loopback-vcenter`,
    );
  }
}

/** The server could not be reached; trying again may help. */
export class VSphereUnreachable extends Error {
  override readonly name = 'VSphereUnreachable';
}

function clientOptions(runtime: Runtime, vCenter: VCenter, credentials: Credentials): VSphereOptions {
  const { config } = runtime;
  const { caBundle, thumbprint, insecureSkipVerify } = vCenter.spec.tls ?? {};
  const name = vCenter.metadata.name;
  return {
    server: vCenter.spec.server,
    username: credentials.username,
    password: credentials.password,
    tls: {
      ...(caBundle === undefined ? {} : { caBundle }),
      ...(thumbprint === undefined ? {} : { thumbprint }),
      ...(insecureSkipVerify === true ? { insecureSkipVerify } : {}),
    },
    userAgent: `linked-clone-operator/${config.version}`,
    requestTimeoutMs: config['vcenter-request-timeout'],
    keepAliveMs: config['vcenter-keep-alive'],
    pollSeconds: config['poll-interval'] / 1000,
    coalesceMs: config['poll-coalesce'],
    clock: runtime.clock,
    logger: runtime.logger.child({ vcenter: name }),
    observe: (call) => {
      runtime.metrics.vcenterCalls.inc({ vcenter: name, method: call.method, fault: call.fault ?? '' });
      if (call.method !== 'WaitForUpdatesEx')
        runtime.metrics.vcenterCallSeconds.observe({ vcenter: name }, call.seconds);
    },
    beforeLogin: () => recordAttempt(runtime, vCenter, credentials),
    afterLogin: (error) => recordOutcome(runtime, vCenter, credentials, error),
  };
}

/** Logs in. Throws TerminalError, RequeueAfter (too early), or the client's error. */
export async function openSession(
  runtime: Runtime,
  vCenter: VCenter,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<VSphereClient> {
  const options = clientOptions(runtime, vCenter, credentials);
  try {
    const { about } = await VSphereClient.probe(options, signal);
    const pinned = vCenter.status?.instanceUuid;
    if (pinned !== undefined && pinned !== about.instanceUuid) {
      throw new TerminalError(
        'AnotherVCenter',
        `${vCenter.spec.server} is another vCenter than before: its instanceUuid is ${about.instanceUuid}, pinned is ${pinned}; nothing is done until the one that was pinned answers`,
      );
    }
    return await VSphereClient.connect(options, signal);
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    throw terminalOf(error, vCenter) ?? error;
  }
}

function terminalOf(error: VSphereError, vCenter: VCenter): TerminalError | undefined {
  switch (error.fault) {
    case 'CertificateNotTrusted':
      return new TerminalError(
        'CertificateNotTrusted',
        `${error.message}; put the CA into spec.tls.caBundle, or this SHA-256 into spec.tls.thumbprint if it's the right one`,
        { cause: error },
      );
    case 'NotVirtualCenter':
      return new TerminalError(
        'NotVCenter',
        `${vCenter.spec.server} isn't a vCenter (${error.message}); linked clones need a vCenter, not a single host`,
        { cause: error },
      );
    case 'InvalidLogin':
      return new TerminalError(
        'InvalidLogin',
        `the vCenter refused user and password of Secret "${vCenter.spec.credentialsSecretRef.name}"`,
        { cause: error },
      );
    default:
      return undefined;
  }
}

/** The annotation's time, if it's one. */
function retryAskedAt(vCenter: VCenter): number | undefined {
  const at = Date.parse(vCenter.metadata.annotations?.[ANNOTATIONS.retryLogin] ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** Throws RequeueAfter while a login with these credentials must wait; otherwise stores the attempt before it's made. */
async function recordAttempt(runtime: Runtime, vCenter: VCenter, credentials: Credentials): Promise<void> {
  const live = await runtime.rest.get(VCENTERS, keyOf(vCenter));
  const records = runtime.stores.vCenters
    .list()
    .flatMap((other) => (other.metadata.uid === live.metadata.uid ? [] : (other.status?.login ?? [])));
  const decision = decideLogin({
    server: live.spec.server,
    username: credentials.username,
    secretResourceVersion: credentials.resourceVersion,
    records: live.status?.login === undefined ? records : [...records, live.status.login],
    now: runtime.clock.now(),
    retryMs: runtime.config['login-retry'],
    retryAskedAt: retryAskedAt(live),
  });
  if (!decision.allowed)
    throw new RequeueAfter(decision.waitMs, `login waits until ${toRfc3339(runtime.clock.now() + decision.waitMs)}`);
  await storeLogin(runtime, live, {
    ...loginBase(runtime, live, credentials),
    outcome: 'Pending',
    failures: decision.failures,
  });
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
  if (outcome !== 'InvalidLogin') return storeLogin(runtime, live, login);
  const waitMs = runtime.config['login-retry'] * 2 ** Math.min(failures - 1, 2);
  return storeLogin(runtime, live, { ...login, nextAttemptAt: toRfc3339(Date.parse(login.attemptedAt) + waitMs) });
}

async function storeLogin(runtime: Runtime, live: VCenter, login: VCenterLogin): Promise<void> {
  await patchStatus(runtime.rest, VCENTERS, live, { ...live.status, login }, { withResourceVersion: true });
}
