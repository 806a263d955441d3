// The watches of one operator: every line from the API server passes here and can be held, dropped or spoilt.
import type { ServerResponse } from 'node:http';

/** Plurals of what the operator watches. */
export const WATCHED = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones', 'namespaces'] as const;
export type Watched = (typeof WATCHED)[number];

interface OpenWatch {
  readonly plural: string;
  readonly client: ServerResponse;
  readonly held: string[];
  /** Says nothing any more, but stays open. */
  silent: boolean;
}

interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata?: { readonly namespace?: string; readonly name?: string; readonly resourceVersion?: string };
  };
}

/** Whose events don't arrive: one object's, or those of all of its kind in the namespace. */
export interface Dropped {
  readonly plural: string;
  /** '' for kinds that are in none. */
  readonly namespace: string;
  readonly name?: string | undefined;
}

/** Which watches: of one kind, or all. */
type Plurals = readonly string[] | undefined;

export class WatchTap {
  readonly #open = new Set<OpenWatch>();
  #dropped: Dropped | undefined;
  #frozen: Plurals | 'none' = 'none';

  /** Changes that were held back or dropped so far. */
  withheld = 0;

  /** Open watches that were told 410 or garbage so far. */
  spoilt = 0;

  /** Watches that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** Somebody is to be told less than there is, or has yet to open another watch to hear of it. */
  get withholds(): boolean {
    const isShort = this.#frozen !== 'none' || this.#dropped !== undefined;
    return isShort || [...this.#open].some(({ silent, held }) => silent || held.length > 0);
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

  /** Of what was held, that which is as old as this version arrives, and nothing newer: a watch that is behind. How much. */
  tellUntil(resourceVersion: string): number {
    let told = 0;
    for (const watch of this.#open) {
      const old = watch.held.findIndex((line) => versionOf(line) > BigInt(resourceVersion));
      for (const line of watch.held.splice(0, old < 0 ? watch.held.length : old)) if (say(watch, line)) told += 1;
    }
    return told;
  }

  /** Open watches say nothing any more, as behind a router that forgot them; new ones work. How many. */
  halfOpen(plurals?: Plurals): number {
    const watches = this.#of(plurals);
    for (const watch of watches) watch.silent = true;
    return watches.length;
  }

  /** No event of these arrives, and none is kept for later, while those of other objects do. */
  dropEventsOf(dropped: Dropped): void {
    this.#dropped = dropped;
  }

  keepEvents(): void {
    this.#dropped = undefined;
  }

  /** The server's word that the version is too old, in the middle of the watch. How many heard it. */
  sayGone(plurals?: Plurals): number {
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version',
    };
    const line = JSON.stringify({ type: 'ERROR', object: status });
    const open = this.#of(plurals).filter(({ client }) => !client.writableEnded);
    for (const { client } of open) client.end(`${line}\n`);
    this.spoilt += open.length;
    return open.length;
  }

  /** How many heard it. */
  sayGarbage(text: string, plurals?: Plurals): number {
    const heard = this.#of(plurals).filter((watch) => say(watch, text)).length;
    this.spoilt += heard;
    return heard;
  }

  cut(plurals?: Plurals): void {
    for (const { client } of this.#of(plurals)) client.socket?.resetAndDestroy();
  }

  #of(plurals: Plurals): OpenWatch[] {
    return [...this.#open].filter(({ plural }) => plurals === undefined || plurals.includes(plural));
  }

  #take(watch: OpenWatch, line: string): void {
    if (watch.silent || this.#isDropped(watch.plural, line)) {
      this.#noteWithheld(line);
      return;
    }
    const frozen = this.#frozen;
    const isFrozen = frozen !== 'none' && (frozen === undefined || frozen.includes(watch.plural));
    // nothing overtakes what is held, though other kinds may have been frozen instead since
    if (isFrozen || watch.held.length > 0) {
      this.#noteWithheld(line);
      watch.held.push(line);
    } else say(watch, line);
  }

  /** A bookmark tells of no change. */
  #noteWithheld(line: string): void {
    if (!line.startsWith('{"type":"BOOKMARK"')) this.withheld += 1;
  }

  #isDropped(plural: string, line: string): boolean {
    if (this.#dropped?.plural !== plural) return false;
    const { namespace, name } = this.#dropped;
    const { metadata } = (JSON.parse(line) as WatchLine).object;
    return (metadata?.namespace ?? '') === namespace && (name === undefined || metadata?.name === name);
  }
}

function versionOf(line: string): bigint {
  return BigInt((JSON.parse(line) as WatchLine).object.metadata?.resourceVersion ?? 0);
}

/** False for a client whose answer has ended, to which nothing can be said: the server's lines come until it has closed, too. */
function say({ client }: OpenWatch, line: string): boolean {
  if (client.writableEnded) return false;
  client.write(`${line}\n`);
  return true;
}
