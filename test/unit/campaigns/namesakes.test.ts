// The oracles of machines that another object has for its own, and of clones that are made on a base that goes.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { KnownObject } from '../../campaigns/harness/history.ts';
import { noBrokenChain } from '../../campaigns/oracles/chains.ts';
import { wrongDeletion } from '../../campaigns/oracles/ownership.ts';

const user = 'operator@vsphere.local';

function seen(
  kind: string,
  version: number,
  metadata: object,
  rest: object = {},
): { type: string; object: KnownObject } {
  const object = {
    kind,
    metadata: { namespace: 'lab', resourceVersion: String(version), ...metadata },
    spec: {},
    ...rest,
  };
  return { type: 'MODIFIED', object: object as unknown as KnownObject };
}

describe('a machine that another object has', () => {
  const made = (uid: string): object => {
    const args = { instanceUuid: uid };
    return { seq: 1, phase: 'end', method: 'CloneVM_Task', target: 'vm-1', result: 'vm-2', args, user };
  };
  const judge = (ledger: readonly object[], spec: object = {}): readonly string[] => {
    const history = [seen('LinkedClone', 5, { name: 'one', uid: 'new' }, { spec, status: { vm: { moRef: 'vm-2' } } })];
    return wrongDeletion.check({ ledger, history, witnessed: [], inventory: { vms: [] } } as unknown as Evidence);
  };

  it('is found, where nobody told it to take it over', () => {
    expect(judge([made('old')])).toEqual(['lab/one (new) took vm-2 over, the VM of old']);
    expect(judge([made('old')], { adopt: { instanceUuid: 'old' } })).toEqual([]);
    expect(judge([made('new')])).toEqual([]);
    expect(judge([made('old'), made('new')])).toEqual([]); // a restored vCenter gives references again
    expect(judge([])).toEqual([]);
  });
});

describe('a clone on a base that goes', () => {
  const args = { instanceUuid: 'a', name: 'a' };
  const ledger = [{ seq: 3, phase: 'call', method: 'CloneVM_Task', target: 'vm-1', args, user }];
  const judge = (intentAt: number, leavingAt: number): readonly string[] => {
    const status = { operation: { type: 'Clone' }, baseSnapshotUid: 'base' };
    const history = [
      seen('BaseSnapshot', 1, { name: 'gold', uid: 'base' }),
      seen('BaseSnapshot', leavingAt, { name: 'gold', uid: 'base', deletionTimestamp: '2026-11-22T02:00:00Z' }),
      seen('LinkedClone', 2, { name: 'a', uid: 'a' }, { status: {} }),
      seen('LinkedClone', intentAt, { name: 'a', uid: 'a' }, { status }),
    ];
    return noBrokenChain.check({ ledger, history, inventory: { vms: [] } } as unknown as Evidence);
  };

  it('is found where its intent came after the deletion, which the look at the base between the two shows', () => {
    expect(judge(12, 11)).toEqual([
      'ledger 3: CloneVM_Task vm-1 "a" on BaseSnapshot gold, which was on its way out before',
    ]);
    expect(judge(11, 12)).toEqual([]);
  });
});
