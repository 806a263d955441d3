// Live reads of Kubernetes objects, one request per object or list at a time however many ask. A read starts after everybody
// asked whom it answers, so it's as fresh as a read of one's own: a base that a thousand clones check costs a few GETs, and a
// thousand bases that go at once cost a few lists.
import type { ApiError } from '../../kube/api-error.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import { formatKey } from '../../kube/objects.ts';
import type { RestClient } from '../../kube/rest.ts';

interface Reads {
  readonly running: Promise<unknown>;
  /** Begins when the one that runs has ended: whoever asks meanwhile shares it. */
  next?: Promise<unknown>;
}

export class LiveReads {
  readonly #rest: RestClient;
  readonly #reads = new Map<string, Reads>();

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** The object as the API server has it now; undefined when it answers 404. Other errors throw. */
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T | undefined> {
    const read = (): Promise<KubeObject | undefined> => getOrUndefined(this.#rest, resource, key);
    return this.#shared(`${resource.plural}/${formatKey(key)}`, read) as Promise<T | undefined>;
  }

  /** All objects of a kind in a namespace, or in all of them, as the API server has them now. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Promise<readonly T[]> {
    const read = (): Promise<readonly T[]> =>
      this.#rest.listAll(resource, namespace === undefined ? {} : { namespace });
    return this.#shared(`${resource.plural} of ${namespace ?? 'all namespaces'}`, read) as Promise<readonly T[]>;
  }

  #shared(id: string, read: () => Promise<unknown>): Promise<unknown> {
    const reads = this.#reads.get(id);
    if (reads === undefined) return this.#start(id, read);
    const start = (): Promise<unknown> => this.#start(id, read);
    reads.next ??= reads.running.then(start, start);
    return reads.next;
  }

  #start(id: string, read: () => Promise<unknown>): Promise<unknown> {
    const running = read();
    const reads: Reads = { running };
    this.#reads.set(id, reads);
    const end = (): void => {
      if (reads.next === undefined) this.#reads.delete(id);
    };
    running.then(end, end);
    return running;
  }
}

async function getOrUndefined(rest: RestClient, resource: Resource, key: ObjectKey): Promise<KubeObject | undefined> {
  try {
    return await rest.get(resource, key);
  } catch (error) {
    if ((error as ApiError).notFound) return undefined;
    throw error;
  }
}
