// Which call of the ledger is which call that passed the proxy: by its operation id, whatever else came to the same object.
import { describe, expect, it } from '@jest/globals';
import { passedAt, witnessOf } from '../../campaigns/harness/witness.ts';
import type { Witnessed } from '../../campaigns/harness/witness.ts';
import { callOf } from '../../campaigns/harness/vcenter-proxy.ts';
import { Diary, hit } from './made-up.ts';

describe('a call of the ledger', () => {
  const ledger = new Diary().done('ReconfigVM_Task', 'vm-1').call('ReconfigVM_Task', 'vm-1').entries;
  const [first, end, second] = ledger;

  function times(witnessed: readonly Witnessed[]): readonly unknown[] {
    return [first, second].map((entry) => entry && passedAt({ ledger, witnessed }, entry));
  }

  it('is what passed the proxy with its operation id, whatever had no effect', () => {
    const calls = [1, 3].map((seq) => hit(seq, 'ReconfigVM_Task', 'vm-1'));
    const gone = hit(9, 'ReconfigVM_Task', 'vm-1', { at: 9000, operationId: 'of-a-gone-target' });
    expect(times([...calls, gone])).toEqual([1000, 3000]);
    expect(times([gone, ...calls.toReversed()])).toEqual([1000, 3000]);
    expect(end && witnessOf({ ledger, witnessed: calls }, end)).toBeUndefined();
  });

  it('is the last with that id, which one whose session was over is sent again with', () => {
    const turnedAway = hit(1, 'ReconfigVM_Task', 'vm-1', { at: 500 });
    expect(times([turnedAway, ...[1, 3].map((seq) => hit(seq, 'ReconfigVM_Task', 'vm-1'))])).toEqual([1000, 3000]);
  });

  it('was not seen where nothing passed with its id', () => {
    expect(times([hit(3, 'ReconfigVM_Task', 'vm-1')])).toEqual([Number.POSITIVE_INFINITY, 3000]);
    const { operationId: _, ...without } = hit(3, 'ReconfigVM_Task', 'vm-1');
    expect(times([without])).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

it('tells the operation id of a call by its header', () => {
  const body =
    '<soapenv:Envelope><soapenv:Header><operationID xmlns="urn:vim25">lc-1a2b3c-z</operationID></soapenv:Header>' +
    '<soapenv:Body><Destroy_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this></Destroy_Task></soapenv:Body>';
  expect(callOf(body)).toEqual({
    ...{ method: 'Destroy_Task', type: 'VirtualMachine', target: 'vm-1', operationId: 'lc-1a2b3c-z' },
  });
});
