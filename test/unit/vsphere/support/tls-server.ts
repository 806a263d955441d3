// A local HTTPS server with a certificate of its own, whose answers a test writes.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { createServer as createTlsServer } from 'node:tls';
import { CertificateAuthority } from '../../../../src/testbed/control-plane/certificate-authority.ts';

export interface Identity {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
  /** SHA-256 of the certificate, colon-separated upper-case hex. */
  readonly sha256: string;
}

/** A fresh authority with one serving certificate for 127.0.0.1 (or for other names). */
export async function createIdentity(
  names: { dns: string[]; ip: string[] } = { dns: [], ip: ['127.0.0.1'] },
): Promise<Identity> {
  const directory = await mkdtemp(join(tmpdir(), 'lco-test-ca-'));
  try {
    const authority = await CertificateAuthority.create(directory, 'test-ca');
    const { certificatePem, keyPem } = await authority.issueServer('vcenter.test', names);
    const { fingerprint256 } = new X509Certificate(certificatePem);
    return { caPem: authority.certificatePem, certificatePem, keyPem, sha256: fingerprint256 };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface Received {
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly socket: Socket;
}

export type Answer = (received: Received, response: ServerResponse) => void;

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  /** Connections that were made. */
  connections(): number;
  answer: Answer;
  stop(): Promise<void>;
}

/** Serves `answer` over HTTPS on a free port of 127.0.0.1. */
export async function startTlsServer(identity: Identity, answer: Answer): Promise<TestServer> {
  let connections = 0;
  const server = createServer({ cert: identity.certificatePem, key: identity.keyPem });
  const received: Received[] = [];
  const port = await listen(server);
  const testServer: TestServer = {
    url: `https://127.0.0.1:${port}/sdk`,
    received,
    connections: () => connections,
    answer,
    stop: () => stop(server),
  };
  server.on('connection', () => {
    connections += 1;
  });
  server.on('request', (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const entry = { body, headers: request.headers, socket: request.socket };
      received.push(entry);
      testServer.answer(entry, response);
    });
  });
  return testServer;
}

/** A TLS server that only notes what it is sent. */
export async function startTlsSink(
  identity: Identity,
): Promise<{ url: string; text(): string; stop(): Promise<void> }> {
  let text = '';
  const server = createTlsServer({ cert: identity.certificatePem, key: identity.keyPem }, (socket) => {
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
    });
    // The client hangs up on a certificate that it doesn't trust; that is the point of the test.
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  return { url: `https://127.0.0.1:${port}/sdk`, text: () => text, stop: () => stop(server) };
}

export function reply(
  response: ServerResponse,
  body: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'text/xml; charset=utf-8', ...headers });
  response.end(body);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  (server as Partial<{ closeAllConnections(): void }>).closeAllConnections?.();
  await closed;
}
