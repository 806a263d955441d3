// Our CustomResourceDefinitions, looked at live before something is destroyed: when one is being deleted the API server
// deletes all of its objects, and that is no wish to lose the machines. One look serves a whole wave of deletions.
import type { KubeObject } from '../../kube/objects.ts';
import { Batcher } from '../../util/batcher.ts';
import type { Clock } from '../../util/clock.ts';
import type { LiveReads } from '../shared/live.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, OUR_KINDS } from '../shared/resources.ts';

export interface TerminatingCrd {
  readonly name: string;
  /** Epoch ms; undefined: it's gone already. */
  readonly since: number | undefined;
}

export class TerminatingCrds {
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #batcher: Batcher<string, readonly TerminatingCrd[]>;
  #last: { readonly askedAt: number; readonly answer: readonly TerminatingCrd[] } | undefined;

  /** `maxAgeMs`: an answer serves deletions that were known when it was asked for, and no longer than that. */
  constructor(
    live: LiveReads,
    clock: Clock,
    { windowMs, maxAgeMs }: { readonly windowMs: number; readonly maxAgeMs: number },
  ) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
    this.#batcher = new Batcher({
      clock,
      windowMs,
      maxBatch: 1,
      idOf: (id) => id,
      load: async ([id]) => {
        const askedAt = clock.monotonic();
        const answer = await look(live);
        this.#last = { askedAt, answer };
        return new Map(id === undefined ? [] : [[id, answer]]);
      },
    });
  }

  /** For a deletion that was first seen at `seenAt` (monotonic ms): those that are being deleted now. */
  async get(seenAt: number): Promise<readonly TerminatingCrd[]> {
    const last = this.#last;
    if (last !== undefined && last.askedAt >= seenAt && this.#clock.monotonic() - last.askedAt <= this.#maxAgeMs)
      return last.answer;
    return this.#batcher.get('all');
  }
}

async function look(live: LiveReads): Promise<readonly TerminatingCrd[]> {
  const found = await Promise.all(
    OUR_KINDS.map(async ({ plural, group }) => {
      const name = `${plural}.${group}`;
      return { name, crd: await live.get<KubeObject>(CUSTOM_RESOURCE_DEFINITIONS, { namespace: '', name }) };
    }),
  );
  return found.flatMap(({ name, crd }): TerminatingCrd[] => {
    if (crd === undefined) return [{ name, since: undefined }];
    const { deletionTimestamp } = crd.metadata;
    return deletionTimestamp === undefined ? [] : [{ name, since: Date.parse(deletionTimestamp) }];
  });
}
