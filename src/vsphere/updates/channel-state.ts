// The current state of the objects behind one kind of watch, and what of it changed since the last batch. Entering again
// with the same values is no change; a set-up anew is compared with what was known, so that listeners learn what vanished.
import { isDeepStrictEqual } from 'node:util';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import { toMissing } from '../object-state.ts';
import type { VSphereError } from '../faults.ts';
import type { ObjectChange } from '../updates.ts';
import { applyChanges } from './update-set.ts';
import type { ObjectUpdate } from './update-set.ts';

interface Entry {
  readonly ref: MoRef;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly missing: Readonly<Record<string, VSphereError>>;
}

export class ChannelState {
  readonly #entries = new Map<string, Entry>();
  /** Kept from before a set-up anew that couldn't look everywhere and didn't find them. */
  readonly #unproven = new Set<string>();
  #changed = new Set<string>();
  #left = new Map<string, Entry>();

  apply(update: ObjectUpdate): void {
    const key = moRefKey(update.obj);
    const before = this.#entries.get(key);
    if (update.kind === 'leave') {
      if (before !== undefined) this.leave(update.obj);
      return;
    }
    const entry = merge(update, update.kind === 'enter' ? undefined : before);
    this.#entries.set(key, entry);
    this.#unproven.delete(key);
    this.#left.delete(key);
    if (before === undefined || !same(before, entry)) this.#changed.add(key);
  }

  /** The object isn't there any more, or never was: reported in any case. */
  leave(ref: MoRef): void {
    const key = moRefKey(ref);
    this.#left.set(key, this.#entries.get(key) ?? { ref, properties: {}, missing: {} });
    this.#remove(key);
  }

  /** Forgets an object without reporting it. */
  drop(ref: MoRef): void {
    const key = moRefKey(ref);
    this.#remove(key);
    this.#left.delete(key);
  }

  #remove(key: string): void {
    this.#entries.delete(key);
    this.#unproven.delete(key);
    this.#changed.delete(key);
  }

  /** False of one that may be gone: it's told as it was, because nobody could look. */
  isProven(ref: MoRef): boolean {
    return !this.#unproven.has(moRefKey(ref));
  }

  /**
   * Called on a state that was filled from nothing: what `previous` knew and this one doesn't has left, if this one is
   * complete; if not, nobody can say: it is kept as it was, unproven, and told once more, so that somebody looks; once,
   * or what somebody found to be gone would come back with every set-up. What had left already and wasn't told yet is still told.
   */
  succeed(previous: ChannelState, complete: boolean): void {
    for (const [key, entry] of previous.#left) if (!this.#entries.has(key)) this.#left.set(key, entry);
    for (const [key, entry] of previous.#entries) {
      if (this.#entries.has(key) || this.#left.has(key)) continue;
      if (complete) this.#left.set(key, entry);
      else {
        this.#entries.set(key, entry);
        this.#unproven.add(key);
        if (!previous.#unproven.has(key)) this.#changed.add(key);
      }
    }
  }

  /** True while there is something that `take` would give. */
  get changed(): boolean {
    return this.#changed.size > 0 || this.#left.size > 0;
  }

  /** Changes since the last call, and forgets them. */
  take(): ObjectChange[] {
    const changes: ObjectChange[] = [];
    for (const key of this.#changed) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) changes.push({ ...entry, change: 'upsert' });
    }
    for (const entry of this.#left.values()) changes.push({ ...entry, change: 'leave' });
    this.#changed = new Set();
    this.#left = new Map();
    return changes;
  }
}

function merge({ obj, changeSet = [], missingSet = [] }: ObjectUpdate, before: Entry | undefined): Entry {
  const properties = applyChanges(before?.properties ?? {}, changeSet);
  const missing: Record<string, VSphereError> = { ...before?.missing };
  for (const { name } of changeSet) delete missing[name];
  Object.assign(missing, toMissing(obj, missingSet));
  for (const { path } of missingSet) delete properties[path];
  return { ref: obj, properties, missing };
}

function same(before: Entry, after: Entry): boolean {
  if (!isDeepStrictEqual(before.properties, after.properties)) return false;
  const faults = ({ missing }: Entry): string[] =>
    Object.entries(missing).map(([path, error]) => `${path}=${error.fault}`);
  return isDeepStrictEqual(faults(before), faults(after));
}
