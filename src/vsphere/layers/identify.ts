// Who is at the other end, asked without a session and so before a password is sent: it must be a vCenter (never a single
// ESXi host, which knows nothing of linked clones and everything of deleting files).
import { VSphereError } from '../faults.ts';
import { SERVICE_INSTANCE, toServiceInfo } from '../service-content.ts';
import type { ServiceInfo } from '../service-content.ts';
import type { SendCall, SoapCall } from './call.ts';
import type { WireState } from './codec.ts';

/** The API that this client was written for; what is older gets its own version. */
const WANTED_API = '8.0.1.0';
/** Spoken by every vCenter in support. */
const OLDEST_API = '6.5';
const VERSION = /^\d+(\.\d+)+$/;

/** Asks, and settles which API version is spoken from now on. Rejects with NotVirtualCenter for anything else. */
export async function identify(
  send: SendCall,
  state: WireState,
  options: Pick<SoapCall, 'opId' | 'timeoutMs' | 'signal'>,
): Promise<ServiceInfo> {
  const call: SoapCall = {
    ...options,
    object: SERVICE_INSTANCE,
    method: 'RetrieveServiceContent',
    args: {},
    sessionBound: false,
  };
  state.apiVersion = WANTED_API;
  const value = await send(call).catch(async (error: unknown) => {
    // A server that doesn't know the version answers with a fault; connection errors are what they are.
    if (
      !(error instanceof VSphereError) ||
      error.kind === 'connection' ||
      error.kind === 'canceled' ||
      error.status !== 500
    )
      throw error;
    state.apiVersion = OLDEST_API;
    return send(call);
  });
  const info = toServiceInfo(value);
  const apiType = (value as { about: { apiType?: string } }).about.apiType;
  if (info === undefined || apiType !== 'VirtualCenter') {
    throw new VSphereError({
      object: call.object,
      method: call.method,
      opId: call.opId,
      fault: 'NotVirtualCenter',
      detail: { apiType },
    });
  }
  const { apiVersion, instanceUuid } = info.about;
  if (!VERSION.test(apiVersion) || instanceUuid === '')
    throw new VSphereError({
      object: call.object,
      method: call.method,
      opId: call.opId,
      fault: 'BadReply',
      text: 'a vCenter without its version or identity',
    });
  // also where the first answer was a fault: it may have been about something else than the version
  state.apiVersion = isOlder(apiVersion, WANTED_API) ? apiVersion : WANTED_API;
  return info;
}

function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 4; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
