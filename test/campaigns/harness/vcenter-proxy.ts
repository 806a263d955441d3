// Between the operators and the simulated vCenter, with a certificate of its own. Calls go through as they are; those that
// change something pass a tap, which numbers and breaks them. A reply can be rewritten on its way.
import { Agent, createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificate } from '../../../src/simulator/wire/certificate.ts';
import type { ServerCertificate } from '../../../src/simulator/wire/certificate.ts';
import { GIVEN_UP } from '../../../src/controllers/vcenter/claim/rules.ts';
import { isMutation } from '../../../src/simulator/wire/ledger-entry.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { clientGone, cut, deliver, readAll, send, sendWhole, replyHeaders } from './forward.ts';
import type { Upstream, WholeReply } from './forward.ts';
import { Scans } from './scans.ts';
import { DELAY_MS, PAST_TIMEOUT_MS, WriteTap } from './write-tap.ts';
import type { TapHooks, WriteAct } from './write-tap.ts';

export interface SoapCall {
  readonly method: string;
  readonly type: string;
  /** MoRef value of what it is called on. */
  readonly target: string;
  /** The instanceUuid that the machine is to have which it asks for. */
  readonly asksFor?: string;
  /** By which the ledger of the simulator knows it, too. */
  readonly operationId?: string;
}

/** Of a change: by whom and when. */
export interface Sent {
  /** Epoch milliseconds at which it came, before a plan held it up. */
  readonly cameAt: number;
  /** Of the operator, with its version. */
  readonly userAgent: string;
}

/** Of the claim on the vCenter: they come by time, as those of the Lease do, so they pass a tap of their own. */
const RENEWALS: ReadonlySet<string> = new Set(['AddCustomFieldDef', 'SetField']);

/** A vCenter has no status of HTTP for a conflict: it says with a fault that another change is at it. */
const BUSY = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
  '<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>planned: ConcurrentAccess</faultstring>',
  '<detail><ConcurrentAccessFault xmlns="urn:vim25" xsi:type="ConcurrentAccess"/></detail>',
  '</soapenv:Fault></soapenv:Body></soapenv:Envelope>',
].join('');

/** What refuses a change: the fault of a change beside it, a proxy that has no vCenter to ask, a server without a word. */
const REFUSALS: Partial<Record<WriteAct, WholeReply>> = {
  conflict: { status: 500, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: Buffer.from(BUSY) },
  throttle: {
    ...{ status: 503, headers: { 'content-type': 'text/html' } },
    body: Buffer.from('<html><body>503 Service Unavailable</body></html>'),
  },
  'server-error': { status: 500, headers: {}, body: Buffer.alloc(0) },
};

/** What is called on what; empty texts where the body isn't a call. */
export function callOf(body: string): SoapCall {
  const [, method = ''] = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body) ?? [];
  const self = /<(?:\w+:)?_this([^>]*)>([^<]*)</.exec(body);
  const asksFor = /<instanceUuid>([^<]*)</.exec(body)?.[1];
  const operationId = /<(?:\w+:)?operationID[^>]*>([^<]*)</.exec(body)?.[1];
  return {
    ...{ method, type: /type="(\w+)"/.exec(self?.[1] ?? '')?.[1] ?? '', target: self?.[2] ?? '' },
    ...(asksFor === undefined ? {} : { asksFor }),
    ...(operationId === undefined ? {} : { operationId }),
  };
}

function labelOf({ method, target }: SoapCall, body: string): string {
  if (method === 'SetField') return `SetField ${body.includes(`>${GIVEN_UP}<`) ? 'gives the claim up' : 'claims'}`;
  const name = /<name>([^<]*)<\/name>/.exec(body)?.[1];
  return `${method} ${target}${name === undefined ? '' : ` ${name}`}`;
}

export class VCenterProxy {
  readonly writes: WriteTap;
  readonly claimWrites: WriteTap;
  readonly #upstream: Upstream;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #certificate: ServerCertificate;
  /** Every reply to a call that isn't a long poll goes through here when it is set. */
  rewrite: ((call: SoapCall, reply: WholeReply) => WholeReply | 'cut') | undefined;
  /** Told of every call that changes nothing and isn't a long poll, right before it is sent on. */
  onRead: ((call: SoapCall) => Promise<void>) | undefined;
  /** Told of every change that is sent on, with its text; it waits for that. */
  beforeChange: ((call: SoapCall, body: string) => Promise<void>) | undefined;
  /** Told of every change with the request's body, right before it is sent on. */
  onChange: ((call: SoapCall, body: string, sent: Sent) => void) | undefined;
  readonly scans = new Scans();
  #down = false;

  private constructor(origin: string, certificate: ServerCertificate, hooks: TapHooks) {
    this.writes = new WriteTap(hooks);
    this.claimWrites = new WriteTap(hooks);
    this.#certificate = certificate;
    this.#upstream = { origin, agent: new Agent({ keepAlive: true, rejectUnauthorized: false }) };
    this.#server = createServer(
      { key: certificate.keyPem, cert: certificate.certificatePem, keepAliveTimeout: 120_000 },
      (request, response) => {
        this.#serve(request, response).catch(() => cut(response)); // one side went away
      },
    );
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      if (this.#down) socket.resetAndDestroy();
    });
    this.#server.on('tlsClientError', () => undefined); // a client that was killed while it connected
  }

  /** In front of the vCenter whose SDK is at `url`. */
  static async start(url: string, hooks: TapHooks): Promise<VCenterProxy> {
    const proxy = new VCenterProxy(new URL(url).origin, await makeCertificate('127.0.0.1'), hooks);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** host:port, as VCenter.spec.server has it. */
  get server(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get thumbprint(): string {
    return this.#certificate.thumbprint;
  }

  /** Every connection is reset, and each new one; or no longer. */
  setDown(down: boolean): void {
    this.#down = down;
    if (down) this.cut();
  }

  /** Every connection is reset; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resolves once what came by the connections of now has arrived: of a process that has ended nothing comes any more. */
  async drained(): Promise<void> {
    const before = [...this.#sockets];
    const taps = [this.writes, this.claimWrites];
    await waitUntil(
      'what was sent to arrive',
      () => before.every((socket) => !this.#sockets.has(socket)) && taps.every(({ open }) => open === 0),
      { intervalMs: 5 },
    );
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#upstream.agent.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const text = body.toString('utf8');
    const call = callOf(text);
    if (!isMutation(call.type, call.method) && call.method !== 'WaitForUpdatesEx') await this.onRead?.(call);
    const scanned = this.scans.read(call, text);
    if (scanned !== undefined) response.once('close', scanned);
    const tap = RENEWALS.has(call.method) ? this.claimWrites : this.writes;
    if (isMutation(call.type, call.method) && call.method !== '')
      await this.#write(request, response, body, { call, tap }).finally(() => tap.done());
    else if (call.method === 'WaitForUpdatesEx' || this.rewrite === undefined) {
      const reply = await send(this.#upstream, request, request.url ?? '/', body, response);
      response.writeHead(reply.statusCode ?? 502, replyHeaders(reply));
      reply.once('error', () => cut(response));
      reply.pipe(response);
    } else this.#deliver(response, call, await sendWhole(this.#upstream, request, request.url ?? '/', body));
  }

  async #write(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    { call, tap }: { readonly call: SoapCall; readonly tap: WriteTap },
  ): Promise<void> {
    const cameAt = Date.now();
    const act = await tap.enter(labelOf(call, body.toString('utf8')));
    if (act === 'kill-before' || act === 'reset') {
      cut(response);
      return;
    }
    const refusal = act === undefined ? undefined : REFUSALS[act];
    if (refusal !== undefined) {
      deliver(response, refusal);
      return;
    }
    if (act === 'delay') await sleep(DELAY_MS);
    if (act === 'delay-past-timeout') {
      await clientGone(response);
      await sleep(PAST_TIMEOUT_MS);
    }
    await this.beforeChange?.(call, body.toString('utf8'));
    this.onChange?.(call, body.toString('utf8'), { cameAt, userAgent: request.headers['user-agent'] ?? '' });
    const reply = await sendWhole(this.#upstream, request, request.url ?? '/', body);
    if (await tap.leave(act)) this.#deliver(response, call, reply);
    else cut(response);
  }

  #deliver(response: ServerResponse, call: SoapCall, reply: WholeReply): void {
    const given = this.rewrite?.(call, reply) ?? reply;
    if (given === 'cut') cut(response);
    else deliver(response, given);
  }
}
