// The watches of one operator: every line from the API server passes here and can be held, dropped or spoilt.
import type { ServerResponse } from 'node:http';

interface OpenWatch {
  readonly plural: string;
  readonly client: ServerResponse;
  readonly held: string[];
  /** Says nothing any more, but stays open. */
  silent: boolean;
}

interface WatchLine {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly name?: string } };
}

/** Which watches: of one kind, or all. */
type Plurals = readonly string[] | undefined;

export class WatchTap {
  readonly #open = new Set<OpenWatch>();
  readonly #dropped = new Set<string>();
  #frozen: Plurals | 'none' = 'none';

  /** Lines that were held back or dropped so far. */
  withheld = 0;

  /** Watches that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** The answer to a watch has begun; gives the one who takes its lines. */
  begin(plural: string, client: ServerResponse): (line: string) => void {
    const watch: OpenWatch = { plural, client, held: [], silent: false };
    this.#open.add(watch);
    client.once('close', () => this.#open.delete(watch));
    return (line) => this.#take(watch, line);
  }

  /** Nothing arrives from now on, on open watches and on new ones; lists are answered. */
  freeze(plurals?: Plurals): void {
    this.#frozen = plurals;
  }

  /** What was held arrives at last. */
  thaw(): void {
    this.#frozen = 'none';
    for (const watch of this.#open) {
      for (const line of watch.held.splice(0)) say(watch, line);
    }
  }

  /** Open watches say nothing any more, as behind a router that forgot them; new ones work. */
  halfOpen(plurals?: Plurals): void {
    for (const watch of this.#of(plurals)) watch.silent = true;
  }

  /** No event of that object arrives. */
  dropEventsOf(plural: string, name: string): void {
    this.#dropped.add(`${plural}/${name}`);
  }

  keepEvents(): void {
    this.#dropped.clear();
  }

  /** The server's word that the version is too old, in the middle of the watch. */
  sayGone(plurals?: Plurals): void {
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    };
    const line = JSON.stringify({ type: 'ERROR', object: status });
    for (const { client } of this.#of(plurals)) if (!client.writableEnded) client.end(`${line}\n`);
  }

  sayGarbage(text: string, plurals?: Plurals): void {
    for (const watch of this.#of(plurals)) say(watch, text);
  }

  cut(plurals?: Plurals): void {
    for (const { client } of this.#of(plurals)) client.socket?.resetAndDestroy();
  }

  #of(plurals: Plurals): OpenWatch[] {
    return [...this.#open].filter(({ plural }) => plurals === undefined || plurals.includes(plural));
  }

  #take(watch: OpenWatch, line: string): void {
    if (watch.silent || this.#isDropped(watch.plural, line)) {
      this.withheld += 1;
      return;
    }
    const frozen = this.#frozen;
    if (frozen !== 'none' && (frozen === undefined || frozen.includes(watch.plural))) {
      this.withheld += 1;
      watch.held.push(line);
    } else say(watch, line);
  }

  #isDropped(plural: string, line: string): boolean {
    if (this.#dropped.size === 0) return false;
    const { object } = JSON.parse(line) as WatchLine;
    return this.#dropped.has(`${plural}/${object.metadata?.name ?? ''}`);
  }
}

/** To a client whose answer has ended nothing can be said: the server's lines come until it has closed, too. */
function say({ client }: OpenWatch, line: string): void {
  if (!client.writableEnded) client.write(`${line}\n`);
}
