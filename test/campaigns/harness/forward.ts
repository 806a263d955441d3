// What both proxies have in common: reading a request, sending it on, and giving its answer back, whole or as it comes.
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';

export interface WholeReply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

export interface Upstream {
  readonly origin: string;
  readonly agent: Agent;
}

/** Of one hop only; and answers are wanted as plain text, so that they can be looked at. */
const NOT_FORWARDED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'accept-encoding', 'content-length']);

function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name)));
}

export async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends a request on; resolves with its answer as soon as that begins. The answer ends when the client goes away. */
export function send(
  upstream: Upstream,
  request: IncomingMessage,
  path: string,
  body: Buffer,
  client: ServerResponse,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      `${upstream.origin}${path}`,
      {
        method: request.method,
        agent: upstream.agent,
        headers: { ...forwarded(request.headers), ...(body.length === 0 ? {} : { 'content-length': body.length }) },
      },
      resolve,
    );
    sent.once('error', reject);
    client.once('close', () => {
      if (!client.writableEnded) sent.destroy();
    });
    sent.end(body);
  });
}

export function replyHeaders(reply: IncomingMessage): OutgoingHttpHeaders {
  return forwarded(reply.headers);
}

/** A write is carried out to its end, whatever becomes of its client. */
export async function sendWhole(
  upstream: Upstream,
  request: IncomingMessage,
  path: string,
  body: Buffer,
): Promise<WholeReply> {
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = httpsRequest(
      `${upstream.origin}${path}`,
      {
        method: request.method,
        agent: upstream.agent,
        headers: { ...forwarded(request.headers), 'content-length': body.length },
      },
      resolve,
    );
    sent.once('error', reject);
    sent.end(body);
  });
  return { status: reply.statusCode ?? 502, headers: replyHeaders(reply), body: await readAll(reply) };
}

/** Resolves when nobody waits for the answer any more. */
export function clientGone(client: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (client.destroyed || client.closed) resolve();
    else client.once('close', resolve);
  });
}

export function deliver(client: ServerResponse, reply: WholeReply): void {
  client.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length });
  client.end(reply.body);
}

/** Cut as networks cut: no answer, and where there is no TLS on top, a reset. */
export function cut(client: ServerResponse): void {
  const { socket } = client;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}
