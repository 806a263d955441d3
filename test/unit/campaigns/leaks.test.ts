// The oracle of what is left over: told by the ledger, whatever marks and statuses say.
import { describe, expect, it } from '@jest/globals';
import { FINALIZERS } from '../../../src/api/identifiers.ts';
import type { AuditWrite } from '../../campaigns/harness/audit.ts';
import { noLeak } from '../../campaigns/oracles/leaks.ts';
import { Diary, Versions, evidenceOf, machine, SOMEBODY } from './made-up.ts';
import type { MadeUp } from './made-up.ts';

const DELETED = '2026-11-22T02:00:00Z';
const LOST = { vm: { moRef: 'vm-1' }, conditions: [{ type: 'Lost', status: 'True', reason: 'VirtualMachineGone' }] };
/** A mark that says that it was let go. */
const FREE = { cluster: 'this-cluster', uid: 'a', instanceUuid: 'a', state: 'released' };
/** The operator ended the object. */
const ENDED: AuditWrite = {
  ...{ user: 'operator', verb: 'patch', resource: 'linkedclones', namespace: 'lab', name: 'a', code: 200, at: 3000 },
};

function judge(evidence: MadeUp): readonly string[] {
  return noLeak.check(evidenceOf({ audit: [ENDED], ...evidence }));
}

/** A clone that was deleted, with what people wrote into it. */
function deleted(
  spec: Record<string, unknown> = {},
  annotations: Record<string, string> = {},
  finalizers: readonly string[] = [FINALIZERS.vm],
): Versions {
  return new Versions()
    .add('LinkedClone', { uid: 'a', annotations, finalizers }, { spec })
    .add('LinkedClone', { uid: 'a', annotations, deletionTimestamp: DELETED }, { spec, at: 2900 })
    .add('LinkedClone', { uid: 'a', annotations, deletionTimestamp: DELETED }, { spec, at: 3000, type: 'DELETED' });
}

describe('a machine whose clone is gone', () => {
  const ledger = new Diary().cloned('vm-1', 'a');
  const there = [machine('vm-1', 'a', { marker: FREE })];

  it('is left over, though its mark says that it was let go, or is no more', () => {
    const found = ['VM "vm-1" (vm-1), made for a, is left over'];
    expect(judge({ ledger, history: deleted(), vms: there })).toEqual(found);
    expect(judge({ ledger, history: deleted(), vms: [machine('vm-1', 'a', { marker: null })] })).toEqual(found);
  });

  it('is let go where people wrote so', () => {
    expect(judge({ ledger, history: deleted({ deletionPolicy: 'Retain' }), vms: there })).toEqual([]);
    expect(judge({ ledger, history: deleted({}, { 'linkedclone.dev/release': 'a' }), vms: there })).toEqual([]);
    expect(judge({ ledger, history: deleted({}, { 'linkedclone.dev/release': 'b' }), vms: there })).toHaveLength(1);
  });

  it('is an orphan where the operator did not end its clone', () => {
    const vms = [machine('vm-1', 'a')];
    expect(judge({ ledger, history: deleted(), vms, audit: [] })).toEqual([]);
    expect(judge({ ledger, history: deleted(), vms })).toHaveLength(2);
  });

  it('is left over where its clone never had a finalizer that anybody could take', () => {
    const vms = [machine('vm-1', 'a')];
    expect(judge({ ledger, history: deleted({}, {}, []), vms, audit: [] })).toHaveLength(2);
  });

  it('is gone where it was destroyed', () => {
    expect(judge({ ledger: new Diary().cloned('vm-1', 'a').done('Destroy_Task', 'vm-1'), history: deleted() })).toEqual(
      [],
    );
  });
});

describe('a clone that is not deleted', () => {
  const history = new Versions().add('LinkedClone', { uid: 'a' }, { status: LOST });
  const ledger = new Diary().cloned('vm-1', 'a');

  it('has its machine, whatever it says of it', () => {
    expect(judge({ ledger, history })).toEqual(['lab/a has no VM']);
    expect(judge({ ledger, history, vms: [machine('vm-1', 'a')] })).toEqual([]);
    const silent = new Versions().add('LinkedClone', { uid: 'a' });
    expect(judge({ ledger, history: silent })).toEqual(['lab/a has no VM']);
  });

  it('has none where somebody took it, or a restored vCenter forgot it', () => {
    expect(judge({ ledger: new Diary().cloned('vm-1', 'a').bySomebody('Destroy_Task', 'vm-1'), history })).toEqual([]);
    expect(judge({ ledger, history, restoredAt: [2] })).toEqual([]);
  });

  it('does not have one that nobody made', () => {
    expect(judge({ history })).toEqual(['lab/a says that it has a VM, and none was made for it']);
  });
});

describe('a snapshot of the operator', () => {
  const description = '[linkedclone.dev/owner=this-cluster/base]';
  const ledger = (): Diary =>
    new Diary().done('CreateSnapshot_Task', 'parent', { args: { description }, result: 'snapshot-1' });
  const snapshots = [{ moRef: 'snapshot-1', name: 'made', vm: 'parent', description }];
  const base = (deletionPolicy: string, type: 'MODIFIED' | 'DELETED', pinned = 'snapshot-1'): Versions =>
    new Versions().add(
      'BaseSnapshot',
      { uid: 'base' },
      { type, spec: { deletionPolicy }, status: { snapshot: { moRef: pinned } } },
    );

  it('goes with the base that it was made for, whichever another one is pinned to', () => {
    expect(judge({ ledger: ledger(), snapshots, history: base('Delete', 'MODIFIED') })).toEqual([]);
    expect(judge({ ledger: ledger(), snapshots, history: base('Retain', 'DELETED') })).toEqual([]);
    const other = base('Delete', 'DELETED').add(
      'BaseSnapshot',
      { uid: 'other' },
      { status: { snapshot: { moRef: 'snapshot-1' } } },
    );
    expect(judge({ ledger: ledger(), snapshots, history: other })).toEqual([
      'snapshot snapshot-1 is left over: its base base is gone',
    ]);
  });

  it('is one that its base is pinned to', () => {
    expect(judge({ ledger: ledger(), snapshots, history: base('Delete', 'MODIFIED', 'snapshot-9') })).toEqual([
      "snapshot snapshot-1 is left over: its base base isn't pinned to it",
    ]);
  });

  it("isn't what another client made with its description", () => {
    const replaced = new Diary().done('CreateSnapshot_Task', 'parent', {
      ...{ args: { description }, result: 'snapshot-1', user: SOMEBODY },
    });
    const mine = replaced.done('CreateSnapshot_Task', 'parent', { args: { description }, result: 'snapshot-9' });
    expect(judge({ ledger: mine, snapshots, history: base('Delete', 'DELETED') })).toEqual([]);
  });

  it('is one too many beside another one of its base', () => {
    const twice = ledger().done('CreateSnapshot_Task', 'parent', { args: { description }, result: 'snapshot-2' });
    const both = [...snapshots, { moRef: 'snapshot-2', name: 'made', vm: 'parent', description }];
    expect(judge({ ledger: twice, snapshots: both, history: base('Delete', 'MODIFIED') })).toEqual([
      'snapshot snapshot-2 is left over: base base has another one',
    ]);
  });
});
