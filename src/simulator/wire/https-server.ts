// The listening side: TLS, keep-alive, and a stop that doesn't wait for anybody.
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Logger } from '../../telemetry/logger.ts';
import type { ServerCertificate } from './certificate.ts';
import type { Dispatcher } from './dispatcher.ts';
import { serveSoap } from './soap-endpoint.ts';

export interface ListeningServer {
  /** Without path: `https://127.0.0.1:8989`. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** Longer than any client's own, so that it is the client who closes and never finds a dead connection. */
const KEEP_ALIVE_MS = 120_000;

/** Starts to listen; rejects with the system's error (EADDRINUSE) when it can't. */
export async function startHttps(
  dispatcher: Dispatcher,
  certificate: ServerCertificate,
  listen: { readonly host: string; readonly port: number },
  logger: Logger,
): Promise<ListeningServer> {
  const server = createServer(
    {
      key: certificate.keyPem,
      cert: certificate.certificatePem,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      serveSoap(dispatcher, request, response).catch((error: unknown) => {
        // Nearly always a client that went away while it was sending.
        logger.debug({ err: error }, 'a request broke off');
        request.socket.destroy();
      });
    },
  );
  server.on('tlsClientError', (error) => logger.debug({ err: error }, 'a TLS handshake failed'));
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  return { origin: `https://${hostPort(server)}`, stop: () => stop(server) };
}

function hostPort(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  // Listening everywhere isn't an address that the certificate names.
  if (address === '0.0.0.0' || address === '::') return `localhost:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
