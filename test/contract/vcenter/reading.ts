// Reading properties: selection, traversal, missing values, pages.
import { expect } from '@jest/globals';
import { api, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import type { Target } from './support/target.ts';
import { containerView, filterOf, filterOfView } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

const vm = (target: Target) => target.path('/DC0/vm/DC0_C0_RP0_VM1');
async function read(target: Target, spec: string, options = '<options/>') {
  return (await target.must('RetrievePropertiesEx', target.collector, el('specSet', spec) + options)).values[0];
}
const TYPED: Readonly<Record<string, string>> = {
  name: 'string',
  'config.template': 'boolean',
  'config.hardware.numCPU': 'int',
  'config.hardware': 'VirtualHardware',
  'config.hardware.device': 'ArrayOfVirtualDevice',
  'config.extraConfig': 'ArrayOfOptionValue',
  parent: 'ManagedObjectReference',
  datastore: 'ArrayOfManagedObjectReference',
  'runtime.powerState': 'VirtualMachinePowerState',
  'config.modified': 'dateTime',
  'summary.storage': 'VirtualMachineStorageSummary',
};
const typed: readonly Expectation[] = Object.entries(TYPED).map(([path, type]) =>
  common(`${path} is typed ${type}`, async (target) => {
    expect((await target.value(await vm(target), path))?.xsiType).toBe(type);
  }),
);
const traversal = (name: string, type: string, path: string, selects = ''): string =>
  `<selectSet xsi:type="TraversalSpec">${el('name', name)}${el('type', type)}${el('path', path)}<skip>false</skip>${selects}</selectSet>`;
const named = (name: string): string => `<selectSet>${el('name', name)}</selectSet>`;

export const readingRoom = room(
  'property collector: reading',
  ...typed,
  common('only what is asked for is answered', async (target) => {
    const content = await target.content1(await vm(target), ['name', 'runtime.powerState']);
    expect(
      content
        ?.all('propSet')
        .map((property) => property.at('name'))
        .toSorted(),
    ).toEqual(['name', 'runtime.powerState']);
  }),
  common('the object is named', async (target) => {
    const one = await vm(target);
    expect((await target.content1(one, ['name']))?.get('obj')?.ref).toEqual(one);
  }),
  common('what isn’t set is neither there nor missing', async (target) => {
    const content = await target.content1(await vm(target), ['snapshot']);
    expect([content?.get('propSet'), content?.get('missingSet')]).toEqual([undefined, undefined]);
  }),
  deviates(
    'a property that the type doesn’t have is InvalidProperty',
    'the object is answered without it',
    types('RetrievePropertiesEx: InvalidProperty'),
    async (target) => {
      const spec = el('specSet', filterOf(await vm(target), ['colour'])) + '<options/>';
      const failure = await target.failure('RetrievePropertiesEx', target.collector, spec);
      expect([failure?.xsiType, failure?.at('name')]).toEqual(['InvalidProperty', 'colour']);
    },
  ),
  common('an object that isn’t there is ManagedObjectNotFound', async (target) => {
    const spec = el('specSet', filterOf({ type: 'VirtualMachine', value: 'vm-99999' }, ['name'])) + '<options/>';
    expect(await target.fault('RetrievePropertiesEx', target.collector, spec)).toBe('ManagedObjectNotFound');
  }),
  vcenterOnly(
    '…unless the client wants missing ones reported',
    api('PropertyFilterSpec.reportMissingObjectsInResults'),
    async (target) => {
      const spec =
        filterOf({ type: 'VirtualMachine', value: 'vm-99999' }, ['name']) + el('reportMissingObjectsInResults', true);
      expect(
        await target.fault('RetrievePropertiesEx', target.collector, el('specSet', spec) + '<options/>'),
      ).toBeUndefined();
    },
  ),
  common('all properties at once', async (target) => {
    const one = await vm(target);
    const spec = `<propSet><type>VirtualMachine</type><all>true</all></propSet><objectSet>${ref('obj', one)}</objectSet>`;
    const names = (await read(target, spec))
      ?.get('objects')
      ?.all('propSet')
      .map((property) => property.at('name'));
    expect(names).toEqual(
      expect.arrayContaining(['name', 'config', 'runtime', 'summary', 'guest', 'layoutEx', 'storage']),
    );
  }),
  common('a base type selects properties of what extends it', async (target) => {
    const one = await vm(target);
    const spec = `<propSet><type>ManagedEntity</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', one)}</objectSet>`;
    expect((await read(target, spec))?.at('objects', 'propSet', 'val')).toBe('DC0_C0_RP0_VM1');
  }),
  common('a traversal follows a property', async (target) => {
    const root = target.manager('rootFolder');
    const spec = `<propSet><type>Datacenter</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', root)}<skip>true</skip>${traversal('down', 'Folder', 'childEntity')}</objectSet>`;
    expect((await read(target, spec))?.all('objects').map((object) => object.at('propSet', 'val'))).toEqual(['DC0']);
  }),
  common('a traversal recurses by name', async (target) => {
    const root = target.manager('rootFolder');
    const select =
      traversal('down', 'Folder', 'childEntity', named('down') + named('dc')) +
      traversal('dc', 'Datacenter', 'vmFolder', named('down'));
    const spec = `<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', root)}<skip>true</skip>${select}</objectSet>`;
    const names = (await read(target, spec))?.all('objects').map((object) => object.at('propSet', 'val'));
    expect(names).toEqual(expect.arrayContaining(['DC0_C0_RP0_VM0', 'DC0_H0_VM0']));
  }),
  common('upwards along parent', async (target) => {
    const select = traversal('up', 'ManagedEntity', 'parent', named('up'));
    const spec = `<propSet><type>ManagedEntity</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', await vm(target))}<skip>false</skip>${select}</objectSet>`;
    const names = (await read(target, spec))?.all('objects').map((object) => object.at('propSet', 'val'));
    expect(names).toEqual(expect.arrayContaining(['DC0_C0_RP0_VM1', 'vm', 'DC0', 'Datacenters']));
  }),
  common('skip leaves the start out', async (target) => {
    const root = target.manager('rootFolder');
    const spec = `<propSet><type>ManagedEntity</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', root)}<skip>true</skip>${traversal('down', 'Folder', 'childEntity')}</objectSet>`;
    expect((await read(target, spec))?.all('objects').map((object) => object.get('obj')?.text)).not.toContain(
      root.value,
    );
  }),
  common('maxObjects makes pages', async (target) => {
    const spec = filterOfView(await containerView(target), ['name']);
    const seen = new Set<string>();
    let page = await read(target, spec, el('options', el('maxObjects', 2)));
    expect(page?.all('objects')).toHaveLength(2);
    for (;;) {
      for (const object of page?.all('objects') ?? []) seen.add(object.get('obj')?.text ?? '');
      const token = page?.at('token');
      if (token === undefined) break;
      [page] = (await target.must('ContinueRetrievePropertiesEx', target.collector, el('token', token))).values;
    }
    expect(seen.size).toBe((await read(target, spec))?.all('objects').length);
  }),
  common('a token is good once', async (target) => {
    const page = await read(
      target,
      filterOfView(await containerView(target), ['name']),
      el('options', el('maxObjects', 1)),
    );
    const token = el('token', page?.at('token'));
    await target.must('ContinueRetrievePropertiesEx', target.collector, token);
    expect(await target.fault('ContinueRetrievePropertiesEx', target.collector, token)).toBeDefined();
  }),
  deviates(
    'CancelRetrievePropertiesEx ends the pages',
    'MethodNotFound',
    types('PropertyCollector.CancelRetrievePropertiesEx'),
    async (target) => {
      const page = await read(
        target,
        filterOfView(await containerView(target), ['name']),
        el('options', el('maxObjects', 1)),
      );
      const token = el('token', page?.at('token'));
      await target.must('CancelRetrievePropertiesEx', target.collector, token);
      expect(await target.fault('ContinueRetrievePropertiesEx', target.collector, token)).toBeDefined();
    },
  ),
  common('RetrieveProperties answers with every object', async (target) => {
    const spec = el('specSet', filterOfView(await containerView(target), ['name']));
    expect((await target.must('RetrieveProperties', target.collector, spec)).values.length).toBeGreaterThan(3);
  }),
);
