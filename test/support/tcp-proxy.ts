// A TCP proxy between a client and a server, for what networks do: cut connections, stop in the middle of one (half-open:
// nothing is refused, nothing arrives), delay. It forwards bytes, so TLS goes through untouched. Counts connections.
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #frozen = false;
  #refusing = false;
  #delayMs = 0;
  #accepted = 0;
  #mostOpen = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** A proxy on a free port of the loopback towards the server of `url`. */
  static async start(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Most connections that were open at the same time. */
  get mostOpen(): number {
    return this.#mostOpen;
  }

  get open(): number {
    return this.#links.size;
  }

  /** Resets every connection; new ones are welcome. */
  cut(): void {
    for (const { client, server } of this.#links) {
      client.resetAndDestroy();
      server.destroy();
    }
  }

  /** Connections stay open and new ones are accepted, but no byte goes through in either direction. */
  freeze(): void {
    this.#frozen = true;
    for (const { client, server } of this.#links) {
      client.pause();
      server.pause();
    }
  }

  /** While it's frozen: connections that come from now on work. */
  welcome(): void {
    this.#frozen = false;
  }

  /** Lets everything through again, what was held first. */
  resume(): void {
    this.#frozen = false;
    for (const { client, server } of this.#links) {
      client.resume();
      server.resume();
    }
  }

  /** Resets every connection and every new one, as a host does on which nothing listens. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  accept(): void {
    this.#refusing = false;
  }

  /** Holds what comes from the server for this long, in milliseconds, in order. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    if (this.#refusing) {
      client.on('error', () => client.destroy());
      client.resetAndDestroy();
      return;
    }
    const link = { client, server: createConnection(this.#target) };
    this.#links.add(link);
    this.#mostOpen = Math.max(this.#mostOpen, this.#links.size);
    for (const socket of [link.client, link.server]) {
      // Either side may go at any time; the other one follows.
      socket.on('error', () => this.#drop(link));
      socket.on('close', () => this.#drop(link));
    }
    link.client.on('data', (chunk: Buffer) => link.server.write(chunk));
    link.server.on('data', (chunk: Buffer) => this.#toClient(link, chunk));
    if (this.#frozen) {
      link.client.pause();
      link.server.pause();
    }
  }

  #toClient(link: Link, chunk: Buffer): void {
    if (this.#delayMs === 0) link.client.write(chunk);
    else setTimeout(() => link.client.write(chunk), this.#delayMs);
  }

  #drop(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.client.destroy();
    link.server.destroy();
  }
}
