// A call to an HTTP request and back: encoding, the session cookie, the checks on the reply. This is the innermost layer
// that knows vim25, so it is also where each exchange is timed, counted and logged; arguments are never logged.
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { EXCESS, VSphereError } from '../faults.ts';
import { methodKind } from '../method-kinds.ts';
import { moRefKey } from '../mo-ref.ts';
import { decodeReply, encodeRequest, methodOf } from '../soap/envelope.ts';
import type { SoapReply } from '../soap/envelope.ts';
import type { MethodDef } from '../schema.ts';
import { ExcessError } from '../soap/xml-node.ts';
import type { HttpReply, Transport } from '../soap/transport.ts';
import type { ObservedCall, SendCall, SoapCall } from './call.ts';
import { refuseUnauthenticated } from './missing-set.ts';

const COOKIE_NAME = 'vmware_soap_session';
/** Methods whose reply may bring the session cookie; any later cookie could belong to a session that is being left. */
const COOKIE_METHODS = new Set(['RetrieveServiceContent', 'Login']);

/** The state that all requests of one client share. */
export interface WireState {
  cookie: string | undefined;
  /** vim25 API version that is asked for, e.g. `8.0.1.0`. */
  apiVersion: string;
}

export interface CodecOptions {
  readonly transport: Transport;
  readonly state: WireState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: ((call: ObservedCall) => void) | undefined;
  /** Called right before a call goes out; what it throws stops the call. */
  readonly beforeSend?: ((call: SoapCall) => void) | undefined;
  /** As that, for a call that changes something. */
  readonly beforeChange?: ((method: string) => void) | undefined;
}

export function createCodec(options: CodecOptions): SendCall {
  const { transport, state, clock, logger, observe, beforeSend, beforeChange } = options;

  async function exchange(call: SoapCall, method: MethodDef, body: string): Promise<unknown> {
    const { object, opId, timeoutMs, signal } = call;
    const about = { method: method.name, object, opId };
    const soapAction = `urn:vim25/${state.apiVersion}`;
    const mayGo = (): void => {
      beforeSend?.(call);
      if (methodKind(method.name) === 'mutation') beforeChange?.(method.name);
      call.mayGo?.();
    };
    const reply = await transport.post({ body, soapAction, cookie: state.cookie, timeoutMs, signal, mayGo, about });
    const decoded = decode(call, method, reply);
    if ('fault' in decoded) {
      const { name, detail, text } = decoded.fault;
      throw new VSphereError({ ...about, fault: name, detail, status: reply.status, text });
    }
    refuseUnauthenticated(call, decoded.value);
    if (COOKIE_METHODS.has(method.name)) state.cookie = sessionCookie(reply.setCookie) ?? state.cookie;
    return decoded.value;
  }

  return async function send(call) {
    const method = methodOf(call.object, call.method);
    const body = encodeRequest(call.object, method, call.args, call.opId);
    const startedAt = clock.monotonic();
    let fault: string | undefined;
    try {
      return await exchange(call, method, body);
    } catch (error) {
      fault = error instanceof VSphereError ? error.fault : 'Bug';
      throw error;
    } finally {
      const seconds = (clock.monotonic() - startedAt) / 1_000;
      const outcome = { method: call.method, ...(fault === undefined ? {} : { fault }), seconds };
      observe?.(outcome);
      logger.debug({ ...outcome, object: moRefKey(call.object), opId: call.opId }, 'vCenter call');
    }
  };
}

/** Only 200 and 500 come from vCenter's SOAP side; anything else, or anything but XML, is somebody on the way to it. */
function decode({ object, opId }: SoapCall, method: MethodDef, { status, contentType, body }: HttpReply): SoapReply {
  const about = { method: method.name, object, opId, status };
  const xml = /^(?:text|application)\/(?:soap\+)?xml\b/i.test(contentType);
  if ((status !== 200 && status !== 500) || (status === 500 && !xml)) {
    throw new VSphereError({ ...about, fault: 'Http', detail: { status } });
  }
  if (!xml)
    throw new VSphereError({ ...about, fault: 'BadReply', text: `content type "${contentType}" instead of XML` });
  let reply: SoapReply;
  try {
    reply = decodeReply(method, body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = error instanceof ExcessError ? EXCESS : {};
    throw new VSphereError({ ...about, fault: 'BadReply', detail, text: error.message });
  }
  if (status === 500 && !('fault' in reply))
    throw new VSphereError({ ...about, fault: 'BadReply', text: 'HTTP 500 without a fault' });
  return reply;
}

function sessionCookie(setCookie: readonly string[]): string | undefined {
  const header = setCookie.find((candidate) => candidate.startsWith(`${COOKIE_NAME}=`));
  return header?.split(';', 1)[0];
}
