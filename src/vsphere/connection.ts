// The layers put together: transport → codec → gate → retry → session, with one door. Opening makes one login, closing ends the
// session and all sockets within a bounded time.
import type { CompleteOptions } from './options.ts';
import { bounded } from './bounded.ts';
import { VSphereError } from './faults.ts';
import type { InvokeOptions } from './invoke.ts';
import type { SoapCall } from './layers/call.ts';
import { createCodec } from './layers/codec.ts';
import { endSession, logIn, logOut } from './layers/login.ts';
import type { LoginContext, Opened } from './layers/login.ts';
import { OutageGate, withGate } from './layers/outage-gate.ts';
import { withRetry } from './layers/retry.ts';
import { Session } from './layers/session.ts';
import type { MoRef } from './mo-ref.ts';
import { createOpIds } from './op-ids.ts';
import { SERVICE_INSTANCE } from './service-content.ts';
import type { ServiceInfo } from './service-content.ts';
import { createTransport } from './soap/transport.ts';
import type { Transport } from './soap/transport.ts';

/** Milliseconds that a login under way has to end when the connection is closed. */
const LOGIN_END_MS = 1_000;

/** Why nothing but the logout is sent any more; undefined: the connection isn't closed. */
interface End {
  reason: VSphereError | undefined;
}

export class Connection {
  readonly #context: LoginContext;
  readonly #transport: Transport;
  readonly #session: Session;
  readonly #end: End;
  /** Shut while the vCenter doesn't answer. */
  readonly gate: OutageGate;
  #opened: Opened | undefined;

  private constructor(
    options: CompleteOptions,
    { transport, context, gate, end }: Wired,
    signal: AbortSignal | undefined,
  ) {
    const { clock, logger, keepAliveMs } = options;
    this.#context = context;
    this.#transport = transport;
    this.gate = gate;
    this.#end = end;
    this.#session = new Session({
      send: context.send,
      login: async () => {
        const first = this.#opened === undefined;
        this.#opened = await logIn(context, this.#opened?.info, first ? signal : undefined);
        if (!first) logger.info({ session: this.#opened.sessionKey.slice(0, 8) }, 'logged in to vCenter again');
      },
      logout: () => endSession(context, this.info.content.sessionManager),
      keepAlive: this.#call(SERVICE_INSTANCE, 'CurrentTime', {}, {}),
      keepAliveMs,
      clock,
      logger,
    });
  }

  /** Identifies the server and logs in, once. */
  static async open(options: CompleteOptions, signal?: AbortSignal): Promise<Connection> {
    const wired = wire(options);
    const connection = new Connection(options, wired, signal);
    try {
      await connection.#session.open();
    } catch (error) {
      wired.transport.close();
      throw error;
    }
    connection.#probeOutages(options.requestTimeoutMs);
    return connection;
  }

  get info(): ServiceInfo {
    return this.#mustBeOpen().info;
  }

  get sessionKey(): string {
    return this.#mustBeOpen().sessionKey;
  }

  /** Rises with every login. */
  get generation(): number {
    return this.#session.generation;
  }

  /** Nothing is sent any more: it was closed, or is refused for good. */
  get ended(): boolean {
    return this.#session.ended;
  }

  async invoke<T>(
    object: MoRef,
    method: string,
    args: Record<string, unknown> = {},
    options: InvokeOptions = {},
  ): Promise<T> {
    return (await this.#session.send(this.#call(object, method, args, options))) as T;
  }

  /** Replaces the session of that generation by another one; rejects where it can't be ended. */
  replaceSession(generation: number): Promise<void> {
    return this.#session.replace(generation);
  }

  /** Logs out and closes every socket; later calls reject with fault `Closed`. */
  async close(): Promise<void> {
    const reason = new VSphereError({ fault: 'Closed', method: 'call after close', sent: false });
    this.#session.end(reason);
    this.gate.detach();
    // a login that isn't sent yet never is; the session that one under way opens is ended below
    this.#end.reason = reason;
    await bounded(this.#session.settled(), this.#context.options.clock, LOGIN_END_MS);
    if (this.#opened !== undefined) await logOut(this.#context, this.#opened.info.content.sessionManager);
    this.#transport.close();
  }

  /** Whoever has a session finds out when the vCenter is back: nobody else may call it till then. */
  #probeOutages(requestTimeoutMs: number): void {
    this.gate.attach((limitMs) => {
      const timeoutMs = Math.min(limitMs, requestTimeoutMs);
      return this.#session.probe(this.#call(SERVICE_INSTANCE, 'CurrentTime', {}, { timeoutMs }));
    });
  }

  #call(object: MoRef, method: string, args: Record<string, unknown>, options: InvokeOptions): SoapCall {
    const { nextOpId, options: defaults } = this.#context;
    const {
      operationId: opId = nextOpId(),
      timeoutMs = defaults.requestTimeoutMs,
      signal,
      sessionBound = false,
      mayGo,
    } = options;
    return { object, method, args, opId, timeoutMs, signal, sessionBound, mayGo };
  }

  #mustBeOpen(): Opened {
    if (this.#opened === undefined) throw new Error('the connection is not open');
    return this.#opened;
  }
}

interface Wired {
  readonly transport: Transport;
  readonly context: LoginContext;
  readonly gate: OutageGate;
  readonly end: End;
}

function wire(options: CompleteOptions): Wired {
  const { server, tls, userAgent, clock, logger, observe, beforeChange, gate = new OutageGate(clock) } = options;
  const transport = createTransport({ server, tls, userAgent, clock, connectTimeoutMs: options.connectTimeoutMs });
  const state = { cookie: undefined, apiVersion: '' };
  const end: End = { reason: undefined };
  const beforeSend = (call: SoapCall): void => {
    if (end.reason !== undefined && call.method !== 'Logout') throw end.reason;
    gate.leave(call);
  };
  const codec = createCodec({ transport, state, clock, logger, observe, beforeSend, beforeChange });
  const send = withRetry(withGate(codec, gate), clock, options.readRetry);
  return { transport, gate, end, context: { send, state, options, nextOpId: createOpIds() } };
}
