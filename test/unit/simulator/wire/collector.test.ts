// Versions and waits: what a client can ask again, what is refused, and how a long poll ends.
import { describe, expect, it } from '@jest/globals';
import type { SimObject } from '../../../../src/simulator/core/sim-object.ts';
import type { World } from '../../../../src/simulator/core/world.ts';
import type { UpdateSet } from '../../../../src/simulator/property-collector/collector.ts';
import { objectSpec } from './support/filter-specs.ts';
import { removeMachine, tinyInventory } from './support/tiny-model.ts';
import { tinyWorld } from './support/tiny-world.ts';
import type { TinyWorld } from './support/tiny-world.ts';

function parts(machines = 2): TinyWorld & { collector: SimObject; machines: SimObject[] } {
  const tiny = tinyWorld(machines);
  const collector = tiny.world.registry.must({ type: 'PropertyCollector', value: 'propertyCollector' });
  return { ...tiny, collector, machines: tinyInventory(tiny.world).machines };
}

function watch(tiny: ReturnType<typeof parts>, object: SimObject, more: object = {}): void {
  tiny.call(tiny.collector, 'CreateFilter', {
    spec: { ...objectSpec(object, ['name']), ...more },
    partialUpdates: false,
  });
}

function wait(
  tiny: ReturnType<typeof parts>,
  version: string,
  maxWaitSeconds?: number,
): Promise<UpdateSet | undefined> {
  const options = maxWaitSeconds === undefined ? {} : { maxWaitSeconds };
  return tiny.call(tiny.collector, 'WaitForUpdatesEx', { version, options }) as Promise<UpdateSet | undefined>;
}

const FAULT = (fault: string): unknown => expect.objectContaining({ fault });

describe('versions', () => {
  it('give the same set again for the version before, and go on from the last', async () => {
    const tiny = parts();
    watch(tiny, tiny.machines[0] as SimObject);
    const first = await wait(tiny, '', 0);
    tiny.machines[0]?.set('name', 'b');
    const second = await wait(tiny, String(first?.['version']), 0);
    tiny.machines[0]?.set('name', 'c');
    expect(await wait(tiny, String(first?.['version']), 0)).toEqual(second);
    const third = await wait(tiny, String(second?.['version']), 0);
    expect(JSON.stringify(third)).toContain('"c"');
    await expect(wait(tiny, String(first?.['version']), 0)).rejects.toEqual(FAULT('InvalidCollectorVersion'));
    await expect(wait(tiny, 'nonsense', 0)).rejects.toEqual(FAULT('InvalidCollectorVersion'));
  });

  it('start over with the empty version', async () => {
    const tiny = parts();
    watch(tiny, tiny.machines[0] as SimObject);
    const first = await wait(tiny, '', 0);
    const again = await wait(tiny, '', 0);
    expect(again?.['filterSet']).toEqual(first?.['filterSet']);
    expect(again?.['version']).not.toBe(first?.['version']);
  });

  it('say truncated while there is more', async () => {
    const tiny = parts(3);
    for (const machine of tiny.machines) watch(tiny, machine);
    const options = { maxWaitSeconds: 0, maxObjectUpdates: 2 };
    const first = (await tiny.call(tiny.collector, 'WaitForUpdatesEx', { version: '', options })) as UpdateSet;
    const rest = (await tiny.call(tiny.collector, 'WaitForUpdatesEx', {
      version: first['version'],
      options,
    })) as UpdateSet;
    expect([first['truncated'], rest['truncated']]).toEqual([true, undefined]);
    expect(tiny.call(tiny.collector, 'CheckForUpdates', { version: rest['version'] })).toBeUndefined();
  });
});

describe('waiting', () => {
  it('ends with the change, for two who wait alike', async () => {
    const tiny = parts();
    watch(tiny, tiny.machines[0] as SimObject);
    const version = String((await wait(tiny, '', 0))?.['version']);
    const both = Promise.all([wait(tiny, version, 30), wait(tiny, version, 30)]);
    tiny.machines[0]?.set('name', 'b');
    const [one, other] = await both;
    expect(one).toEqual(other);
    expect(JSON.stringify(one)).toContain('"b"');
  });

  it('ends empty when time is up or the client goes away', async () => {
    const tiny = parts();
    watch(tiny, tiny.machines[0] as SimObject);
    const version = String((await wait(tiny, '', 0))?.['version']);
    expect(await wait(tiny, version, 0)).toBeUndefined();
    expect(await tiny.call(tiny.collector, 'CheckForUpdates', { version })).toBeUndefined();
  });

  it('is cancelled by CancelWaitForUpdates and by the end of the session', async () => {
    const tiny = parts();
    const cancelled = wait(tiny, '');
    tiny.call(tiny.collector, 'CancelWaitForUpdates');
    await expect(cancelled).rejects.toEqual(FAULT('RequestCanceled'));
    const ended = wait(tiny, '');
    tiny.world.sessions.end(tiny.session);
    await expect(ended).rejects.toEqual(FAULT('NotAuthenticated'));
  });
});

describe('filters', () => {
  it('report missing roots when asked to, and fail otherwise', async () => {
    const tiny = parts();
    const gone = tiny.machines[0] as SimObject;
    removeMachine(tiny.world, gone);
    expect(() => watch(tiny, gone)).toThrow('has already been deleted');
    watch(tiny, gone, { reportMissingObjectsInResults: true });
    const set = await wait(tiny, '', 0);
    expect(set?.['filterSet']).toMatchObject([
      { missingSet: [{ obj: gone.ref, fault: { fault: { $type: 'ManagedObjectNotFound' } } }] },
    ]);
  });

  it('refuse properties that do not exist', () => {
    const tiny = parts();
    const spec = objectSpec(tiny.machines[0] as SimObject, ['config.colour']);
    expect(() => tiny.call(tiny.collector, 'CreateFilter', { spec, partialUpdates: false })).toThrow('does not exist');
  });

  it('say indirectRemove when what is around a property goes, assign without value when it goes itself', async () => {
    const tiny = parts(1);
    const machine = tiny.machines[0] as SimObject;
    machine.set('guest.ipAddress', '10.0.0.1');
    tiny.call(tiny.collector, 'CreateFilter', {
      spec: objectSpec(machine, ['guest.ipAddress']),
      partialUpdates: false,
    });
    let version = String((await wait(tiny, '', 0))?.['version']);
    const next = async (change: () => void): Promise<unknown> => {
      change();
      const set = await wait(tiny, version, 0);
      version = String(set?.['version']);
      const [filter] = (set?.['filterSet'] ?? []) as { objectSet: { changeSet: unknown[] }[] }[];
      return filter?.objectSet[0]?.changeSet;
    };
    expect(await next(() => machine.set('guest.ipAddress', undefined))).toEqual([
      { name: 'guest.ipAddress', op: 'assign' },
    ]);
    await next(() => machine.set('guest.ipAddress', '10.0.0.2'));
    expect(await next(() => machine.set('guest', undefined))).toEqual([
      { name: 'guest.ipAddress', op: 'indirectRemove' },
    ]);
  });

  it('end with their collector and with their session, and cost nothing then', () => {
    const tiny = parts();
    const before = objectCount(tiny.world);
    const own = tiny.world.registry.must(
      tiny.call(tiny.collector, 'CreatePropertyCollector') as { type: string; value: string },
    );
    tiny.call(own, 'CreateFilter', {
      spec: objectSpec(tiny.machines[0] as SimObject, ['name']),
      partialUpdates: false,
    });
    watch(tiny, tiny.machines[0] as SimObject);
    expect(objectCount(tiny.world)).toBe(before + 3);
    tiny.call(own, 'DestroyPropertyCollector');
    expect(objectCount(tiny.world)).toBe(before + 1);
    tiny.world.sessions.end(tiny.session);
    expect(objectCount(tiny.world)).toBe(before);
  });
});

function objectCount(world: World): number {
  return world.registry.size;
}
