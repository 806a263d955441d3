// Bytes to a TLS server over a connection of their own, and what comes back until it closes.
import { connect } from 'node:tls';

export interface RawReply {
  /** Of the last response; undefined when the server closed without one. */
  readonly status: number | undefined;
  readonly text: string;
}

/** Sends `bytes`, then no more. Rejects when the server hasn't closed after `withinMs`. */
export async function exchange(port: number, bytes: Buffer, withinMs: number): Promise<RawReply> {
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => reject(new Error(`nothing was answered within ${withinMs} ms`)), withinMs);
  socket.on('secureConnect', () => socket.end(bytes));
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A server that has answered already may cut off what it doesn't want to read.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    const text = Buffer.concat(chunks).toString('latin1');
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    resolve({ status: statuses.findLast((status) => status >= 200), text });
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
