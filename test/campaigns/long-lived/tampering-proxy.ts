// An HTTPS proxy that may change what goes through it: requests before the server sees them, whole replies, and replies
// that are a stream of lines (a Kubernetes watch) line by line. It has a certificate of its own, so the client must be
// told to trust it: by thumbprint (a VCenter) or by CA (a kubeconfig).
import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CertificateAuthority } from '../../../src/testbed/control-plane/certificate-authority.ts';
import { LineSplitter } from '../../../src/kube/line-splitter.ts';

export interface ProxiedRequest {
  readonly verb: string;
  /** Path and query. */
  readonly url: string;
  readonly body: string;
}

export interface ProxiedReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Tamper {
  /** Called before the request goes on; gives the body to send instead. */
  request?(request: ProxiedRequest): string | Promise<string>;
  /** A whole reply; gives what the client gets instead, or `cut` for a connection that breaks. */
  reply?(request: ProxiedRequest, reply: ProxiedReply): ProxiedReply | 'cut' | Promise<ProxiedReply | 'cut'>;
  /** One line of a stream; gives what the client gets instead, `cut` for a stream that breaks. */
  line?(request: ProxiedRequest, line: string): readonly Buffer[] | 'cut';
  /** Whether the reply to this request is a stream. */
  streams?(request: ProxiedRequest): boolean;
}

export class TamperingProxy {
  /** PEM of the CA of its certificate. */
  readonly caPem: string;
  /** SHA-256 of its certificate, as a VCenter's `tls.thumbprint`. */
  readonly thumbprint: string;
  readonly #server: Server;
  readonly #target: URL;
  readonly #agent: Agent;
  readonly #tamper: Tamper;

  private constructor(server: Server, caPem: string, thumbprint: string, target: URL, agent: Agent, tamper: Tamper) {
    this.#server = server;
    this.caPem = caPem;
    this.thumbprint = thumbprint;
    this.#target = target;
    this.#agent = agent;
    this.#tamper = tamper;
    server.on('request', (request, response) => {
      this.#serve(request, response).catch(() => response.destroy()); // either side went away
    });
  }

  /** In front of the server of `target`; `directory` keeps its key. Whoever answers there is believed: it's our own. */
  static async start(directory: string, name: string, target: string, tamper: Tamper): Promise<TamperingProxy> {
    const authority = await CertificateAuthority.create(directory, `${name}-ca`);
    const { keyPem, certificatePem } = await authority.issueServer(name, { dns: ['localhost'], ip: ['127.0.0.1'] });
    const server = createServer({ key: keyPem, cert: certificatePem, keepAliveTimeout: 120_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    const thumbprint = new X509Certificate(certificatePem).fingerprint256;
    return new TamperingProxy(server, authority.certificatePem, thumbprint, new URL(target), agent, tamper);
  }

  /** host:port */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method: verb = 'GET', url = '/' } = incoming;
    const asked: ProxiedRequest = { verb, url, body: (await buffer(incoming)).toString('utf8') };
    const body = this.#tamper.request === undefined ? asked.body : await this.#tamper.request(asked);
    const upstream = await this.#ask(incoming, asked, body, response);
    if (this.#tamper.streams?.(asked) === true && upstream.statusCode === 200)
      return this.#stream(asked, upstream, response);
    const reply: ProxiedReply = {
      status: upstream.statusCode ?? 502,
      headers: withoutFraming(upstream.headers),
      body: await buffer(upstream),
    };
    const changed = this.#tamper.reply === undefined ? reply : await this.#tamper.reply(asked, reply);
    if (changed === 'cut') return void response.destroy();
    response.writeHead(changed.status, { ...changed.headers, 'content-length': changed.body.length });
    response.end(changed.body);
  }

  /** Asks the server; a client that goes away takes the question along. */
  #ask(
    incoming: IncomingMessage,
    { verb, url }: ProxiedRequest,
    body: string,
    response: ServerResponse,
  ): Promise<IncomingMessage> {
    const { host: _host, 'accept-encoding': _encoding, 'content-length': _length, ...headers } = incoming.headers;
    return new Promise((resolve, reject) => {
      const request = httpsRequest(new URL(url, this.#target), {
        method: verb,
        agent: this.#agent,
        headers: { ...headers, ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }) },
      });
      request.once('error', reject);
      request.once('response', resolve);
      response.once('close', () => request.destroy());
      request.end(body === '' ? undefined : body);
    });
  }

  #stream(request: ProxiedRequest, upstream: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, withoutFraming(upstream.headers));
    response.flushHeaders();
    const splitter = new LineSplitter();
    upstream.on('data', (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) {
        const parts = this.#tamper.line?.(request, line) ?? [Buffer.from(`${line}\n`)];
        if (parts === 'cut') return void response.destroy();
        for (const part of parts) response.write(part);
      }
    });
    upstream.once('end', () => response.end());
    upstream.once('error', () => response.destroy());
    response.once('close', () => upstream.destroy());
  }
}

function withoutFraming(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { 'content-length': _length, 'transfer-encoding': _encoding, connection: _connection, ...others } = headers;
  return others;
}

const METHOD = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/;

/** Wire name of the method that a SOAP request calls; '' for none. */
export function soapMethodOf(body: string): string {
  return METHOD.exec(body)?.[1] ?? '';
}
