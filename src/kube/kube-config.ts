// Reads a kubeconfig or the Pod's service account through @kubernetes/client-node and hands out credentials with
// connection pools of our own, because the library opens a TLS connection for every request. Tokens and certificates that
// are rotated on disk are picked up.
import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { KubeConfig as Config } from '@kubernetes/client-node/dist/config.js';
import { errorMessage } from '../util/errors.ts';
import { systemClock } from '../util/clock.ts';
import type { Clock } from '../util/clock.ts';
import type { ClusterAccess, PoolName, ServerAccess } from './cluster-access.ts';
import { ConnectionPools } from './connection-pools.ts';
import type { TlsMaterial } from './connection-pools.ts';
import { readToken, tokenFileOf } from './token-file.ts';
import type { KubeconfigSource } from './token-file.ts';

// loaded when this module runs, not when it is linked: what lean-client-node.ts cuts is cut by then
const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');

export interface PooledKubeConfigOptions {
  /** Connections for requests; watches and the lease have their own. */
  readonly connections?: number;
  /** Time to set up TCP and TLS, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** How long credentials are used before files and plugins are asked again, in milliseconds. */
  readonly credentialsMaxAgeMs?: number;
  readonly clock?: Clock;
}

interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  readonly readAt: number;
}

const DEFAULTS = { connections: 32, connectTimeoutMs: 5_000, credentialsMaxAgeMs: 10_000, clock: systemClock };

export class PooledKubeConfig implements ClusterAccess {
  readonly #config: Config;
  readonly #options: Required<PooledKubeConfigOptions>;
  readonly #server: URL;
  readonly #pools: ConnectionPools;
  readonly #tokenFile: string | undefined;
  #credentials: Credentials | undefined;
  #reading: Promise<Credentials> | undefined;

  private constructor(config: Config, sources: readonly KubeconfigSource[], options: PooledKubeConfigOptions) {
    this.#config = config;
    this.#options = { ...DEFAULTS, ...options };
    this.#server = serverOf(config);
    this.#pools = new ConnectionPools(this.#options);
    const user = config.getCurrentUser();
    this.#tokenFile = user === null ? undefined : tokenFileOf(user, sources);
  }

  /**
   * The given kubeconfig file, or without one: $KUBECONFIG, the Pod's service account, ~/.kube/config, the first that is
   * there. Throws with one sentence when nothing is usable.
   */
  static load(file?: string, options: PooledKubeConfigOptions = {}): PooledKubeConfig {
    const { config, files } = readConfig(file);
    const sources = files.map((path) => ({ text: readFileSync(path, 'utf8'), directory: dirname(path) }));
    return new PooledKubeConfig(config, sources, options);
  }

  /** A kubeconfig that is already in memory. */
  static fromText(text: string, options: PooledKubeConfigOptions = {}): PooledKubeConfig {
    const config = new KubeConfig();
    config.loadFromString(text);
    return new PooledKubeConfig(config, [{ text, directory: process.cwd() }], options);
  }

  /** The API server's address. */
  get server(): string {
    return this.#server.href;
  }

  /** Namespace of the context or of the Pod. */
  get namespace(): string | undefined {
    const namespace = this.#config.getContextObject(this.#config.getCurrentContext())?.namespace?.trim();
    return namespace === '' ? undefined : namespace;
  }

  async authorize(pool: PoolName): Promise<ServerAccess> {
    const { headers, tls } = await this.#currentCredentials();
    return {
      origin: this.#server.origin,
      basePath: this.#server.pathname.replace(/\/+$/, ''),
      headers,
      dispatcher: this.#pools.pool(pool, tls),
    };
  }

  invalidate(): void {
    this.#credentials = undefined;
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    await this.#pools.destroy();
  }

  #currentCredentials(): Promise<Credentials> {
    const { clock, credentialsMaxAgeMs } = this.#options;
    const known = this.#credentials;
    if (known !== undefined && clock.monotonic() - known.readAt < credentialsMaxAgeMs) return Promise.resolve(known);
    // One read for all who wait: it may start a credential plugin.
    this.#reading ??= this.#readCredentials().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readCredentials(): Promise<Credentials> {
    const readAt = this.#options.clock.monotonic();
    const applied: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(applied);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(applied.headers ?? {})) headers[name.toLowerCase()] = String(value);
    if (typeof applied.auth === 'string') {
      headers['authorization'] = `Basic ${Buffer.from(applied.auth).toString('base64')}`;
    }
    if (this.#tokenFile !== undefined) headers['authorization'] = `Bearer ${readToken(this.#tokenFile)}`;
    this.#credentials = { headers, tls: tlsOf(applied), readAt };
    return this.#credentials;
  }
}

function tlsOf(applied: RequestOptions): TlsMaterial {
  return {
    ...(isMaterial(applied.ca) && { ca: applied.ca }),
    ...(isMaterial(applied.cert) && { cert: applied.cert }),
    ...(isMaterial(applied.key) && { key: applied.key }),
    ...(applied.servername !== undefined && { servername: applied.servername }),
    ...(applied.rejectUnauthorized !== undefined && { rejectUnauthorized: applied.rejectUnauthorized }),
  };
}

function isMaterial(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

/** The configuration, and the files that it was read from. */
function readConfig(file: string | undefined): { readonly config: Config; readonly files: readonly string[] } {
  const config = new KubeConfig();
  const environmentFiles = process.env['KUBECONFIG'] ?? '';
  const given =
    file !== undefined && file !== '' ? [file] : environmentFiles.split(delimiter).filter((path) => path !== '');
  const inPod = given.length === 0 && process.env['KUBERNETES_SERVICE_HOST'] !== undefined;
  const files = given.length > 0 || inPod ? given : [defaultFile()];
  try {
    if (inPod) config.loadFromCluster();
    else if (file !== undefined || given.length === 0) config.loadFromFile(files[0] ?? '');
    else config.loadFromDefault(); // merges those of $KUBECONFIG
  } catch (error) {
    throw new Error(`cannot read ${inPod ? 'the service account' : files.join(', ')}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return { config, files };
}

function defaultFile(): string {
  const file = join(homedir(), '.kube', 'config');
  if (!existsSync(file)) throw new Error(`there is no $KUBECONFIG, no service account and no ${file}`);
  return file;
}

function serverOf(config: Config): URL {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig has no current context, or its cluster is missing');
  if (config.getCurrentUser() === null) throw new Error('the current context of the kubeconfig names no known user');
  if (cluster.proxyUrl !== undefined) throw new Error('proxy-url in the kubeconfig is not supported');
  if (!URL.canParse(cluster.server)) throw new Error(`"${cluster.server}" is not the address of an API server`);
  const server = new URL(cluster.server);
  if (server.protocol === 'http:' && !cluster.skipTLSVerify) {
    throw new Error(`${cluster.server}: plain http needs insecure-skip-tls-verify in the kubeconfig`);
  }
  return server;
}
