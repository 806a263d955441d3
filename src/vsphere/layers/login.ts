// One attempt to open a session: identify the server, ask whether an attempt is allowed now, Login, report its outcome.
// A second login must meet the same vCenter as the first: behind a name that now leads elsewhere, every reference we hold
// would mean another object.
import { VSphereError } from '../faults.ts';
import { toError } from '../../util/errors.ts';
import type { MoRef } from '../mo-ref.ts';
import type { CompleteOptions } from '../options.ts';
import { SERVICE_INSTANCE } from '../service-content.ts';
import type { ServiceInfo } from '../service-content.ts';
import type { SendCall, SoapCall } from './call.ts';
import type { WireState } from './codec.ts';
import { identify } from './identify.ts';

const LOGOUT_TIMEOUT_MS = 1_500;

export interface Opened {
  readonly info: ServiceInfo;
  /** UserSession.key, which vCenter's events and session list show. */
  readonly sessionKey: string;
}

export interface LoginContext {
  readonly send: SendCall;
  readonly state: WireState;
  readonly options: CompleteOptions;
  readonly nextOpId: () => string;
}

/** Makes at most one Login. `before` is what an earlier login of this client found. */
export async function logIn(
  context: LoginContext,
  before: ServiceInfo | undefined,
  signal?: AbortSignal,
): Promise<Opened> {
  const { send, state, options, nextOpId } = context;
  state.cookie = undefined;
  const common = { timeoutMs: options.requestTimeoutMs, signal };
  const info = await identify(send, state, { ...common, opId: nextOpId() });
  refuseAnother(before, info);
  await options.beforeLogin?.(info.about);
  const { username: userName, password } = options;
  const { sessionManager: object } = info.content;
  const call: SoapCall = {
    ...common,
    object,
    method: 'Login',
    args: { userName, password },
    opId: nextOpId(),
    sessionBound: false,
  };
  let session: { key?: string };
  try {
    session = (await send(call)) as { key?: string };
  } catch (error) {
    if (error instanceof VSphereError) await reportFailure(options, error);
    throw error;
  }
  try {
    await options.afterLogin?.(undefined);
  } catch (error) {
    await logOut(context, object);
    throw error;
  }
  return { info, sessionKey: session.key ?? '' };
}

/** Ends the session, or finds that it has ended. Rejects where neither is certain. */
export async function endSession({ send, options, nextOpId }: LoginContext, sessionManager: MoRef): Promise<void> {
  try {
    await send({ ...logOutCall(sessionManager, nextOpId()), timeoutMs: options.requestTimeoutMs });
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind !== 'session') throw error;
  }
}

function logOutCall(object: MoRef, opId: string): SoapCall {
  return {
    ...{ object, method: 'Logout', args: {}, opId, timeoutMs: LOGOUT_TIMEOUT_MS },
    ...{ signal: undefined, sessionBound: true },
  };
}

/** Ends the session as far as possible in a short time; a failure is only logged, the server ends idle sessions itself. */
export async function logOut({ send, state, options, nextOpId }: LoginContext, sessionManager: MoRef): Promise<void> {
  if (state.cookie === undefined) return;
  try {
    await send(logOutCall(sessionManager, nextOpId()));
  } catch (error) {
    options.logger.info({ err: toError(error) }, 'logout from vCenter failed, the session ends by itself');
  }
  state.cookie = undefined;
}

/** The login's own error is what counts, whatever becomes of the report. */
async function reportFailure({ afterLogin, logger }: CompleteOptions, error: VSphereError): Promise<void> {
  try {
    await afterLogin?.(error);
  } catch (reportError) {
    logger.warn({ err: toError(reportError) }, 'the outcome of a failed vCenter login was not recorded');
  }
}

function refuseAnother(before: ServiceInfo | undefined, info: ServiceInfo): void {
  if (before === undefined || before.about.instanceUuid === info.about.instanceUuid) return;
  const detail = { expected: before.about.instanceUuid, found: info.about.instanceUuid };
  throw new VSphereError({
    object: SERVICE_INSTANCE,
    method: 'RetrieveServiceContent',
    fault: 'InstanceChanged',
    detail,
  });
}
