// Finds ports for servers that must keep them across a restart. Not from the range that the kernel hands out to outgoing
// connections (32768 and up on Linux): there a client could take a server's port while the server is down.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 200;

/** `count` different TCP ports that are free on 127.0.0.1 now. Somebody else may still take one: be ready to try again. */
export async function findFreePorts(count: number): Promise<number[]> {
  const held: { port: number; server: Server }[] = [];
  try {
    for (let tries = 0; held.length < count; tries += 1) {
      if (tries >= TRIES) throw new Error(`no ${count} free ports between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
      const port = randomInt(LOWEST, HIGHEST);
      const server = await listen(port);
      if (server !== undefined) held.push({ port, server });
    }
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ server }) => once(server.close(), 'close')));
  }
}

/** Whether nobody listens on any of `ports` on 127.0.0.1. */
export async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers = await Promise.all(ports.map(listen));
  const held = servers.filter((server) => server !== undefined);
  await Promise.all(held.map((server) => once(server.close(), 'close')));
  return held.length === ports.length;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
