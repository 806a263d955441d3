// An HTTP server that answers as a test tells it to, for what a real API server can't be made to say: garbage lines,
// 429 on demand, answers that never come. Plain http, on a free port of the loopback.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';
import type { ClusterAccess, PoolName } from '../../../../src/kube/cluster-access.ts';
import { RestClient } from '../../../../src/kube/rest.ts';
import type { RestClientOptions } from '../../../../src/kube/rest-options.ts';
import { systemClock } from '../../../../src/util/clock.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answerer = (received: Received, response: ServerResponse) => void;

export class ScriptedServer implements ClusterAccess {
  /** What is called for each request; tests replace it as they go. */
  answer: Answerer;
  readonly received: Received[] = [];
  invalidated = 0;
  /** Pools that requests were made on. */
  readonly pools: PoolName[] = [];
  readonly #server: Server;
  readonly #agent = new Agent();

  private constructor(answer: Answerer) {
    this.answer = answer;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(answer: Answerer): Promise<ScriptedServer> {
    const server = new ScriptedServer(answer);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async authorize(pool: PoolName): ReturnType<ClusterAccess['authorize']> {
    this.pools.push(pool);
    const headers = { authorization: 'Bearer canary-token' };
    return { origin: this.origin, basePath: '/prefix', headers, dispatcher: this.#agent };
  }

  invalidate(): void {
    this.invalidated += 1;
  }

  client(options: Partial<RestClientOptions> = {}): RestClient {
    return new RestClient({
      config: this,
      userAgent: 'test/1',
      fieldManager: 'tester',
      clock: systemClock,
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '', this.origin);
    const received: Received = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.received.push(received);
    this.answer(received, response);
  }
}

/** Answers with JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a Status, as the API server does for errors. */
export function replyStatus(response: ServerResponse, code: number, reason: string, details: object = {}): void {
  reply(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    details,
    message: `${reason} it is`,
  });
}

/** Begins a watch's answer and writes these events, one a line; the answer stays open. */
export function replyWatch(response: ServerResponse, ...events: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const event of events) response.write(`${JSON.stringify(event)}\n`);
}

/** A page of a list. */
export function listBody(items: readonly object[], resourceVersion: number, next?: string): object {
  return {
    kind: 'WidgetList',
    apiVersion: 'kube.test/v1',
    metadata: { resourceVersion: String(resourceVersion), continue: next },
    items,
  };
}
