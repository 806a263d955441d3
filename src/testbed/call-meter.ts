// Between a client and the simulated vCenter, with a certificate of its own: notes when each call came and when it was
// answered, and can be away as a vCenter is: nothing listens, or somebody answers for it that it's unavailable.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { makeCertificate } from '../simulator/wire/certificate.ts';
import type { ServerCertificate } from '../simulator/wire/certificate.ts';

export interface MeteredCall {
  /** performance.now() */
  readonly at: number;
  /** '' for a connection that was refused: what it was for isn't known. */
  readonly method: string;
  /** When the vCenter's answer had come; undefined while it hasn't. */
  answeredAt?: number;
}

/** `refusing`: connections are reset. `unavailable`: calls are answered with 503, as by the proxy of a vCenter that starts. */
export type Away = 'refusing' | 'unavailable';

const UNAVAILABLE = '<html><body>503 Service Unavailable</body></html>';
const SECOND_MS = 1_000;

/** Most calls within any one second. */
export function peakOf(calls: readonly MeteredCall[]): number {
  const times = calls.map(({ at }) => at);
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + SECOND_MS).length));
}

export class CallMeter {
  readonly calls: MeteredCall[] = [];
  readonly #origin: string;
  readonly #certificate: ServerCertificate;
  readonly #upstream = new Agent({ keepAlive: true, rejectUnauthorized: false });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #away: Away | undefined;

  private constructor(origin: string, certificate: ServerCertificate) {
    this.#origin = origin;
    this.#certificate = certificate;
    this.#server = createServer(
      { key: certificate.keyPem, cert: certificate.certificatePem, keepAliveTimeout: 120_000 },
      (request, response) => {
        this.#serve(request, response).catch(() => response.destroy()); // one side went away
      },
    );
    this.#server.on('connection', (socket: Socket) => this.#connected(socket));
    this.#server.on('tlsClientError', () => undefined); // a client that was cut off while it connected
  }

  /** In front of the vCenter whose SDK is at `url`. */
  static async start(url: string): Promise<CallMeter> {
    const meter = new CallMeter(new URL(url).origin, await makeCertificate('127.0.0.1'));
    await new Promise<void>((resolve) => meter.#server.listen(0, '127.0.0.1', resolve));
    return meter;
  }

  /** host:port, as VCenter.spec.server has it. */
  get server(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get thumbprint(): string {
    return this.#certificate.thumbprint;
  }

  /** Away from now on, or back. */
  setAway(away: Away | undefined): void {
    this.#away = away;
    if (away === 'refusing') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Calls that came after `from` and not after the first of them was answered. */
  untilAnswered(from: number): MeteredCall[] {
    const later = this.calls.filter(({ at }) => at >= from);
    const firstAnswer = Math.min(...later.map(({ answeredAt = Number.POSITIVE_INFINITY }) => answeredAt));
    return later.filter(({ at }) => at <= firstAnswer);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#upstream.destroy();
  }

  #connected(socket: Socket): void {
    if (this.#away === 'refusing') {
      this.calls.push({ at: performance.now(), method: '' });
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, method = ''] = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body.toString('utf8')) ?? [];
    const call: MeteredCall = { at: performance.now(), method };
    this.calls.push(call);
    if (this.#away !== undefined) {
      response.writeHead(503, { 'content-type': 'text/html' }).end(UNAVAILABLE);
      return;
    }
    const reply = await this.#forward(request, response, body);
    call.answeredAt = performance.now();
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.once('error', () => response.destroy());
    reply.pipe(response);
  }

  #forward(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<IncomingMessage> {
    const { method, url = '/', headers } = request;
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(`${this.#origin}${url}`, { method, headers, agent: this.#upstream }, resolve);
      sent.once('error', reject);
      response.once('close', () => {
        if (!response.writableEnded) sent.destroy();
      });
      sent.end(body);
    });
  }
}
