// HTTP in front of the dispatcher: what a vCenter answers at /sdk. Replies are compressed when they are large and the
// client asks for it; a client that goes away ends its long poll.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CallOutcome, Peer } from './call-outcome.ts';
import type { Dispatcher } from './dispatcher.ts';
import { readBody } from './read-body.ts';
import { serviceVersionsXml } from './service-versions.ts';
import { readCookie, setCookieHeader } from './session-cookie.ts';

const compress = promisify(gzip);
/** Below this a compressed reply saves no packet. */
const COMPRESS_FROM_BYTES = 4096;
const SDK_PATHS = new Set(['/sdk', '/sdk/', '/sdk/vimService', '/sdk/vimService/']);
const VERSIONS_PATH = '/sdk/vimServiceVersions.xml';

/** Serves one HTTP request. */
export async function serveSoap(
  dispatcher: Dispatcher,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // pyvmomi asks for `//sdk/…`.
  const path = ((request.url ?? '').split('?', 1)[0] ?? '').replaceAll(/\/{2,}/g, '/');
  if (path === VERSIONS_PATH) return serveVersions(request, response);
  if (!SDK_PATHS.has(path)) return refuse(request, response, 404);
  if (request.method !== 'POST') return refuse(request, response, 405);
  const type = request.headers['content-type'];
  if (type !== undefined && !/xml/i.test(type)) return refuse(request, response, 415);
  if (request.headers['content-encoding'] !== undefined) return refuse(request, response, 415);
  const body = await readBody(request);
  if (typeof body !== 'string') return answer(request, response, body.status);
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  const action = request.headers['soapaction'];
  const outcome = await dispatcher.serve(
    body,
    typeof action === 'string' ? action : undefined,
    peerOf(request, gone.signal),
  );
  await send(request, response, outcome);
}

function peerOf(request: IncomingMessage, signal: AbortSignal): Peer {
  return {
    address: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    cookie: readCookie(request.headers.cookie),
    signal,
  };
}

function serveVersions(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(request, response, 405);
  response.writeHead(200, { 'content-type': 'text/xml' }).end(request.method === 'HEAD' ? '' : serviceVersionsXml());
}

/** A client that still writes when the connection closes tells of that, and not of the answer: so the request is read first. */
async function refuse(request: IncomingMessage, response: ServerResponse, status: number): Promise<void> {
  await readBody(request);
  answer(request, response, status);
}

/** A bare status. What is left of a request that wasn't read must not be taken for the next one. */
function answer(request: IncomingMessage, response: ServerResponse, status: number): void {
  response.writeHead(status, request.complete ? {} : { connection: 'close' }).end();
}

async function send(request: IncomingMessage, response: ServerResponse, outcome: CallOutcome): Promise<void> {
  if (response.destroyed) return;
  if (outcome.kind === 'cut') {
    request.socket.destroy();
    return;
  }
  if (outcome.kind === 'http' && outcome.body === undefined) return answer(request, response, outcome.status);
  let body = Buffer.from(outcome.body ?? '');
  response.setHeader('content-type', outcome.contentType ?? 'text/xml; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  if (outcome.kind === 'reply' && outcome.setCookie !== undefined)
    response.setHeader('set-cookie', setCookieHeader(outcome.setCookie));
  if (body.length >= COMPRESS_FROM_BYTES && acceptsGzip(request.headers['accept-encoding'])) {
    body = await compress(body, { level: 1 });
    response.setHeader('content-encoding', 'gzip');
  }
  response.writeHead(outcome.status, { 'content-length': body.length }).end(body);
}

/** RFC 9110, 12.5.3: a coding of weight 0 is refused. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '').split(',');
  return codings.some((coding) => /^\s*(x-)?gzip\s*(;|$)/i.test(coding) && !/;\s*q=0(\.0*)?\s*$/i.test(coding));
}
