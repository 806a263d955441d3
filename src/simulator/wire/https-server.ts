// The listening side: TLS, keep-alive, and a stop that doesn't wait for anybody.
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { SimClock, SimTimer } from '../core/sim-clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ServerCertificate } from './certificate.ts';
import type { Dispatcher } from './dispatcher.ts';
import { serveSoap } from './soap-endpoint.ts';

export interface ListeningServer {
  /** Without path: `https://127.0.0.1:8989`. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** A server that can be away for a while. */
export interface InterruptibleServer extends ListeningServer {
  /** Cuts every connection and refuses new ones, for so many simulated seconds from now; 0: just cuts. */
  interrupt(seconds: number): void;
}

/** Longer than any client's own, so that it is the client who closes and never finds a dead connection. */
const KEEP_ALIVE_MS = 120_000;
/** Somebody else has the port for the moment: asked again after so long, in real milliseconds. */
const PORT_RETRY_MS = 100;

/** Starts to listen; rejects with the system's error (EADDRINUSE) when it can't. */
export async function startHttps(
  dispatcher: Dispatcher,
  certificate: ServerCertificate,
  listen: { readonly host: string; readonly port: number },
  { clock, logger }: { readonly clock: SimClock; readonly logger: Logger },
): Promise<InterruptibleServer> {
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
  const origin = `https://${hostPort(server)}`;
  const { port } = server.address() as AddressInfo;
  let back: SimTimer | undefined;
  let isStopped = false;
  const reopen = (): void => {
    if (!isStopped && !server.listening) server.listen(port, listen.host);
  };
  server.on('error', (error) => {
    logger.warn({ err: error }, 'the port of the simulated vCenter is taken by somebody else');
    setTimeout(reopen, PORT_RETRY_MS).unref();
  });
  return {
    origin,
    interrupt(seconds) {
      back?.cancel();
      if (seconds > 0 && server.listening) server.close();
      server.closeAllConnections();
      back = clock.schedule(seconds * 1000, reopen);
    },
    async stop() {
      isStopped = true;
      back?.cancel();
      if (server.listening) await stop(server);
    },
  };
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
