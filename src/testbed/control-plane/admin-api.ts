// Requests to the API server as its administrator, for the harness and for tests: independent of the product's own client,
// which is what is being tested. Every request has a deadline, because a frozen server never answers.
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { parse } from 'yaml';
import { exchange } from '../http-exchange.ts';
import type { HttpResult } from '../http-exchange.ts';

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface AdminRequest {
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
}

export interface AdminApi {
  /** Any status is a result; rejects when there is no answer within a minute. */
  request(verb: Verb, path: string, options?: AdminRequest): Promise<HttpResult>;
  /** The parsed answer; rejects with the server's words unless the status is 2xx. */
  call<T>(verb: Verb, path: string, options?: AdminRequest): Promise<T>;
  close(): void;
}

interface AdminKubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
}

/** Long: a busy server is slow, and requests wait for a connection, too. Who asks a server that may be frozen has a signal. */
const REQUEST_TIMEOUT_MS = 60_000;

/** Talks to the server and as the user of a kubeconfig that `writeKubeconfig` wrote for a client certificate. */
export async function createAdminApi(kubeconfig: string): Promise<AdminApi> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as AdminKubeconfig;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 4,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
    cert: Buffer.from(user['client-certificate-data'], 'base64'),
    key: Buffer.from(user['client-key-data'], 'base64'),
  });
  const api: AdminApi = {
    request(method, path, { body, contentType = 'application/json', accept = 'application/json', signal } = {}) {
      return exchange(`${cluster.server}${path}`, {
        method,
        agent,
        headers: { accept, ...(body === undefined ? {} : { 'content-type': contentType }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        timeoutMs: REQUEST_TIMEOUT_MS,
        signal,
      });
    },
    async call<T>(verb: Verb, path: string, options?: AdminRequest) {
      const { status, text } = await api.request(verb, path, options);
      if (status < 200 || status > 299)
        throw new Error(`${verb} ${path} was answered with ${status}: ${text.slice(0, 1000)}`);
      return JSON.parse(text) as T;
    },
    close: () => agent.destroy(),
  };
  return api;
}
