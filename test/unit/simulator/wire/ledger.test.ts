// The diary: calls and ends in order, tasks that end before or after their call returned, and what of the arguments is kept.
import { describe, expect, it } from '@jest/globals';
import { Ledger } from '../../../../src/simulator/core/ledger.ts';
import { isMutation, ledgerArgs } from '../../../../src/simulator/wire/ledger-entry.ts';

const CALL = { method: 'CloneVM_Task', target: 'vm-1', args: { name: 'a' }, user: 'op', operationId: undefined };

describe('what is kept of a call', () => {
  it('is bounded, whatever was sent', () => {
    const name = 'x'.repeat(100_000);
    const kept = ledgerArgs(
      { type: 'VirtualMachine', value: 'vm-1' },
      { name, spec: { location: { diskMoveType: name } } },
    );
    expect(JSON.stringify(kept).length).toBeLessThan(3000);
  });
});

describe('of a snapshot that is made', () => {
  it('its description is kept', () => {
    const args = { name: 'release', description: 'for labs', memory: false };
    expect(ledgerArgs({ type: 'VirtualMachine', value: 'vm-1' }, args)).toEqual({
      name: 'release',
      description: 'for labs',
    });
  });
});

describe('Ledger', () => {
  it('tells of a call and of the end of its task, with everything said at the call', () => {
    const ledger = new Ledger(() => 0);
    const seq = ledger.call(CALL);
    ledger.bindTask(seq, 'task-9');
    ledger.call({ ...CALL, method: 'MarkAsTemplate' });
    ledger.end({ task: 'task-9', result: 'vm-2' });
    ledger.end({ call: 2, fault: 'InvalidState' });
    const time = '1970-01-01T00:00:00.000Z';
    const about = { method: 'CloneVM_Task', target: 'vm-1', args: { name: 'a' }, user: 'op' };
    expect(ledger.since(0)).toEqual([
      { seq: 1, phase: 'call', time, ...about, task: 'task-9' },
      { seq: 2, phase: 'call', time, ...about, method: 'MarkAsTemplate' },
      { seq: 3, phase: 'end', time, ...about, task: 'task-9', result: 'vm-2' },
      { seq: 4, phase: 'end', time, ...about, method: 'MarkAsTemplate', fault: 'InvalidState' },
    ]);
    expect(ledger.since(3).map((entry) => entry.seq)).toEqual([4]);
  });

  it('takes a task that ended before its call returned, and ignores tasks of nobody', () => {
    const ledger = new Ledger(() => 0);
    const seq = ledger.call(CALL);
    ledger.end({ task: 'task-9', fault: 'NoDiskSpace' });
    ledger.end({ task: 'task-10' });
    expect(ledger.since(0)).toHaveLength(1);
    ledger.bindTask(seq, 'task-9');
    expect(ledger.since(1)).toMatchObject([{ phase: 'end', task: 'task-9', fault: 'NoDiskSpace' }]);
  });
});

describe('what is recorded', () => {
  it('is what changes the inventory', () => {
    for (const [type, method] of [
      ['VirtualMachine', 'CloneVM_Task'],
      ['Folder', 'CreateFolder'],
      ['Task', 'CancelTask'],
      ['OptionManager', 'UpdateOptions'],
      ['VirtualMachine', 'MarkAsTemplate'],
    ] as const) {
      expect([method, isMutation(type, method)]).toEqual([method, true]);
    }
    for (const [type, method] of [
      ['SessionManager', 'Login'],
      ['PropertyCollector', 'CreateFilter'],
      ['SearchIndex', 'FindByUuid'],
      ['EventManager', 'QueryEvents'],
      ['CustomizationSpecManager', 'GetCustomizationSpec'],
      ['VirtualMachine', 'RefreshStorageInfo'],
    ] as const) {
      expect([method, isMutation(type, method)]).toEqual([method, false]);
    }
  });

  it('has the name, the places and the marker, wherever the call carries them', () => {
    const [vm, folder, snapshot] = ['VirtualMachine:vm-1', 'Folder:group-v3', 'VirtualMachineSnapshot:snapshot-7'].map(
      (text) => {
        const [type = '', value = ''] = text.split(':');
        return { type, value };
      },
    ) as [{ type: string; value: string }, { type: string; value: string }, { type: string; value: string }];
    const config = {
      instanceUuid: 'u',
      extraConfig: [
        { key: 'other', value: 'x' },
        { key: 'linkedclone.dev/owner', value: 'me' },
      ],
    };
    const clone = {
      folder,
      name: 'a',
      spec: { location: { diskMoveType: 'createNewChildDiskBacking' }, snapshot, config },
    };
    expect(ledgerArgs(vm, clone)).toEqual({
      name: 'a',
      folder: 'group-v3',
      snapshot: 'snapshot-7',
      instanceUuid: 'u',
      marker: 'me',
      diskMoveType: 'createNewChildDiskBacking',
    });
    expect(ledgerArgs(vm, { spec: { ...config, name: 'b' } })).toEqual({ name: 'b', instanceUuid: 'u', marker: 'me' });
    for (const removeChildren of [true, false])
      expect(ledgerArgs(snapshot, { removeChildren })).toEqual({ snapshot: 'snapshot-7', removeChildren });
    expect(ledgerArgs(vm, {})).toEqual({});
  });
});
