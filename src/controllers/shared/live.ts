// Live reads of Kubernetes objects, one request per object at a time however many ask. A read starts after everybody asked
// whom it answers, so it's as fresh as a read of one's own, and a base that a thousand clones check costs a few GETs.
import type { ApiError } from '../../kube/api-error.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import { formatKey } from '../../kube/objects.ts';
import type { RestClient } from '../../kube/rest.ts';

type Answer = Promise<KubeObject | undefined>;

interface Reads {
  readonly running: Answer;
  /** Begins when the one that runs has ended: whoever asks meanwhile shares it. */
  next?: Answer;
}

export class LiveReads {
  readonly #rest: RestClient;
  readonly #reads = new Map<string, Reads>();

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** The object as the API server has it now; undefined when it answers 404. Other errors throw. */
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T | undefined> {
    return this.#get(resource, key) as Promise<T | undefined>;
  }

  #get(resource: Resource, key: ObjectKey): Answer {
    const id = `${resource.plural}/${formatKey(key)}`;
    const reads = this.#reads.get(id);
    if (reads === undefined) return this.#start(id, resource, key);
    const start = (): Answer => this.#start(id, resource, key);
    reads.next ??= reads.running.then(start, start);
    return reads.next;
  }

  #start(id: string, resource: Resource, key: ObjectKey): Answer {
    const running = getOrUndefined(this.#rest, resource, key);
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
