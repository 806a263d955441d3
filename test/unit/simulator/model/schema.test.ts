// Every property of every object is what the vim25 schema says it is, whatever happened to the object.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { managedType } from '../../../../src/simulator/schema/schema.ts';
import { Vcenter } from './harness.ts';
import type { Args } from './harness.ts';
import { INSTANT, linkedClone } from './inventories.ts';
import { problemsOf } from './schema-check.ts';

const TYPES = [
  'ManagedEntity',
  'VirtualMachineSnapshot',
  'Task',
  'TaskManager',
  'EventManager',
  'EventHistoryCollector',
  'CustomizationSpecManager',
  'CustomFieldsManager',
  'AuthorizationManager',
  'HostDatastoreBrowser',
  'EnvironmentBrowser',
];

function problems(vc: Vcenter): readonly string[] {
  return TYPES.flatMap((type) =>
    [...vc.world.registry.ofType(type)].flatMap((object) =>
      [...(managedType(object.type)?.properties.values() ?? [])].flatMap((property) => {
        const value = object.get(property.name);
        if (value !== undefined) return problemsOf(value, property, `${object.type}.${property.name}`);
        return property.optional || property.list ? [] : [`${object.type}.${property.name} is missing`];
      }),
    ),
  );
}

describe('properties fit the schema', () => {
  it('in the demo inventory', () => {
    const vc = new Vcenter(
      readFileSync(new URL('../../../../deploy/simulator/inventory.yaml', import.meta.url), 'utf8'),
    );
    expect(new Set(problems(vc))).toEqual(new Set());
  });

  it('of a parent with everything that makes one unsuitable', () => {
    const odd = `  - name: odd
    vtpm: true
    encrypted: true
    busSharing: virtualSharing
    disks: [{ capacity: 1 GB, rdm: physical }, { capacity: 1 GB, rdm: virtual }, { capacity: 1 GB, mode: independent_nonpersistent, thin: false }]
    snapshots: [{ name: s }]
`;
    expect(new Set(problems(new Vcenter(INSTANT.replace('  - name: master', `${odd}  - name: master`))))).toEqual(
      new Set(),
    );
  });

  it('after clones, customization, power, snapshots, failures and reconfiguration', async () => {
    const vc = new Vcenter(`${INSTANT}\ncustomFields: [Class]\n`);
    const parent = vc.named('VirtualMachine', 'parent');
    const { spec } = vc.call(vc.manager('customizationSpecManager'), 'GetCustomizationSpec', { name: 'linux' }) as {
      spec: Args;
    };
    vc.call(vc.manager('eventManager'), 'CreateCollectorForEvents', { filter: {} }, { session: vc.login() });
    const clone = await vc.must(
      parent,
      'CloneVM_Task',
      linkedClone(vc, parent, {
        spec: {
          customization: spec,
          powerOn: true,
          config: { numCPUs: 2, managedBy: { extensionKey: 'x', type: 'y' } },
        },
      }),
    );
    await vc.advance(10);
    await vc.must(clone, 'CreateSnapshot_Task', { name: 'hot', memory: true, quiesce: false });
    vc.call(clone, 'RefreshStorageInfo');
    vc.call(clone, 'setCustomValue', { key: 'Class', value: 'x' });
    const device = {
      $type: 'VirtualVmxnet3',
      key: -1,
      backing: { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'net-2' },
    };
    await vc.must(clone, 'ReconfigVM_Task', {
      spec: {
        $type: 'VirtualMachineConfigSpec',
        extraConfig: [{ key: 'a', value: 'b' }],
        deviceChange: [{ operation: 'add', device }],
        flags: { diskUuidEnabled: true },
      },
    });
    await vc.run(clone, 'Destroy_Task');
    await vc.run(clone, 'PowerOnVM_Task');
    expect(new Set(problems(vc))).toEqual(new Set());
  });
});
