// A request's body as text, at most so large, and only if it is what it says: UTF-8.
import type { IncomingMessage } from 'node:http';

/** Largest request in bytes. vCenter's own limit isn't documented; a call that clones a VM has some kilobytes. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/** Why a body wasn't read, as an HTTP status. */
export interface BodyRefused {
  readonly status: 400 | 413;
}

export async function readBody(request: IncomingMessage): Promise<string | BodyRefused> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) return { status: 413 };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return { status: 413 };
    chunks.push(chunk);
  }
  return decodeUtf8(Buffer.concat(chunks)) ?? { status: 400 };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return undefined;
    throw error;
  }
}
