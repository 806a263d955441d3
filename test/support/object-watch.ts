// Watches all four kinds during a story and keeps every version that any client could have seen, so that a test can ask
// what was true at each moment and not only at the end.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { conditionProblems } from '../../src/api/conditions.ts';
import type { Condition } from '../../src/api/types.generated.ts';

const KINDS = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'] as const;

export interface WatchedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly [field: string]: unknown;
  };
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

export class ObjectWatch {
  readonly #agent: Agent;
  readonly #versions: WatchedObject[] = [];
  readonly #responses: IncomingMessage[] = [];

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Begins with what is there; `kubeconfig`: path of one with a client certificate. */
  static async start(kubeconfig: string): Promise<ObjectWatch> {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster }] = clusters;
    const [{ user }] = users;
    const watch = new ObjectWatch(
      new Agent({
        ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
        cert: Buffer.from(user['client-certificate-data'], 'base64'),
        key: Buffer.from(user['client-key-data'], 'base64'),
      }),
    );
    await Promise.all(KINDS.map((kind) => watch.#open(`${cluster.server}/apis/linkedclone.dev/v1alpha1/${kind}`)));
    return watch;
  }

  #open(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const sent = request(`${url}?watch=true`, { agent: this.#agent });
      sent.once('error', reject);
      sent.once('response', (response) => {
        this.#responses.push(response);
        response.once('error', () => undefined); // end() cuts it off
        const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
        lines.on('line', (line) => {
          const { type, object } = JSON.parse(line) as { type: string; object: WatchedObject };
          if (type === 'ADDED' || type === 'MODIFIED') this.#versions.push(object);
        });
        resolve();
      });
      sent.end();
    });
  }

  /** All versions so far, those of one kind in the order in which they were written. */
  get versions(): readonly WatchedObject[] {
    return this.#versions;
  }

  /** Versions of the objects of that name, whatever their UID. */
  of(kind: string, name: string, namespace: string): WatchedObject[] {
    return this.#versions.filter(
      (object) =>
        object.kind === kind && object.metadata.name === name && (object.metadata.namespace ?? '') === namespace,
    );
  }

  /** What was wrong with the conditions of any version that the operator had looked at; empty when nothing. */
  problems(): string[] {
    return this.#versions.flatMap(({ kind, metadata, status }) => {
      if ((status?.observedGeneration ?? -1) < 0) return [];
      return conditionProblems(status?.conditions, metadata.generation ?? 0).map(
        (problem) => `${kind} ${metadata.name}: ${problem}`,
      );
    });
  }

  /** Ends it, whatever it saw. */
  close(): void {
    for (const response of this.#responses) response.destroy();
    this.#agent.destroy();
  }

  /** Ends it; throws with what was wrong with the conditions of any version. */
  end(): void {
    this.close();
    const problems = this.problems();
    if (problems.length > 0) throw new Error(`conditions that contradict themselves: ${problems.join('; ')}`);
  }
}
