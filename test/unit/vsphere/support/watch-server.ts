// A small vCenter for tests of the watch: objects, views, lists, filters and one poll, with every way to fail on demand.
// It answers as the API says: what changed since the version that was asked with, in pages, or nothing after the wait.
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { Invoke, InvokeOptions } from '../../../../src/vsphere/invoke.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { ServiceContent } from '../../../../src/vsphere/service-content.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';

type Properties = Record<string, unknown>;
type Args = Record<string, unknown>;

interface Filter {
  readonly ref: MoRef;
  readonly list: MoRef;
  readonly type: string;
  readonly paths: readonly string[];
  /** What the client was told, by object. */
  readonly told: Map<string, string>;
}

interface Collector {
  readonly filters: Filter[];
  version: number;
}

const ROOT = (type: string): MoRef => ({ type, value: type });

export const CONTENT = {
  propertyCollector: ROOT('PropertyCollector'),
  viewManager: ROOT('ViewManager'),
} as ServiceContent;

export class WatchServer {
  readonly calls: { method: string; args: Args }[] = [];
  /** Objects with the folder that they are in. */
  readonly objects = new Map<string, { ref: MoRef; folder: string; properties: Properties }>();
  readonly folders = new Set<string>();
  /** Errors to throw, by method; one is used up per call. */
  readonly failures = new Map<string, Error[]>();
  pageSize = 100;
  generation = 1;
  readonly #clock: FakeClock;
  readonly #collectors = new Map<string, Collector>();
  readonly #views = new Map<string, Set<string>>();
  readonly #containers = new Map<string, string>();
  #count = 0;
  #wake: (() => void) | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Number of collectors, lists and views that exist. */
  get alive(): number {
    return this.#collectors.size + this.#views.size + this.#containers.size;
  }

  put(type: string, value: string, properties: Properties, folder = ''): MoRef {
    const ref = { type, value };
    const before = this.objects.get(moRefKey(ref));
    this.objects.set(moRefKey(ref), {
      ref,
      folder: folder || (before?.folder ?? ''),
      properties: { ...before?.properties, ...properties },
    });
    this.#changed();
    return ref;
  }

  remove(ref: MoRef): void {
    this.objects.delete(moRefKey(ref));
    this.#changed();
  }

  /** Everything that belongs to the session is gone. */
  endSession(): void {
    this.#collectors.clear();
    this.#views.clear();
    this.#containers.clear();
    this.generation += 1;
    this.#changed();
  }

  fail(method: string, ...errors: Error[]): void {
    this.failures.set(method, [...(this.failures.get(method) ?? []), ...errors]);
    if (method === 'WaitForUpdatesEx') this.#changed();
  }

  count(method: string): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  readonly invoke: Invoke = async (object, method, args = {}, options = {}) => {
    this.calls.push({ method, args });
    await Promise.resolve();
    this.#failIfAsked(method);
    return (await this.#answer(object, method, args, options)) as never;
  };

  #failIfAsked(method: string): void {
    const error = this.failures.get(method)?.shift();
    if (error !== undefined) throw error;
  }

  async #answer(object: MoRef, method: string, args: Args, options: InvokeOptions): Promise<unknown> {
    switch (method) {
      case 'CreatePropertyCollector':
        return this.#made('PropertyCollector', this.#collectors, { filters: [], version: 0 });
      case 'CreateListView':
        return this.#made('ListView', this.#views, new Set((args['obj'] as MoRef[]).map((ref) => this.#known(ref))));
      case 'CreateContainerView': {
        const folder = args['container'] as MoRef;
        if (!this.folders.has(folder.value)) throw notFound(folder, method);
        return this.#made('ContainerView', this.#containers, folder.value);
      }
      case 'CreateFilter':
        return this.#createFilter(object, args);
      case 'ModifyListView':
        return this.#modify(object, args);
      case 'WaitForUpdatesEx':
        return this.#wait(object, args, options);
      case 'RetrievePropertiesEx':
        return this.#retrieve(args);
      case 'CancelWaitForUpdates':
        this.#cancel?.();
        return undefined;
      default:
        this.#collectors.delete(object.value);
        this.#views.delete(object.value);
        this.#containers.delete(object.value);
        return undefined;
    }
  }

  #made<T>(type: string, into: Map<string, T>, value: T): MoRef {
    this.#count += 1;
    const ref = { type, value: `${type}-${this.#count}` };
    into.set(ref.value, value);
    return ref;
  }

  #createFilter(collector: MoRef, { spec }: Args): MoRef {
    const { propSet, objectSet } = spec as {
      propSet: { type: string; pathSet: string[] }[];
      objectSet: { obj: MoRef }[];
    };
    const [{ type, pathSet } = { type: '', pathSet: [] }] = propSet;
    this.#count += 1;
    const ref = { type: 'PropertyFilter', value: `filter-${this.#count}` };
    const list = objectSet[0]?.obj ?? ref;
    this.#collector(collector).filters.push({ ref, list, type, paths: pathSet, told: new Map() });
    return ref;
  }

  #modify(object: MoRef, { add = [], remove = [] }: Args): MoRef[] {
    const list = this.#views.get(object.value);
    if (list === undefined) throw notFound(object, 'ModifyListView');
    const unknown: MoRef[] = [];
    for (const ref of add as MoRef[]) {
      if (ref.type === 'ContainerView' || this.objects.has(moRefKey(ref))) list.add(moRefKey(ref));
      else unknown.push(ref);
    }
    for (const ref of remove as MoRef[]) list.delete(moRefKey(ref));
    this.#changed();
    return unknown;
  }

  #retrieve({ specSet }: Args): object {
    const [{ propSet, objectSet } = { propSet: [], objectSet: [] }] = specSet as {
      propSet: { type: string; pathSet: string[] }[];
      objectSet: { obj: MoRef }[];
    }[];
    const objects = objectSet.flatMap(({ obj }) => {
      const found = this.objects.get(moRefKey(obj));
      if (found === undefined && objectSet.length === 1) throw notFound(obj, 'RetrievePropertiesEx');
      if (found === undefined) return [];
      const paths = propSet.find(({ type }) => type === obj.type)?.pathSet ?? [];
      const values = paths.flatMap((name) =>
        found.properties[name] === undefined ? [] : [{ name, val: found.properties[name] }],
      );
      return [{ obj, propSet: values }];
    });
    return { objects };
  }

  async #wait(object: MoRef, { version, options }: Args, { signal }: InvokeOptions): Promise<object | undefined> {
    const collector = this.#collector(object);
    if (version !== '' && version !== String(collector.version)) throw fault('InvalidCollectorVersion');
    if (version === '') for (const { told } of collector.filters) told.clear();
    const { maxWaitSeconds } = options as { maxWaitSeconds: number };
    const endsAt = this.#clock.monotonic() + maxWaitSeconds * 1_000;
    for (;;) {
      this.#failIfAsked('WaitForUpdatesEx');
      if (!this.#collectors.has(object.value)) throw fault('NotAuthenticated');
      const answer = this.#collect(collector);
      if (answer !== undefined) return answer;
      const restMs = endsAt - this.#clock.monotonic();
      if (restMs <= 0) return undefined;
      await this.#pause(restMs, signal);
    }
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.schedule(ms, resolve);
      const stop = (name: string): void => {
        timer.cancel();
        reject(fault(name));
      };
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
      this.#cancel = () => stop('RequestCanceled');
      signal?.addEventListener('abort', () => stop('Canceled'), { once: true });
      if (signal?.aborted === true) stop('Canceled');
    });
  }

  /** One page of what the client wasn't told yet. */
  #collect(collector: Collector): object | undefined {
    let room = this.pageSize;
    const filterSet: object[] = [];
    for (const filter of collector.filters) {
      const objectSet = this.#changesOf(filter, room);
      room -= objectSet.length;
      if (objectSet.length > 0) filterSet.push({ filter: filter.ref, objectSet });
    }
    if (filterSet.length === 0) return undefined;
    collector.version += 1;
    const more = collector.filters.some((filter) => this.#changesOf(filter, 1, false).length > 0);
    return { version: String(collector.version), filterSet, ...(more ? { truncated: true } : {}) };
  }

  #changesOf({ told, list, type, paths }: Filter, room: number, tell = true): object[] {
    const selected = this.#selected(list, type);
    const changes: object[] = [];
    for (const key of [...selected.keys(), ...told.keys()]) {
      if (changes.length >= room) break;
      const object = selected.get(key);
      const now = object === undefined ? undefined : JSON.stringify(paths.map((path) => object.properties[path]));
      const before = told.get(key);
      if (now === before) continue;
      if (now === undefined) changes.push({ kind: 'leave', obj: toRef(key) });
      else {
        const changeSet = paths.flatMap((name) =>
          object?.properties[name] === undefined ? [] : [{ name, op: 'assign', val: object.properties[name] }],
        );
        changes.push({ kind: before === undefined ? 'enter' : 'modify', obj: object?.ref, changeSet });
      }
      if (!tell) continue;
      if (now === undefined) told.delete(key);
      else told.set(key, now);
    }
    return changes;
  }

  #selected(list: MoRef, type: string): Map<string, { ref: MoRef; properties: Properties }> {
    const selected = new Map<string, { ref: MoRef; properties: Properties }>();
    for (const member of this.#views.get(list.value) ?? []) {
      const container = this.#containers.get(toRef(member).value);
      for (const [key, object] of this.objects) {
        const inside = container === undefined ? key === member : object.folder === container;
        if (inside && object.ref.type === type) selected.set(key, object);
      }
    }
    return selected;
  }

  #collector(ref: MoRef): Collector {
    const collector = this.#collectors.get(ref.value);
    if (collector === undefined) throw fault('NotAuthenticated');
    return collector;
  }

  #known(ref: MoRef): string {
    if (ref.type !== 'ContainerView' && !this.objects.has(moRefKey(ref))) throw notFound(ref, 'CreateListView');
    return moRefKey(ref);
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function toRef(key: string): MoRef {
  const [type = '', value = ''] = key.split(':');
  return { type, value };
}

function fault(name: string): VSphereError {
  return new VSphereError({ fault: name, method: 'WaitForUpdatesEx' });
}

function notFound(obj: MoRef, method: string): VSphereError {
  return new VSphereError({ fault: 'ManagedObjectNotFound', method, detail: { obj } });
}
