// Opens the session of a VCenter: the address is checked, the server identified before a password is sent, and the attempt
// allowed and recorded (login-attempts.ts). Failures come out as TerminalErrors with a reason of the table,
// or as they are when trying again may help.
import type { VCenter } from '../../api/types.generated.ts';
import { TerminalError, errorMessage } from '../../util/errors.ts';
import type { AboutInfo, OutageGate, VSphereOptions } from '../../vsphere/client.ts';
import { VSphereClient } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import type { Runtime } from '../shared/runtime.ts';
import { localAddressOf } from './address-rules.ts';
import type { Credentials } from './credentials.ts';
import { LoginWaits, loginHooks, nextAttemptAt } from './login-attempts.ts';
import { mayChange } from './may-change.ts';
import { versionProblem } from './supported-version.ts';

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

interface SessionParts {
  readonly credentials: Credentials;
  /** Of this endpoint, over all its sessions. */
  readonly gate: OutageGate;
}

function clientOptions(runtime: Runtime, vCenter: VCenter, { credentials, gate }: SessionParts): VSphereOptions {
  const attempts = loginHooks(runtime, vCenter, credentials);
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
    restMs: config['poll-rest'],
    taskDelayMs: config['task-watch-delay'],
    batchMs: config['batch-window'],
    connectTimeoutMs: config['vcenter-connect-timeout'],
    readRetry: { initialMs: config['vcenter-retry-base'], maxMs: config['vcenter-retry-max'] },
    watchRetry: { initialMs: config['poll-retry-base'], maxMs: config['poll-retry-max'] },
    watchStableMs: config['poll-stable'],
    pollGraceMs: config['poll-grace'],
    gate,
    clock: runtime.clock,
    logger: runtime.logger.child({ vcenter: name }),
    observe: (call) => {
      runtime.metrics.vcenterCalls.inc({ vcenter: name, method: call.method, fault: call.fault ?? '' });
      if (call.method !== 'WaitForUpdatesEx')
        runtime.metrics.vcenterCallSeconds.observe({ vcenter: name }, call.seconds);
    },
    beforeChange: (method) => mayChange(runtime, name, method),
    ...attempts,
    beforeLogin: async (about) => {
      refuse(vCenter, about);
      await attempts.beforeLogin(about);
    },
  };
}

/** Throws TerminalError where the password isn't sent to who answered: too old, or another vCenter than the one that is pinned. */
function refuse({ spec: { server }, status }: VCenter, about: AboutInfo): void {
  const tooOld = versionProblem(about);
  if (tooOld !== undefined) throw new TerminalError('VersionNotSupported', `${server}: ${tooOld}`);
  const pinned = status?.instanceUuid;
  if (pinned !== undefined && pinned !== about.instanceUuid)
    throw new TerminalError(
      'AnotherVCenter',
      `${server} is another vCenter than before: its instanceUuid is ${about.instanceUuid}, pinned is ${pinned}; nothing is done until the one that was pinned answers`,
    );
}

/** Logs in. Throws TerminalError, LoginWaits (refused, or too early), or the client's error. */
export async function openSession(
  runtime: Runtime,
  vCenter: VCenter,
  parts: SessionParts,
  signal: AbortSignal,
): Promise<VSphereClient> {
  const options = clientOptions(runtime, vCenter, parts);
  try {
    return await VSphereClient.connect(options, signal);
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    if (error.kind === 'credentials')
      throw new LoginWaits('InvalidLogin', await nextAttemptAt(runtime, vCenter), { cause: error });
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
    default:
      return undefined;
  }
}
