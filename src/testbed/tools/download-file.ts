// One download that may be interrupted at any moment and goes on where it stopped, now or in a later run: what has arrived
// stays in the file. It is done only when the whole file has the digest that was asked for.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Response } from 'undici';
import { abortReason, sleep } from '../../util/abort.ts';
import { backoffDelay } from '../../util/backoff.ts';
import { systemClock } from '../../util/clock.ts';
import { rootCause } from './root-cause.ts';
import { ToolsError } from './tools-error.ts';

export interface FileDownload {
  url: string;
  /** Hexadecimal. */
  sha256: string;
  /** Where it goes; what is there counts as the begin of it. */
  path: string;
  signal?: AbortSignal | undefined;
  /** Bytes so far, and in all where the server says so. */
  onProgress: (received: number, total: number | undefined) => void;
}

/** In a row, without a byte in between. */
const TRIES = 5;
const BACKOFF = { initialMs: 200, maxMs: 5000 };
const SILENT_FOR_MS = 30_000;

/** Rejects with a ToolsError, or with the signal's reason; then the file holds what has arrived. */
export async function downloadFile(download: FileDownload): Promise<void> {
  const begun = size(download.path) > 0;
  await receive(download);
  if ((await digest(download.path)) === download.sha256) return;
  // The begin may have been of something else, or torn by a crash: once more from nothing.
  rmSync(download.path);
  if (begun) {
    await receive(download);
    if ((await digest(download.path)) === download.sha256) return;
    rmSync(download.path);
  }
  throw new ToolsError(`${download.url} doesn't have its published checksum ${download.sha256}: thrown away`);
}

/** The text of a small file. Rejects with a ToolsError, or with the signal's reason. */
export async function downloadText(url: string, signal?: AbortSignal): Promise<string> {
  return withRetries(url, signal, async (dispatcher) => {
    const response = await get(url, 0, dispatcher, signal);
    return response.text();
  });
}

async function receive(download: FileDownload): Promise<void> {
  const { url, path, signal } = download;
  const arrived = (): number => size(path);
  await withRetries(url, signal, (dispatcher) => receiveRest(download, dispatcher), arrived);
}

async function receiveRest(
  { url, path, signal, onProgress }: FileDownload,
  dispatcher: EnvHttpProxyAgent,
): Promise<void> {
  const begin = size(path);
  const response = await get(url, begin, dispatcher, signal);
  if (response.status === 416) {
    await response.body?.cancel();
    // Everything is there already, or more than everything: the digest tells.
    return;
  }
  const goesOn = response.status === 206;
  let received = goesOn ? begin : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : received + length;
  if (response.body === null) throw new Error('an answer without a body');
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      received += chunk.length;
      onProgress(received, total);
      yield chunk;
    }
  };
  await pipeline(Readable.from(response.body), counted, createWriteStream(path, { flags: goesOn ? 'a' : 'w' }), {
    signal,
  });
}

async function get(
  url: string,
  begin: number,
  dispatcher: EnvHttpProxyAgent,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const headers = { 'accept-encoding': 'identity', ...(begin > 0 ? { range: `bytes=${begin}-` } : {}) };
  const response = await fetch(url, { headers, dispatcher, ...(signal === undefined ? {} : { signal }) });
  const { status } = response;
  const asked = status === 200 || (begin > 0 && (status === 416 || beginsAt(response, begin)));
  if (asked) return response;
  await response.body?.cancel();
  const what = `${url} was answered with ${status}`;
  throw status >= 500 || status === 429 ? new Error(what) : new ToolsError(what);
}

function beginsAt(response: Response, begin: number): boolean {
  return response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${begin}-`) === true;
}

/** `arrived` says how far it is: whoever gets on has all tries again. */
async function withRetries<T>(
  url: string,
  signal: AbortSignal | undefined,
  once: (dispatcher: EnvHttpProxyAgent) => Promise<T>,
  arrived: () => number = () => 0,
): Promise<T> {
  const dispatcher = new EnvHttpProxyAgent({ headersTimeout: SILENT_FOR_MS, bodyTimeout: SILENT_FOR_MS });
  try {
    for (let failures = 0; ; failures += 1) {
      const before = arrived();
      try {
        return await Promise.race([once(dispatcher), whenAborted(signal)]);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof ToolsError) throw error;
        if (arrived() > before) failures = 0;
        if (failures + 1 >= TRIES) throw new ToolsError(`${url} can't be had: ${rootCause(error)}`, { cause: error });
      }
      await sleep(systemClock, backoffDelay(failures, BACKOFF), signal);
    }
  } finally {
    await dispatcher.destroy();
  }
}

/** undici notices an abort only once it has connected. */
async function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
  });
}

function size(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
