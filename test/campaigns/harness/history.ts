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

export class History {
  readonly entries: HistoryEntry[] = [];
  readonly #agent: Agent;
  readonly #responses: IncomingMessage[] = [];

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
    await Promise.all(OUR_KINDS.map((kind) => history.#open(`${base}/${kind}?watch=true`)));
    return history;
  }

  #open(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent: this.#agent });
      sent.once('error', reject);
      sent.once('response', (response) => {
        this.#responses.push(response);
        response.once('error', () => undefined); // stop() cuts it off
        const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
        lines.on('error', () => undefined);
        lines.on('line', (line) => this.#take(line));
        resolve();
      });
      sent.end();
    });
  }

  #take(line: string): void {
    const { type, object } = JSON.parse(line) as { type: string; object: KnownObject };
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED')
      this.entries.push({ type, at: Date.now(), object });
  }

  stop(): void {
    for (const response of this.#responses) response.destroy();
    this.#agent.destroy();
  }
}
