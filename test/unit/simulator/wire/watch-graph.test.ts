// Which objects a filter selects while the inventory changes under it, cycles in the specification included.
import { describe, expect, it } from '@jest/globals';
import { Registry } from '../../../../src/simulator/core/registry.ts';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import { compileFilterSpec, referencesIn } from '../../../../src/simulator/property-collector/filter-spec.ts';
import { WatchGraph } from '../../../../src/simulator/property-collector/watch-graph.ts';

interface Watched {
  readonly graph: WatchGraph;
  readonly log: string[];
  selected(): string[];
}

function watch(registry: Registry, root: SimObject, selectSet: unknown[], skip = false): Watched {
  const log: string[] = [];
  const interesting = new Set<SimObject>();
  const graph = new WatchGraph(
    (from, traversal) => referencesIn(from.get(traversal.path)).flatMap((ref) => registry.get(ref) ?? []),
    {
      selected: (object, isSelected) => log.push(`${isSelected ? '+' : '-'}${object.value}`),
      interested: (object, isInterested) => void (isInterested ? interesting.add(object) : interesting.delete(object)),
    },
  );
  registry.subscribe(({ kind, object, path }) => {
    if (!interesting.has(object)) return;
    if (kind === 'leave') graph.left(object);
    else graph.changed(object, path);
  });
  const spec = compileFilterSpec({ propSet: [], objectSet: [{ obj: root.ref, skip, selectSet }] });
  for (const rootSpec of spec.roots) graph.addRoot(root, rootSpec);
  return { graph, log, selected: () => [...graph.selected()].map((object) => object.value).toSorted() };
}

const step = (type: string, path: string, more: object = {}): object => ({
  $type: 'TraversalSpec',
  type,
  path,
  ...more,
});

describe('WatchGraph', () => {
  it('follows only the edge that changed, and counts objects that are reached twice', () => {
    const registry = new Registry();
    const [a, b] = [registry.create('VirtualMachine', {}), registry.create('VirtualMachine', {})];
    const store = registry.create('Datastore', { vm: [a.ref, b.ref] });
    const host = registry.create('HostSystem', { vm: [a.ref], datastore: [store.ref] });
    const watched = watch(registry, host, [
      step('HostSystem', 'vm'),
      step('HostSystem', 'datastore', { selectSet: [step('Datastore', 'vm')] }),
    ]);
    expect(watched.selected()).toEqual([store.value, host.value, a.value, b.value].toSorted());
    watched.log.length = 0;
    host.set('vm', []);
    store.set('vm', [b.ref]);
    host.set('datastore', []);
    expect(watched.log).toEqual([`-${a.value}`, `-${store.value}`, `-${b.value}`]);
  });

  it('does not report what is skipped, but goes on from there', () => {
    const registry = new Registry();
    const machine = registry.create('VirtualMachine', {});
    const folder = registry.create('Folder', { childEntity: [machine.ref] });
    const center = registry.create('Datacenter', { vmFolder: folder.ref });
    const watched = watch(
      registry,
      center,
      [step('Datacenter', 'vmFolder', { skip: true, selectSet: [step('Folder', 'childEntity')] })],
      true,
    );
    expect(watched.selected()).toEqual([machine.value]);
  });

  it('drops an object that left at once, and what was only reached through it', () => {
    const registry = new Registry();
    const machine = registry.create('VirtualMachine', {});
    const folder = registry.create('Folder', { childEntity: [machine.ref] });
    const root = registry.create('Folder', { childEntity: [folder.ref] });
    const again = [{ $type: 'SelectionSpec', name: 'down' }];
    const watched = watch(registry, root, [step('Folder', 'childEntity', { name: 'down', selectSet: again })]);
    registry.remove(folder);
    expect(watched.selected()).toEqual([root.value]);
    root.set('childEntity', []);
    expect(watched.log.slice(3)).toEqual([`-${machine.value}`, `-${folder.value}`]);
  });

  it('lets go of a ring that nothing leads to any more', () => {
    const registry = new Registry();
    const [machine, store] = [registry.create('VirtualMachine', {}), registry.create('Datastore', {})];
    machine.set('datastore', [store.ref]);
    store.set('vm', [machine.ref]);
    const folder = registry.create('Folder', { childEntity: [machine.ref] });
    const around = [
      { $type: 'SelectionSpec', name: 'stores' },
      { $type: 'SelectionSpec', name: 'machines' },
    ];
    const watched = watch(registry, folder, [
      step('Folder', 'childEntity', {
        selectSet: [
          step('VirtualMachine', 'datastore', { name: 'stores', selectSet: around }),
          step('Datastore', 'vm', { name: 'machines', selectSet: around }),
        ],
      }),
    ]);
    expect(watched.selected()).toEqual([store.value, folder.value, machine.value].toSorted());
    folder.set('childEntity', []);
    expect(watched.selected()).toEqual([folder.value]);
  });

  it('refuses names that nothing has and paths that lead nowhere', () => {
    const spec = (selectSet: unknown[]) => () =>
      compileFilterSpec({ propSet: [], objectSet: [{ obj: { type: 'Folder', value: 'group-d1' }, selectSet }] });
    expect(spec([{ $type: 'SelectionSpec', name: 'nobody' }])).toThrow('No selection spec is named "nobody"');
    expect(spec([step('Folder', 'name')])).toThrow('leads to no object');
    expect(spec([step('Folder', 'nonsense')])).toThrow('leads to no object');
    expect(spec([step('VirtualApp', 'anything')])).not.toThrow();
  });
});
