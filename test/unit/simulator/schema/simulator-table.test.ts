// The simulator's table of types: what it has on top of the operator's, and which version brought what.
import { describe, expect, it } from '@jest/globals';
import { PRIVILEGES } from '../../../../src/simulator/access/privileges.ts';
import { dataTypeNames, fieldsOf, isA, managedType } from '../../../../src/simulator/schema/schema.ts';
import { knowsVersion, sinceVersion } from '../../../../src/simulator/schema/since.ts';
import { isDataType as operatorKnows, managedType as operatorType } from '../../../../src/vsphere/schema.ts';

/** Of vim25 in pyvmomi 9.1.1.0. */
const FAULTS = 699;
const EVENTS = 443;

describe('the table', () => {
  it('has every fault and every event', () => {
    expect(dataTypeNames.filter((type) => isA(type, 'MethodFault')).length).toBe(FAULTS);
    expect(dataTypeNames.filter((type) => isA(type, 'Event')).length).toBe(EVENTS);
    expect(['DrsDisabledOnVm', 'HostConnectedEvent'].map(operatorKnows)).toEqual([false, false]);
  });

  it('adds methods and properties to types that the operator knows too', () => {
    const [host, cluster] = [managedType('HostSystem'), managedType('ClusterComputeResource')];
    expect(host?.properties.get('hardware')?.type).toBe('HostHardwareInfo');
    expect(fieldsOf('HostHardwareInfo')?.map((field) => field.name)).toContain('systemInfo');
    expect(cluster?.methods.get('AddHost_Task')?.privilege).toBe('Host.Inventory.AddHostToCluster');
    expect(cluster?.properties.has('name')).toBe(true);
    expect(cluster?.methods.has('Destroy_Task')).toBe(true);
    expect(operatorType('ClusterComputeResource')?.methods.has('AddHost_Task')).toBe(false);
  });

  it('has the key of another object where a field is a link', () => {
    const typeOf = (type: string, name: string): string | undefined =>
      fieldsOf(type)?.find((field) => field.name === name)?.type;
    expect([typeOf('HostPortGroup', 'vswitch'), typeOf('HostVirtualSwitch', 'pnic')]).toEqual(['string', 'string']);
    expect(typeOf('HostNetworkInfo', 'vswitch')).toBe('HostVirtualSwitch');
  });

  it.each([
    ['FileManager', 'MakeDirectory'],
    ['UserDirectory', 'RetrieveUserGroups'],
    ['VirtualMachine', 'reloadVirtualMachineFromPath_Task'],
    ['VirtualMachine', 'ResetGuestInformation'],
    ['VirtualMachine', 'EstimateStorageForConsolidateSnapshots_Task'],
    ['Datastore', 'DestroyDatastore'],
    ['ClusterComputeResource', 'PlaceVm'],
    ['ClusterComputeResource', 'MoveHostInto_Task'],
    ['HostSystem', 'QueryHostConnectionInfo'],
  ])('has %s.%s', (type, method) => {
    expect(managedType(type)?.methods.has(method)).toBe(true);
  });
});

describe('privileges', () => {
  it('are all that a method, a property or a role of a vCenter names', () => {
    const named = ['VirtualMachine', 'Folder', 'ResourcePool', 'HostSystem', 'AuthorizationManager'].flatMap((type) =>
      [...(managedType(type)?.methods.values() ?? [])].map((method) => method.privilege),
    );
    expect(PRIVILEGES).toEqual(expect.arrayContaining(named.filter((privilege) => privilege !== '')));
    expect(PRIVILEGES).toContain('ContentLibrary.AddLibraryItem');
    expect(new Set(PRIVILEGES).size).toBe(PRIVILEGES.length);
  });
});

describe('versions', () => {
  it.each([
    ['VirtualMachine', undefined, '2.5'],
    ['VirtualMachine', 'PromoteDisks_Task', '4.0'],
    ['VirtualMachine', 'CreateSnapshotEx_Task', '6.5'],
    ['PlacementSpec', undefined, '6.0'],
    ['PlacementSpec', 'priority', '6.0'],
    ['Datacenter', 'datastoreFolder', '4.0'],
    ['Datacenter', 'QueryConnectionInfo.sslCertificate', '9.0.0.0'],
  ])('%s %s came with %s', (type, member, version) => {
    expect(sinceVersion(type, member)).toBe(version);
  });

  it('are ordered, and an unknown one is newer than all', () => {
    expect(knowsVersion('6.7', '6.5')).toBe(true);
    expect(knowsVersion('6.7', '6.7')).toBe(true);
    expect(knowsVersion('6.7', '6.7.1')).toBe(false);
    expect(knowsVersion('5.5', '8.0.0.1')).toBe(false);
    expect(knowsVersion('12.0', '9.1.0.0')).toBe(true);
  });
});
