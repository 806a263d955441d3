// Live reads of Kubernetes objects, one request per object and moment however many ask. A read starts after the last
// caller asked, so it's as fresh as a read of one's own, and a base that a thousand clones check costs one GET a batch.
import type { ApiError } from '../../kube/api-error.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import { formatKey } from '../../kube/objects.ts';
import type { RestClient } from '../../kube/rest.ts';
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';

interface Question {
  readonly resource: Resource;
  readonly key: ObjectKey;
}

export class LiveReads {
  readonly #batcher: Batcher<Question, KubeObject | undefined>;

  constructor(rest: RestClient, clock: Clock, windowMs: number) {
    this.#batcher = new Batcher<Question, KubeObject | undefined>({
      clock,
      windowMs,
      maxBatch: 1,
      idOf: idOf,
      load: async ([question]) => {
        if (question === undefined) return new Map();
        return new Map([[idOf(question), await getOrUndefined(rest, question)]]);
      },
    });
  }

  /** The object as the API server has it now; undefined when it answers 404. Other errors throw. */
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): Promise<T | undefined> {
    return this.#batcher.get({ resource, key }) as Promise<T | undefined>;
  }
}

function idOf(question: Question): string {
  return `${question.resource.plural}/${formatKey(question.key)}`;
}

async function getOrUndefined(rest: RestClient, question: Question): Promise<KubeObject | undefined> {
  try {
    return await rest.get(question.resource, question.key);
  } catch (error) {
    if ((error as ApiError).notFound) return undefined;
    throw error;
  }
}
