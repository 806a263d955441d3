// Plain HTTP for machines: /metrics, /healthz (the process answers), /readyz (with what isn't ready), /progress (JSON).
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface TelemetrySources {
  metrics: Metrics;
  /** Sentences about what isn't ready yet; empty when ready. */
  notReady(): readonly string[];
  /** What the operator is doing now, as a JSON value. */
  progress(): unknown;
  /** Called before each scrape to bring gauges up to date. */
  refresh(): void;
}

export interface TelemetryServer {
  readonly url: string;
  close(): Promise<void>;
}

async function answer(sources: TelemetrySources, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
    response.end(request.method === 'HEAD' ? '' : body);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(405, 'text/plain', 'only GET\n');
  }
  switch (path) {
    case '/metrics':
      sources.refresh();
      return send(200, sources.metrics.registry.contentType, await sources.metrics.registry.metrics());
    case '/healthz':
      return send(200, 'text/plain', 'ok\n');
    case '/readyz': {
      const missing = sources.notReady();
      return missing.length === 0
        ? send(200, 'text/plain', 'ok\n')
        : send(503, 'text/plain', `${missing.join('\n')}\n`);
    }
    case '/progress':
      return send(200, 'application/json', `${JSON.stringify(sources.progress())}\n`);
    default:
      return send(404, 'text/plain', 'here are /metrics, /healthz, /readyz and /progress\n');
  }
}

/** Listens on `host:port` (port 0: any free one). Rejects when the address can't be had. */
export async function startTelemetryServer(listen: string, sources: TelemetrySources): Promise<TelemetryServer> {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const server: Server = createServer((request, response) => {
    answer(sources, request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(listen.slice(colon + 1)), host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
