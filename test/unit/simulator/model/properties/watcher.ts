// A client that watches the whole inventory and asks now and then: what it pieced together from updates must be what a
// client reads that has just arrived.
import type { Session } from '../../../../../src/simulator/sessions/session.ts';
import type { UpdateSet } from '../../../../../src/simulator/property-collector/collector.ts';
import { diffValues } from '../../../../../src/simulator/property-collector/value-diff.ts';
import type { TypedValue } from '../../../../../src/simulator/wire/typed-value.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import { WatchClient } from '../../wire/support/watch-client.ts';
import type { Args, Vcenter } from '../harness.ts';

/** All but what vCenter changes without telling: layoutEx, storage, recentTask and what follows from them. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  VirtualMachine: [
    'name',
    'parent',
    'config',
    'runtime',
    'guest',
    'snapshot',
    'rootSnapshot',
    'datastore',
    'network',
    'resourcePool',
    'disabledMethod',
  ],
  Datastore: ['summary', 'info', 'vm'],
  HostSystem: ['vm', 'runtime'],
  Folder: ['childEntity'],
  ResourcePool: ['vm'],
  Network: ['vm'],
};

interface Content {
  readonly obj: MoRef;
  readonly propSet?: readonly { readonly name: string; readonly val: TypedValue }[];
}

export class Watch {
  readonly #vc: Vcenter;
  readonly #session: Session;
  readonly #collector: MoRef;
  readonly #spec: Args;
  readonly #client = new WatchClient([...new Set(Object.values(PATHS).flat())]);

  constructor(vc: Vcenter, partialUpdates: boolean) {
    this.#vc = vc;
    const { username, password } = vc.world.options;
    const about = { locale: 'en', ipAddress: '', userAgent: 'watcher' };
    this.#session = vc.world.sessions.login(username, password, about);
    const types = Object.keys(PATHS);
    const view = this.#call(vc.manager('viewManager'), 'CreateContainerView', {
      container: vc.world.rootFolder.ref,
      type: types,
      recursive: true,
    });
    this.#spec = {
      propSet: types.map((type) => ({ type, pathSet: PATHS[type] })),
      objectSet: [
        {
          obj: view,
          skip: true,
          selectSet: [{ $type: 'TraversalSpec', type: 'ContainerView', path: 'view', skip: false }],
        },
      ],
    };
    this.#collector = this.#call(vc.manager('propertyCollector'), 'CreatePropertyCollector') as MoRef;
    this.#call(this.#collector, 'CreateFilter', { spec: this.#spec, partialUpdates });
  }

  /** Takes what is new. */
  catchUp(): void {
    for (;;) {
      const set = this.#call(this.#collector, 'CheckForUpdates', { version: this.#client.version });
      if (set === undefined) return;
      this.#client.apply(set as UpdateSet);
    }
  }

  /** Throws when the picture isn't what a fresh read gives. */
  compare(): void {
    const fresh = this.#freshRead();
    const { picture } = this.#client;
    for (const [value, read] of fresh) {
      const known = picture.get(value);
      for (const path of new Set([...Object.keys(read), ...Object.keys(known ?? {})]))
        for (const { name, value: now } of diffValues(path, plain(known?.[path]), plain(read[path])))
          throw new Error(`the watcher of ${value} doesn't know that ${name} is ${JSON.stringify(now) ?? 'unset'}`);
    }
    const gone = [...picture.keys()].find((value) => !fresh.has(value));
    if (gone !== undefined) throw new Error(`${gone} is gone, and the watcher wasn't told`);
  }

  #freshRead(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
    const contents = this.#call(this.#vc.manager('propertyCollector'), 'RetrieveProperties', { specSet: [this.#spec] });
    return new Map(
      (contents as readonly Content[]).map(({ obj, propSet }) => [
        obj.value,
        Object.fromEntries((propSet ?? []).map(({ name, val }) => [name, val.content])),
      ]),
    );
  }

  #call(self: MoRef, method: string, args: Args = {}): unknown {
    return this.#vc.call(self, method, args, { session: this.#session });
  }
}

/** Without fields that are undefined: on the wire they aren't there. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, plain(field)]),
  );
}
