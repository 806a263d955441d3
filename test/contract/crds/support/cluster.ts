// The API server of the test run, as its administrator: plain requests, because what is tested is the server's answer to
// an object, and kubectl, because people use that. The kubeconfig comes from the run's global setup.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import { testRun } from '../../../support/test-run.ts';
import type { KubeObject } from './objects.ts';

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export interface Answer {
  readonly status: number;
  /** The object, or the Status with its message. */
  readonly body: KubeObject & { readonly message?: string };
}

export interface KubectlResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const KUBECONFIG_VARIABLE = 'LCO_TEST_KUBECONFIG';
const GROUP_PATH = '/apis/linkedclone.dev/v1alpha1';

export class Cluster {
  readonly #agent: Agent;
  readonly #server: string;
  readonly #kubeconfigPath: string;

  constructor() {
    const path = process.env[KUBECONFIG_VARIABLE];
    if (path === undefined || path === '')
      throw new Error(`${KUBECONFIG_VARIABLE} isn't set: run this through npm test`);
    const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
    const [{ cluster }] = config.clusters;
    const [{ user }] = config.users;
    const decode = (data: string): string => Buffer.from(data, 'base64').toString();
    this.#kubeconfigPath = path;
    this.#server = cluster.server;
    this.#agent = new Agent({
      connect: {
        ca: decode(cluster['certificate-authority-data']),
        cert: decode(user['client-certificate-data']),
        key: decode(user['client-key-data']),
      },
    });
  }

  async call(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    const response = await request(`${this.#server}${path}`, {
      method: method as 'GET',
      dispatcher: this.#agent,
      headers: body === undefined ? {} : { 'content-type': contentType },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: response.statusCode, body: (await response.body.json()) as Answer['body'] };
  }

  /** What the server answers to a create of which nothing stays. */
  dryCreate(object: KubeObject): Promise<Answer> {
    return this.call('POST', `${collectionOf(object)}?dryRun=All&fieldValidation=Strict`, object);
  }

  create(object: KubeObject): Promise<Answer> {
    return this.call('POST', collectionOf(object), object);
  }

  get(object: KubeObject): Promise<Answer> {
    return this.call('GET', pathOf(object));
  }

  /** JSON merge patch of the object. */
  patch(object: KubeObject, patch: unknown): Promise<Answer> {
    return this.call('PATCH', pathOf(object), patch, 'application/merge-patch+json');
  }

  /** JSON merge patch of its status. */
  patchStatus(object: KubeObject, status: unknown): Promise<Answer> {
    return this.call('PATCH', `${pathOf(object)}/status`, { status }, 'application/merge-patch+json');
  }

  delete(object: KubeObject): Promise<Answer> {
    return this.call('DELETE', pathOf(object));
  }

  /** A namespace of this test's own. */
  async createNamespace(prefix: string): Promise<string> {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: `${prefix}-` } };
    const answer = await this.call('POST', '/api/v1/namespaces', body);
    if (answer.status !== 201) throw new Error(`no namespace: ${answer.body.message ?? answer.status}`);
    return answer.body.metadata.name;
  }

  kubectl(args: readonly string[], input = ''): Promise<KubectlResult> {
    const run = testRun();
    const environment = {
      ...process.env,
      KUBECONFIG: this.#kubeconfigPath,
      KUBECACHEDIR: join(run.directory, 'kubectl-cache'),
    };
    return new Promise((resolve) => {
      const options = { env: environment, timeout: 30_000, maxBuffer: 2 ** 24 };
      const child = execFile(run.tools.kubectl, [...args], options, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode, stdout, stderr });
      });
      child.stdin?.end(input);
    });
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

function collectionOf(object: KubeObject): string {
  const plural = `${object.kind.toLowerCase()}s`;
  const { namespace } = object.metadata;
  return namespace === undefined ? `${GROUP_PATH}/${plural}` : `${GROUP_PATH}/namespaces/${namespace}/${plural}`;
}

function pathOf(object: KubeObject): string {
  return `${collectionOf(object)}/${object.metadata.name}`;
}
