// The one table from faults to kinds, and the sentence that people read.
import { describe, expect, it } from '@jest/globals';
import { VSphereError, classifyFault, errorFromFault } from '../../../src/vsphere/faults.ts';
import type { FaultKind } from '../../../src/vsphere/faults.ts';

const VM = { type: 'VirtualMachine', value: 'vm-12' };

describe('classifyFault', () => {
  it.each<[string, FaultKind]>([
    // NotAuthenticated descends from NoPermission and must be seen first.
    ['NotAuthenticated', 'session'],
    ['NoPermission', 'permission'],
    ['InvalidLogin', 'credentials'],
    ['PasswordExpired', 'credentials'],
    ['TaskInProgress', 'retry'],
    ['VAppTaskInProgress', 'retry'],
    ['ConcurrentAccess', 'retry'],
    ['ResourceInUse', 'retry'],
    ['FileLocked', 'retry'],
    ['HostCommunication', 'retry'],
    ['HostNotConnected', 'retry'],
    ['MethodDisabled', 'retry'],
    ['InaccessibleDatastore', 'retry'],
    ['NoDiskSpace', 'capacity'],
    ['InsufficientResourcesFault', 'capacity'],
    ['InsufficientMemoryResourcesFault', 'capacity'],
    ['DuplicateName', 'conflict'],
    ['ManagedObjectNotFound', 'notFound'],
    ['InvalidArgument', 'terminal'],
    ['InvalidRequest', 'terminal'],
    ['InvalidDatastore', 'terminal'],
    ['VmConfigFault', 'terminal'],
    ['InvalidDeviceSpec', 'terminal'],
    ['SnapshotCopyNotSupported', 'terminal'],
    ['NotSupported', 'terminal'],
    ['CustomizationFault', 'terminal'],
    ['NicSettingMismatch', 'terminal'],
    ['RequestCanceled', 'canceled'],
    ['NeverHeardOfIt', 'retry'],
    ['Transport', 'connection'],
    ['Timeout', 'connection'],
    ['CertificateNotTrusted', 'terminal'],
  ])('%s is %s', (name, kind) => {
    expect(classifyFault(name)).toBe(kind);
  });

  it('knows a power state that is already as wanted', () => {
    const on = { existingState: 'poweredOn', requestedState: 'poweredOn' };
    expect(classifyFault('InvalidPowerState', on)).toBe('success');
    expect(classifyFault('InvalidPowerState', { existingState: 'poweredOn' }, { method: 'PowerOnVM_Task' })).toBe(
      'success',
    );
    expect(classifyFault('InvalidPowerState', { existingState: 'poweredOn' }, { method: 'PowerOffVM_Task' })).toBe(
      'retry',
    );
    expect(classifyFault('InvalidPowerState', { existingState: 'poweredOn', requestedState: 'poweredOff' })).toBe(
      'retry',
    );
    expect(classifyFault('InvalidPowerState', {}, { method: 'Destroy_Task' })).toBe('retry');
  });

  it('does not take a forgotten task for a missing machine', () => {
    expect(classifyFault('ManagedObjectNotFound', { obj: { type: 'Task', value: 'task-1' } })).toBe('unknownOutcome');
    expect(classifyFault('ManagedObjectNotFound', { obj: VM })).toBe('notFound');
  });
});

describe('VSphereError', () => {
  function message(fault: string, detail: Record<string, unknown> = {}, text?: string): string {
    return new VSphereError({ fault, method: 'CloneVM_Task', object: VM, detail, text }).message;
  }

  it.each([
    ['NoDiskSpace', { file: 'f', datastore: 'ds-2' }, 'NoDiskSpace on datastore "ds-2"'],
    ['InvalidArgument', { invalidProperty: 'spec.snapshot' }, 'InvalidArgument (spec.snapshot)'],
    [
      'DuplicateName',
      { name: 'a"b', object: { type: 'VirtualMachine', value: 'vm-3' } },
      'DuplicateName "a\\"b", taken by VirtualMachine:vm-3',
    ],
    [
      'NoPermission',
      { object: { type: 'Folder', value: 'group-v1' }, privilegeId: 'VirtualMachine.Inventory.Create' },
      'NoPermission, missing VirtualMachine.Inventory.Create on Folder:group-v1',
    ],
    [
      'NoPermission',
      {
        privilegeId: 'A',
        missingPrivileges: [{ entity: { type: 'Datastore', value: 'ds-1' }, privilegeIds: ['A', 'B'] }],
      },
      'NoPermission, missing A, B on Datastore:ds-1',
    ],
    [
      'InvalidPowerState',
      { existingState: 'poweredOn', requestedState: 'poweredOff' },
      'InvalidPowerState (it is poweredOn, needed: poweredOff)',
    ],
    ['TaskInProgress', { task: { type: 'Task', value: 'task-9' } }, 'TaskInProgress (Task:task-9)'],
    ['HostNotConnected', {}, 'HostNotConnected'],
    ['FileLocked', { file: '[ds] a' }, 'FileLocked (file=[ds] a)'],
  ])('says what %s means', (fault, detail, expected) => {
    expect(message(fault, { $type: fault, ...detail })).toBe(
      `CloneVM_Task on VirtualMachine:vm-12 failed: ${expected}`,
    );
  });

  it('uses the text of the server only where the fields say nothing', () => {
    expect(message('SystemError', {}, ' vpxd broke ')).toBe(
      'CloneVM_Task on VirtualMachine:vm-12 failed: SystemError: vpxd broke',
    );
    expect(message('NoDiskSpace', { datastore: 'ds' }, 'no space')).not.toContain('no space');
  });

  it('is one line of at most 256 characters without control characters', () => {
    const hostile = message('InvalidName', { name: `a\u0000b\r\n\u001b[31mc\u202Ed${'x'.repeat(500)}` });
    expect(hostile).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(hostile.length).toBeLessThanOrEqual(256);
    const pairs = message('SystemError', {}, '🙂'.repeat(300));
    expect(pairs.length).toBeLessThanOrEqual(256);
    expect(pairs.isWellFormed()).toBe(true);
  });

  it('knows no outcome of a mutation whose reply is lost, and only of that', () => {
    const kind = (method: string, sent: boolean, fault = 'Transport'): FaultKind =>
      new VSphereError({ fault, method, sent }).kind;
    expect(kind('CloneVM_Task', true)).toBe('unknownOutcome');
    expect(kind('CloneVM_Task', true, 'Timeout')).toBe('unknownOutcome');
    expect(kind('CloneVM_Task', true, 'BadReply')).toBe('unknownOutcome');
    expect(kind('SomeNewMethod_Task', true)).toBe('unknownOutcome');
    expect(kind('CloneVM_Task', false)).toBe('connection');
    expect(kind('RetrievePropertiesEx', true)).toBe('connection');
    expect(kind('ModifyListView', true)).toBe('connection');
  });

  it('comes from a fault inside data', () => {
    const localized = { fault: { $type: 'NoDiskSpace', datastore: 'ds-2', file: 'f' }, localizedMessage: 'kein Platz' };
    const error = errorFromFault(localized, { method: 'CloneVM_Task', object: VM });
    expect(error).toMatchObject({ kind: 'capacity', fault: 'NoDiskSpace', method: 'CloneVM_Task' });
    expect(errorFromFault(undefined, { method: 'x' })).toMatchObject({ kind: 'retry', fault: 'MethodFault' });
  });
});
