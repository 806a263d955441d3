// The admin endpoint: JSON over plain HTTP on a loopback port of its own, for tests and demos. It can look into
// everything and disturb everything, so it is never on the address that clients of the vCenter use.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage } from '../../util/errors.ts';
import type { World } from '../core/world.ts';
import type { ListeningServer } from '../wire/https-server.ts';
import { readBody } from '../wire/read-body.ts';
import { BadRequest } from './admin-route.ts';
import { adminRoutes } from './admin-routes.ts';

/** Starts to listen; rejects with the system's error when it can't. `describe` gives the answer to GET /v1/inventory. */
export async function startAdmin(
  world: World,
  listen: { readonly host: string; readonly port: number },
  describe: (world: World) => unknown,
): Promise<ListeningServer> {
  const routes = adminRoutes({ world, describe });
  const server = createServer((request, response) => {
    serve(routes, request, response).catch((error: unknown) => {
      world.options.logger.debug({ err: error }, 'an admin request broke off');
      request.socket.destroy();
    });
  });
  server.listen(listen.port, listen.host);
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo;
  return {
    origin: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  routes: ReturnType<typeof adminRoutes>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://admin');
  const methods = routes.get(url.pathname);
  const route = methods?.[request.method ?? ''];
  if (methods === undefined)
    return answer(response, 404, { error: `there is no ${url.pathname}; there are ${[...routes.keys()].join(', ')}` });
  if (route === undefined)
    return answer(response, 405, { error: `${url.pathname} takes ${Object.keys(methods).join(', ')}` });
  const body = await readBody(request);
  if (typeof body !== 'string') return answer(response, body.status, { error: 'the body could not be read' });
  try {
    answer(response, 200, await route(url.searchParams, parseJson(body)));
  } catch (error) {
    // A BadRequest's message says it all; its cause would say it twice.
    if (error instanceof BadRequest) answer(response, 400, { error: error.message });
    else answer(response, 500, { error: errorMessage(error) });
  }
}

function parseJson(body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new BadRequest(`the body is not JSON: ${errorMessage(error)}`, { cause: error });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
