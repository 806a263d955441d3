// Reading: pages drained to the end, absence only where vCenter says so about that very object.
import { describe, expect, it } from '@jest/globals';
import { pageSizeFor } from '../../../../src/vsphere/inventory/page-size.ts';
import { readMany, readOne } from '../../../../src/vsphere/inventory/retrieve.ts';
import { readTree } from '../../../../src/vsphere/inventory/read-tree.ts';
import type { Invoke } from '../../../../src/vsphere/invoke.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { ServiceContent } from '../../../../src/vsphere/service-content.ts';
import { COLLECTOR, failed, rejection, silent } from '../support/calls.ts';

const vm = (value: number): MoRef => ({ type: 'VirtualMachine', value: `vm-${value}` });

interface Spec {
  readonly propSet: { type: string; pathSet: string[] }[];
  readonly objectSet: { obj: MoRef }[];
  readonly reportMissingObjectsInResults?: boolean;
}

/** A collector that pages as it likes; `absent` objects don't exist. */
class Collector {
  readonly calls: { method: string; objects: number }[] = [];
  readonly absent = new Set<string>();
  /** Objects that an answer leaves out although they exist. */
  readonly hidden = new Set<string>();
  serverPage = 3;
  readonly #rest = new Map<string, object[]>();

  readonly invoke: Invoke = async (_object, method, args = {}) => this.#answer(method, args) as never;

  #answer(method: string, args: Record<string, unknown>): object {
    if (method === 'ContinueRetrievePropertiesEx') {
      const objects = this.#rest.get(String(args['token'])) ?? [];
      this.calls.push({ method, objects: objects.length });
      return this.#page(objects);
    }
    const [spec] = args['specSet'] as [Spec];
    this.calls.push({ method, objects: spec.objectSet.length });
    const objects = spec.objectSet.flatMap(({ obj }) => {
      const key = moRefKey(obj);
      if (!this.absent.has(key) && !this.hidden.has(key)) return [{ obj, propSet: [{ name: 'name', val: obj.value }] }];
      if (spec.reportMissingObjectsInResults === true || this.hidden.has(key)) return [];
      throw new VSphereError({ fault: 'ManagedObjectNotFound', method, object: COLLECTOR, detail: { obj } });
    });
    return this.#page(objects);
  }

  #page(objects: object[]): object {
    if (objects.length <= this.serverPage) return { objects };
    const token = `token-${this.#rest.size}`;
    this.#rest.set(token, objects.slice(this.serverPage));
    return { objects: objects.slice(0, this.serverPage), token };
  }
}

describe('readMany', () => {
  it('drains every page of every question', async () => {
    const collector = new Collector();
    const refs = Array.from({ length: 1_100 }, (_unused, index) => vm(index));
    collector.serverPage = 200;
    const found = await readMany(collector.invoke, COLLECTOR, refs, ['name']);
    expect(found.size).toBe(1_100);
    expect(found.get('VirtualMachine:vm-1099')?.properties).toEqual({ name: 'vm-1099' });
    const questions = collector.calls.filter(({ method }) => method === 'RetrievePropertiesEx');
    expect(questions.map(({ objects }) => objects)).toEqual([500, 500, 100]);
    expect(collector.calls).toHaveLength(3 + 2 + 2);
  });

  it('asks once for an object that is named twice', async () => {
    const collector = new Collector();
    await readMany(collector.invoke, COLLECTOR, [vm(1), vm(1)], ['name']);
    expect(collector.calls).toEqual([{ method: 'RetrievePropertiesEx', objects: 1 }]);
  });

  it('asks alone for what an answer leaves out, and believes only ManagedObjectNotFound about it', async () => {
    const collector = new Collector();
    collector.absent.add(moRefKey(vm(2)));
    const found = await readMany(collector.invoke, COLLECTOR, [vm(1), vm(2)], ['name']);
    expect(found.has('VirtualMachine:vm-2')).toBe(true);
    expect(found.get('VirtualMachine:vm-2')).toBeUndefined();
    expect(found.get('VirtualMachine:vm-1')).toBeDefined();

    collector.hidden.add(moRefKey(vm(3)));
    expect(await rejection(readMany(collector.invoke, COLLECTOR, [vm(3)], ['name']))).toMatchObject({
      fault: 'BadReply',
    });
  });

  it('does not take the absence of something else for the absence of the object', async () => {
    const error = new VSphereError({
      fault: 'ManagedObjectNotFound',
      method: 'RetrievePropertiesEx',
      detail: { obj: COLLECTOR },
    });
    const invoke: Invoke = async (_object, _method, args = {}) => {
      if ((args['specSet'] as [Spec])[0].reportMissingObjectsInResults === true) return { objects: [] } as never;
      throw error;
    };
    expect(await rejection(readMany(invoke, COLLECTOR, [vm(1)], ['name']))).toBe(error);
  });

  it('says what could not be read instead of leaving it out', async () => {
    const fault = { fault: { $type: 'NoPermission', privilegeId: 'System.Read', object: vm(1) } };
    const invoke: Invoke = async () =>
      ({ objects: [{ obj: vm(1), missingSet: [{ path: 'config', fault }] }] }) as never;
    const state = (await readMany(invoke, COLLECTOR, [vm(1)], ['config', 'name'])).get(moRefKey(vm(1)));
    expect(state?.properties).toEqual({});
    expect(state?.missing['config']).toMatchObject({ kind: 'permission', fault: 'NoPermission', object: vm(1) });
    expect(state?.missing['name']).toBeUndefined();
  });
});

describe('readOne', () => {
  it('rejects for an object that does not exist', async () => {
    const collector = new Collector();
    collector.absent.add(moRefKey(vm(1)));
    expect(await rejection(readOne(collector.invoke, COLLECTOR, vm(1), ['name']))).toMatchObject({ kind: 'notFound' });
  });
});

describe('readTree', () => {
  const content = { propertyCollector: COLLECTOR, viewManager: { type: 'ViewManager', value: 'vm' } } as ServiceContent;
  const view = { type: 'ContainerView', value: 'view-1' };

  it('reads through a view that it destroys again, also when the reading fails', async () => {
    const methods: string[] = [];
    const broken: { error?: Error } = {};
    const invoke: Invoke = async (_object, method, args = {}) => {
      methods.push(method);
      if (method === 'CreateContainerView') return view as never;
      if (method === 'DestroyView') return undefined as never;
      if (broken.error !== undefined) throw broken.error;
      const [spec] = args['specSet'] as [Spec];
      expect(spec.propSet).toEqual([{ type: 'Folder', pathSet: ['name', 'parent', 'childType'] }]);
      return { objects: [{ obj: { type: 'Folder', value: 'f' }, propSet: [{ name: 'name', val: 'vm' }] }] } as never;
    };
    const read = (): Promise<unknown> =>
      readTree(invoke, content, silent, { type: 'Folder', value: 'root' }, { Folder: ['childType'] });
    await expect(read()).resolves.toMatchObject([{ properties: { name: 'vm' } }]);
    expect(methods).toEqual(['CreateContainerView', 'RetrievePropertiesEx', 'DestroyView']);
    broken.error = failed('Transport');
    expect(await rejection(read())).toBe(broken.error);
    expect(methods.slice(3)).toEqual(['CreateContainerView', 'RetrievePropertiesEx', 'DestroyView']);
  });

  it('starts over in a new session, once', async () => {
    let views = 0;
    const invoke: Invoke = async (_object, method) => {
      if (method === 'CreateContainerView') {
        views += 1;
        return view as never;
      }
      if (method === 'DestroyView') throw failed('ManagedObjectNotFound', method);
      if (views === 1) throw failed('NotAuthenticated');
      return { objects: [] } as never;
    };
    await expect(readTree(invoke, content, silent, vm(1), { Folder: [] })).resolves.toEqual([]);
    expect(views).toBe(2);
  });
});

describe('pageSizeFor', () => {
  it('shrinks with what is read of each object', () => {
    expect(pageSizeFor(['name'])).toBe(500);
    expect(pageSizeFor(Array.from({ length: 14 }, (_unused, index) => `p${index}`))).toBeLessThan(200);
    expect(pageSizeFor(['config.hardware.device'])).toBeLessThan(50);
    expect(pageSizeFor(['storage', 'layoutEx.file'])).toBeLessThan(150);
    expect(pageSizeFor(['config', 'summary', 'guest', 'layoutEx'])).toBe(20);
  });
});
