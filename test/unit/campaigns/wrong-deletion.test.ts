// The oracle of calls that hit what they mustn't: whose a snapshot is the call that made it says, a set's word counts for its
// clones, and a machine whose object is gone is nobody's.
import { describe, expect, it } from '@jest/globals';
import { wrongDeletion } from '../../campaigns/oracles/ownership.ts';
import { Diary, SOMEBODY, Versions, evidenceOf, hit, machine } from './made-up.ts';
import type { MadeUp } from './made-up.ts';

const DELETED = '1970-01-01T00:00:01Z';

function judge(evidence: MadeUp): readonly string[] {
  return wrongDeletion.check(evidenceOf(evidence));
}

describe('a snapshot that is removed', () => {
  const ledger = new Diary()
    .done('CreateSnapshot_Task', 'parent', {
      args: { description: 'for labs\n[linkedclone.dev/owner=this-cluster/own]' },
      result: 'snapshot-1',
    })
    .call('RemoveSnapshot_Task', 'snapshot-1');
  const wanted = { spec: { deletionPolicy: 'Delete' }, status: { snapshot: { moRef: 'snapshot-1' } } };

  it('is that of the base that it was made for, and not of one that is pinned to it', () => {
    const deleted = (uid: string): Versions =>
      new Versions()
        .add('BaseSnapshot', { uid: 'own' }, { ...wanted, status: {} })
        .add('BaseSnapshot', { uid, deletionTimestamp: DELETED }, { ...wanted, at: 1000 });
    expect(judge({ ledger, history: deleted('own') })).toEqual([]);
    expect(judge({ ledger, history: deleted('other') })).toEqual([
      'ledger 3: RemoveSnapshot_Task snapshot-1, made for base own, which was never deleted',
    ]);
  });

  it('is to be kept where its base was released, or was to retain it at last', () => {
    const released = new Versions().add(
      'BaseSnapshot',
      { uid: 'own', deletionTimestamp: DELETED, annotations: { 'linkedclone.dev/release': 'own' } },
      { ...wanted, at: 1000 },
    );
    const retained = new Versions()
      .add('BaseSnapshot', { uid: 'own', deletionTimestamp: DELETED }, { ...wanted, at: 1000 })
      .add(
        'BaseSnapshot',
        { uid: 'own', deletionTimestamp: DELETED },
        { spec: { deletionPolicy: 'Retain' }, at: 2000 },
      );
    expect(judge({ ledger, history: released })[0]).toContain('which was released');
    expect(judge({ ledger, history: retained })[0]).toContain('which was to be retained');
  });
});

describe('snapshots of others', () => {
  const asked = new Versions().add(
    'BaseSnapshot',
    { uid: 'own', deletionTimestamp: DELETED },
    { spec: { deletionPolicy: 'Delete' }, at: 1000 },
  );
  const made = (): Diary =>
    new Diary().done('CreateSnapshot_Task', 'parent', {
      args: { description: '[linkedclone.dev/owner=this-cluster/own]' },
      result: 'snapshot-1',
    });

  it('do not go with one that they were taken on', () => {
    const removed = (removeChildren: boolean): readonly string[] =>
      judge({ ledger: made().call('RemoveSnapshot_Task', 'snapshot-1', { args: { removeChildren } }), history: asked });
    expect(removed(false)).toEqual([]);
    expect(removed(true)).toEqual(['ledger 3: RemoveSnapshot_Task snapshot-1, with all that were taken on top of it']);
  });

  it('do not go with all of a machine, though the operator made that', () => {
    const all = new Diary().cloned('vm-1', 'a').call('RemoveAllSnapshots_Task', 'vm-1');
    expect(judge({ ledger: all })).toEqual(['ledger 3: RemoveAllSnapshots_Task vm-1, whoever took them']);
  });
});

describe('a machine whose object is gone', () => {
  /** Its clone was deleted and gone after three seconds. */
  const gone = (spec: Record<string, unknown>): Versions =>
    new Versions()
      .add('LinkedClone', { uid: 'a', deletionTimestamp: DELETED }, { spec, at: 1000 })
      .add('LinkedClone', { uid: 'a', deletionTimestamp: DELETED }, { spec, at: 3000, type: 'DELETED' });
  const kept = gone({ deletionPolicy: 'Retain' });
  const made = (): Diary => new Diary().cloned('vm-1', 'a').done('PowerOnVM_Task', 'vm-1');

  it('is not powered, reconfigured or destroyed any more', () => {
    for (const method of ['PowerOnVM_Task', 'PowerOffVM_Task', 'ReconfigVM_Task', 'Rename_Task', 'Destroy_Task'])
      expect(judge({ ledger: made().call(method, 'vm-1'), history: kept })).toEqual([
        `ledger 5: ${method} vm-1, the VM of a, after its object was gone`,
      ]);
  });

  it('may be marked as let go so late, where it was', () => {
    const marked = made().call('ReconfigVM_Task', 'vm-1', { args: { marker: '{"uid":"a","state":"released"}' } });
    expect(judge({ ledger: marked, history: kept })).toEqual([]);
    expect(judge({ ledger: marked, history: gone({}) })).toHaveLength(1);
  });

  it('may still go where nobody let it go: then another oracle says when', () => {
    expect(judge({ ledger: made().call('Destroy_Task', 'vm-1'), history: gone({}) })).toEqual([]);
  });
});

describe('a machine that is powered off', () => {
  /** It was to be off from the fourth second on, and to be on again from the sixth. The call is the third of the ledger. */
  const changed = new Versions()
    .add('LinkedClone', { uid: 'a' }, { spec: { powerPolicy: 'AlwaysOn' } })
    .add('LinkedClone', { uid: 'a' }, { spec: { powerPolicy: 'Off' }, at: 4000 })
    .add('LinkedClone', { uid: 'a' }, { spec: { powerPolicy: 'AlwaysOn' }, at: 6000 });
  const off = (at: number, more: MadeUp = {}): readonly string[] =>
    judge({
      ledger: new Diary().cloned('vm-1', 'a').call('PowerOffVM_Task', 'vm-1'),
      ...{ history: changed, arrivedAt: () => at, ...more },
    });
  const WRONG =
    'ledger 3: PowerOffVM_Task vm-1, the VM of a, whose object was never deleted; nor was the machine to be off then';

  it('was to be off by a version of that moment', () => {
    expect([off(3600), off(4000), off(5000), off(7900)]).toEqual([[], [], [], []]);
  });

  it('was not to be off yet, or any more', () => {
    expect([off(3000), off(8100), off(60_000)]).toEqual([[WRONG], [WRONG], [WRONG]]);
    expect(off(5000, { history: new Versions().add('LinkedClone', { uid: 'a' }) })).toEqual([WRONG]);
  });

  it('may be so late where a plan held the call up', () => {
    const witnessed = (cameAt: number): MadeUp => ({
      witnessed: [hit(3, 'PowerOffVM_Task', 'vm-1', { at: 9000, cameAt, instanceUuid: 'a' })],
    });
    expect(off(9000, witnessed(5000))).toEqual([]);
    expect(off(9000, witnessed(9000))).toEqual([WRONG]);
  });

  it('may be on its way out', () => {
    const history = new Versions().add('LinkedClone', { uid: 'a', deletionTimestamp: DELETED }, { at: 1000 });
    expect(off(60_000, { history })).toEqual([]);
  });
});

describe('a machine whose object is paused', () => {
  /** Deleted after a second; paused from the third second to the sixth. The call is the third of the ledger. */
  const deleted = { uid: 'a', deletionTimestamp: DELETED };
  const history = new Versions()
    .add('LinkedClone', deleted, { at: 1000 })
    .add('LinkedClone', deleted, { spec: { paused: true, powerPolicy: 'Off' }, at: 3000 })
    .add('LinkedClone', deleted, { spec: { paused: false }, at: 6000 });
  const called = (method: string, at: number): readonly string[] =>
    judge({ ledger: new Diary().cloned('vm-1', 'a').call(method, 'vm-1'), history, arrivedAt: () => at });

  it('is not powered off or destroyed', () => {
    for (const method of ['PowerOffVM_Task', 'ShutdownGuest', 'Destroy_Task', 'RevertToCurrentSnapshot_Task'])
      expect(called(method, 5200)).toEqual([`ledger 3: ${method} vm-1, the VM of a, which was paused`]);
  });

  it('may be by what was wanted right before, or a moment later', () => {
    expect([called('Destroy_Task', 4900), called('Destroy_Task', 5600)]).toEqual([[], []]);
    expect(called('PowerOffVM_Task', 2000)).toEqual([]);
  });
});

describe('a machine that an object says is its own', () => {
  const own = (moRef: string, spec: Record<string, unknown> = {}): Versions =>
    new Versions().add('LinkedClone', { uid: 'a' }, { spec, status: { vm: { moRef } } });
  const others = { ...machine('vm-9', 'theirs'), marker: null };

  it('was made for it', () => {
    expect(judge({ ledger: new Diary().cloned('vm-1', 'a'), history: own('vm-1') })).toEqual([]);
    expect(judge({ ledger: new Diary().cloned('vm-1', 'b'), history: own('vm-1') })).toEqual([
      'lab/a (a) took vm-1 over, the VM of b',
    ]);
  });

  it('is no machine of a stranger, whoever made that', () => {
    const cloned = new Diary().done('CloneVM_Task', 'parent', { user: SOMEBODY, result: 'vm-9' });
    expect(judge({ ledger: cloned, history: own('vm-9') })).toEqual([
      'lab/a (a) took vm-9 over, the VM of nobody here',
    ]);
    expect(judge({ vms: [others], history: own('vm-9') })).toEqual(['lab/a (a) took vm-9 over, the VM of theirs']);
  });

  it('may be what it was told to take over, or its own under another reference', () => {
    expect(judge({ vms: [others], history: own('vm-9', { adopt: { instanceUuid: 'theirs' } }) })).toEqual([]);
    const again = new Diary().cloned('vm-1', 'a').bySomebody('UnregisterVM', 'vm-1');
    expect(judge({ ledger: again, vms: [machine('vm-2', 'a')], history: own('vm-2') })).toEqual([]);
    expect(judge({ ledger: again, history: own('vm-3') })).toEqual([]); // nothing is known of it
  });
});

describe('a machine of a set that retains its clones', () => {
  const clone = (deletionTimestamp: string): MadeUp => ({
    ledger: new Diary().cloned('vm-1', 'a').call('Destroy_Task', 'vm-1'),
    history: new Versions()
      .add(
        'LinkedCloneSet',
        { uid: 'set', deletionTimestamp: '1970-01-01T00:00:02Z' },
        { spec: { retentionPolicy: { whenDeleted: 'Retain' } } },
      )
      .add(
        'LinkedClone',
        { uid: 'a', deletionTimestamp, ownerReferences: [{ kind: 'LinkedCloneSet', name: 'set', uid: 'set' }] },
        { at: 2000 },
      ),
  });

  it('is not destroyed with it, only before it', () => {
    expect(judge(clone('1970-01-01T00:00:02Z'))[0]).toContain('which was to be retained by its set');
    expect(judge(clone('1970-01-01T00:00:01Z'))).toEqual([]);
  });
});
