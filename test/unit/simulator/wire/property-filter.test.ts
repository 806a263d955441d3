// The law of the property collector: whatever happens to the inventory, a client that applies the updates it gets has
// exactly what a fresh read gives. Tried with random changes, through views and through recursive traversal, with
// partial and whole updates, in pages and with lost replies.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import { Collector } from '../../../../src/simulator/property-collector/collector.ts';
import { ChangeHub } from '../../../../src/simulator/property-collector/change-hub.ts';
import { compileFilterSpec } from '../../../../src/simulator/property-collector/filter-spec.ts';
import { PropertyFilter } from '../../../../src/simulator/property-collector/property-filter.ts';
import type { TypedValue } from '../../../../src/simulator/wire/typed-value.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { folderSpec, viewSpec } from './support/filter-specs.ts';
import { addMachine, removeMachine, tinyInventory } from './support/tiny-model.ts';
import { tinyWorld } from './support/tiny-world.ts';
import type { TinyWorld } from './support/tiny-world.ts';
import { WatchClient } from './support/watch-client.ts';
import type { Picture } from './support/watch-client.ts';

const PATHS = [
  'name',
  'runtime',
  'guest.ipAddress',
  'config.hardware.device',
  'config.extraConfig',
  'parent',
  'config.annotation',
];

type Action = (tiny: TinyWorld, pick: number) => void;

function machineAt({ world }: TinyWorld, pick: number): SimObject | undefined {
  const { machines } = tinyInventory(world);
  return machines[pick % Math.max(1, machines.length)];
}

function subfolder(tiny: TinyWorld, pick: number): SimObject {
  const { world } = tiny;
  const { vmFolder } = tinyInventory(world);
  const name = `folder${pick % 3}`;
  const existing = [...world.registry.ofType('Folder')].find((folder) => folder.get('name') === name);
  if (existing !== undefined) return existing;
  const folder = world.registry.create('Folder', {
    name,
    parent: vmFolder.ref,
    childType: ['Folder', 'VirtualMachine'],
    childEntity: [],
  });
  vmFolder.set('childEntity', [...(vmFolder.get('childEntity') as MoRef[]), folder.ref]);
  return folder;
}

function move(tiny: TinyWorld, machine: SimObject, to: SimObject): void {
  const from = tiny.world.registry.must(machine.get('parent') as MoRef);
  from.set(
    'childEntity',
    (from.get('childEntity') as MoRef[]).filter((ref) => ref.value !== machine.value),
  );
  machine.set('parent', to.ref);
  to.set('childEntity', [...(to.get('childEntity') as MoRef[]), machine.ref]);
}

const ACTIONS: readonly Action[] = [
  (tiny, pick) => void addMachine(tiny.world, `new${pick}`, pick % 2 === 0 ? subfolder(tiny, pick) : undefined),
  (tiny, pick) => {
    const machine = machineAt(tiny, pick);
    if (machine !== undefined) removeMachine(tiny.world, machine);
  },
  (tiny, pick) => machineAt(tiny, pick)?.set('runtime.powerState', pick % 2 === 0 ? 'poweredOn' : 'poweredOff'),
  (tiny, pick) => machineAt(tiny, pick)?.set('name', `renamed${pick}`),
  (tiny, pick) => machineAt(tiny, pick)?.set('guest.ipAddress', pick % 3 === 0 ? undefined : `10.0.0.${pick}`),
  (tiny, pick) => machineAt(tiny, pick)?.set('guest', pick % 2 === 0 ? undefined : { ipAddress: `10.0.1.${pick}` }),
  (tiny, pick) =>
    machineAt(tiny, pick)?.set(
      `config.hardware.device[${2000 + (pick % 4)}]`,
      pick % 3 === 0 ? undefined : { $type: 'VirtualDisk', key: 2000 + (pick % 4), capacityInKB: pick },
    ),
  (tiny, pick) =>
    machineAt(tiny, pick)?.set(`config.extraConfig["key.${pick % 3}"]`, {
      $type: 'OptionValue',
      key: `key.${pick % 3}`,
      value: String(pick),
    }),
  (tiny, pick) =>
    machineAt(tiny, pick)?.set('config', {
      ...(machineAt(tiny, pick)?.get('config') as object),
      annotation: String(pick),
    }),
  (tiny, pick) => {
    const machine = machineAt(tiny, pick);
    if (machine !== undefined)
      move(tiny, machine, pick % 2 === 0 ? subfolder(tiny, pick) : tinyInventory(tiny.world).vmFolder);
  },
];

/** What RetrieveProperties gives for the same spec. */
function freshRead(tiny: TinyWorld, spec: Record<string, unknown>): Picture {
  const collector = tiny.world.registry.must({ type: 'PropertyCollector', value: 'propertyCollector' });
  const objects = (tiny.call(collector, 'RetrieveProperties', { specSet: [spec] }) ?? []) as {
    obj: MoRef;
    propSet?: { name: string; val: TypedValue }[];
  }[];
  return new Map(
    objects.map(({ obj, propSet }) => [
      obj.value,
      Object.fromEntries((propSet ?? []).map(({ name, val }) => [name, val.content])),
    ]),
  );
}

function specOf(tiny: TinyWorld, kind: 'view' | 'folders'): Record<string, unknown> {
  const { world } = tiny;
  if (kind === 'folders') return folderSpec(world.rootFolder, 'VirtualMachine', PATHS);
  const manager = world.registry.must({ type: 'ViewManager', value: 'ViewManager' });
  const view = tiny.call(manager, 'CreateContainerView', {
    container: world.rootFolder.ref,
    type: ['VirtualMachine'],
    recursive: true,
  });
  return viewSpec(view as MoRef, 'VirtualMachine', PATHS);
}

function watcher(tiny: TinyWorld, spec: Record<string, unknown>, partialUpdates: boolean): Collector {
  const { world, session } = tiny;
  const collector = new Collector();
  const hub = new ChangeHub(world.registry);
  const options = {
    reader: { world, session },
    hub,
    spec: compileFilterSpec(spec),
    partialUpdates,
    onDirty: () => collector.wake(),
  };
  collector.addFilter(world.registry.create('PropertyFilter', {}), new PropertyFilter(options));
  return collector;
}

describe('a watcher', () => {
  it('that applies its updates has what a fresh read gives', () => {
    const step = fc.record({
      action: fc.constantFrom(...ACTIONS),
      pick: fc.nat(30),
      poll: fc.constantFrom('no', 'all', 'page', 'lost'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom('view' as const, 'folders' as const),
        fc.boolean(),
        fc.array(step, { maxLength: 25 }),
        (kind, partial, steps) => {
          const tiny = tinyWorld(4);
          const spec = specOf(tiny, kind);
          const collector = watcher(tiny, spec, partial);
          const client = new WatchClient(PATHS);
          const poll = (limit: number | undefined): boolean => {
            const set = collector.check(client.version, limit);
            if (set !== undefined) client.apply(set);
            return set !== undefined;
          };
          poll(undefined);
          for (const { action, pick, poll: how } of steps) {
            action(tiny, pick);
            if (how === 'all') poll(undefined);
            if (how === 'page') poll(1);
            // The reply is lost: the client asks again with the version it has.
            if (how === 'lost') collector.check(client.version, undefined);
          }
          while (poll(2));
          expect(client.picture).toEqual(freshRead(tiny, spec));
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  it('hears of one object when one object changes, however many are watched', () => {
    const tiny = tinyWorld(300);
    const collector = watcher(tiny, specOf(tiny, 'view'), true);
    const client = new WatchClient(PATHS);
    client.apply(collector.check('', undefined) ?? {});
    client.updates = 0;
    const added = addMachine(tiny.world, 'one more');
    client.apply(collector.check(client.version, undefined) ?? {});
    added.set('runtime.powerState', 'poweredOn');
    client.apply(collector.check(client.version, undefined) ?? {});
    expect([client.updates, client.picture.size]).toEqual([2, 301]);
  });

  it('hears nothing of silent changes, of changes that took themselves back, and of properties it did not ask for', () => {
    const tiny = tinyWorld(1);
    const collector = watcher(tiny, specOf(tiny, 'view'), true);
    const client = new WatchClient(PATHS);
    client.apply(collector.check('', undefined) ?? {});
    const machine = machineAt(tiny, 0);
    machine?.setSilently('layoutEx', { file: [] });
    machine?.set('overallStatus', 'red');
    machine?.set('name', 'other');
    machine?.set('name', 'vm0');
    machine?.set('config', structuredClone(machine.get('config')));
    expect(collector.check(client.version, undefined)).toBeUndefined();
  });
});
