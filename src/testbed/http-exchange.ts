// One HTTP or HTTPS exchange that ends at once when its signal fires, also while it is still connecting: a frozen server
// accepts connections through the kernel and then never answers. undici notices an abort only after it has connected.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Agent } from 'node:https';
import { text } from 'node:stream/consumers';
import { abortReason } from '../util/abort.ts';

export interface HttpExchange {
  method?: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Trust, client certificate and pool of an HTTPS exchange. */
  agent?: Agent;
  /** Milliseconds for the whole exchange. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface HttpResult {
  status: number;
  text: string;
}

/** Any status is a result. Rejects when the server can't be reached or isn't done in time, and with the signal's reason. */
export async function exchange(url: string, options: HttpExchange): Promise<HttpResult> {
  const { method = 'GET', body, agent, timeoutMs, signal } = options;
  // Node frames no body of a DELETE by itself: unframed, it's taken for the next request on the connection.
  const headers = { ...options.headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) };
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    return await new Promise<HttpResult>((resolve, reject) => {
      const secure = url.startsWith('https:');
      const request = secure
        ? httpsRequest(url, { method, headers, signal: until, ...(agent === undefined ? {} : { agent }) })
        : httpRequest(url, { method, headers, signal: until });
      request.once('error', reject);
      request.once('response', (response) => {
        text(response).then((content) => resolve({ status: response.statusCode ?? 0, text: content }), reject);
      });
      request.end(body);
    });
  } catch (error) {
    if (signal?.aborted === true) throw abortReason(signal);
    if (timeout.aborted) throw new Error(`${method} ${url} took longer than ${timeoutMs / 1000} s`, { cause: error });
    throw error;
  }
}
