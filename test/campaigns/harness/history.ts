// Every version of our objects that any client could have seen, read by watches of an administrator that go past the
// proxies: what was asked for, of which UID, and when. Versions of all kinds are ordered by their resourceVersion.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

export const OUR_KINDS = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'] as const;

export interface KnownObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface HistoryEntry {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Epoch milliseconds at which we heard of it. */
  readonly at: number;
  readonly object: KnownObject;
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

const AGAIN_MS = 200;

export class History {
  readonly entries: HistoryEntry[] = [];
  /** Watches that could not go on where they ended: what came in between isn't known. */
  readonly gaps: string[] = [];
  #stopped = false;
  readonly #agent: Agent;
  readonly #responses = new Map<string, IncomingMessage>();
  /** The resourceVersion that the watch of a kind goes on from; none: from the beginning. */
  readonly #from = new Map<string, string>();

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Begins with what is there. `kubeconfig`: path of an administrator's. */
  static async start(kubeconfig: string): Promise<History> {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
    const history = new History(
      new Agent({
        ca: bytes(cluster['certificate-authority-data']),
        cert: bytes(user['client-certificate-data']),
        key: bytes(user['client-key-data']),
      }),
    );
    const base = `${cluster.server}/apis/linkedclone.dev/v1alpha1`;
    await Promise.all(OUR_KINDS.map((kind) => history.#open(`${base}/${kind}?watch=true`, kind)));
    return history;
  }

  #open(url: string, kind: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const from = this.#from.get(kind);
      const sent = request(from === undefined ? url : `${url}&resourceVersion=${from}`, { agent: this.#agent });
      sent.once('error', reject);
      sent.once('response', (response) => {
        this.#responses.set(kind, response);
        if (response.statusCode === 404) this.#from.delete(kind);
        response.once('error', () => undefined); // stop() cuts it off
        const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
        lines.on('error', () => undefined);
        lines.on('line', (line) => {
          if (response.statusCode === 200 && this.#responses.get(kind) === response) this.#take(line, kind);
        });
        response.once('close', () => this.#again(url, kind));
        resolve();
      });
      sent.end();
    });
  }

  /** The server ends each watch after a while, and all of a kind with its definition. */
  #again(url: string, kind: string): void {
    if (this.#stopped) return;
    setTimeout(() => {
      if (!this.#stopped) this.#open(url, kind).catch(() => this.#again(url, kind));
    }, AGAIN_MS);
  }

  #take(line: string, kind: string): void {
    const { type, object } = JSON.parse(line) as { type: string; object: KnownObject };
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      this.entries.push({ type, at: Date.now(), object });
      this.#from.set(kind, object.metadata.resourceVersion);
    } else if (this.#from.delete(kind)) this.gaps.push(`the watch of ${kind} went on with ${line.slice(0, 300)}`);
  }

  /** The kind's definition is gone: nothing goes on from what was before, and what that watch still says is old. */
  beginAnew(kind: string): void {
    const response = this.#responses.get(kind);
    this.#responses.delete(kind);
    this.#from.delete(kind);
    response?.destroy();
  }

  stop(): void {
    this.#stopped = true;
    for (const response of this.#responses.values()) response.destroy();
    this.#agent.destroy();
  }
}
