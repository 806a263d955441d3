// The oracles of orphans and of adoptions: when a machine without an object may go, and what a clone may take over.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { HistoryEntry } from '../../campaigns/harness/history.ts';
import type { Scan } from '../../campaigns/harness/scans.ts';
import type { Witnessed } from '../../campaigns/harness/witness.ts';
import { rightAdoption } from '../../campaigns/oracles/adoption.ts';
import { orphansInTime } from '../../campaigns/oracles/orphans.ts';
import { wrongDeletion } from '../../campaigns/oracles/ownership.ts';

const USER = 'operator@vsphere.local';
const GONE_AT = 100_000;
const CLUSTER = 'this-cluster';

function version(type: HistoryEntry['type'], at: number, object: object): HistoryEntry {
  return { type, at, object } as unknown as HistoryEntry;
}

function vCenter(orphanPolicy: string, at = 0): HistoryEntry {
  const spec = { orphanPolicy, orphanGraceSeconds: 4 };
  return version('MODIFIED', at, { kind: 'VCenter', metadata: { name: 'vc', uid: 'vc-uid' }, spec });
}

function clone(type: HistoryEntry['type'], uid: string, at: number, spec: object = {}): HistoryEntry {
  const object = { kind: 'LinkedClone', metadata: { name: uid, uid }, spec, status: { vCenter: { name: 'vc' } } };
  return version(type, at, object);
}

function entry(seq: number, phase: string, method: string, more: object): Evidence['ledger'][number] {
  const about = { seq, phase, method, operationId: `op-${seq}`, user: USER, args: {}, task: `task-${seq}` };
  return { ...about, ...more } as Evidence['ledger'][number];
}

const MADE = entry(1, 'end', 'CloneVM_Task', { target: 'vm-1', result: 'vm-10', args: { instanceUuid: 'old' } });

/** Each takes a moment. */
function scan(from: number, found: Readonly<Record<string, number>> = {}): Scan {
  return { from, to: from + 10, foundAt: new Map(Object.entries(found)) };
}

function destroyedAt(at: number, history: readonly HistoryEntry[], scans: readonly Scan[]): Evidence {
  const ledger = [MADE, entry(2, 'call', 'Destroy_Task', { target: 'vm-10' })];
  return { ledger, history, scans, deletes: [], witnessed: [], arrivedAt: () => at } as unknown as Evidence;
}

describe('an orphan', () => {
  const gone = [clone('ADDED', 'old', 10), clone('DELETED', 'old', GONE_AT)];
  const scans = [scan(GONE_AT + 100), scan(GONE_AT + 1_100)];

  it('may go after its grace and two scans, under Delete', () => {
    const evidence = destroyedAt(GONE_AT + 4_000, [vCenter('Delete'), ...gone], scans);
    expect([orphansInTime.check(evidence), wrongDeletion.check(evidence)]).toEqual([[], []]);
  });

  it('was found by a scan that began before its object went, and asked for that after it', () => {
    const early = [scan(GONE_AT - 900, { 'vm-10': GONE_AT - 300 }), scan(GONE_AT + 1_100)];
    expect(orphansInTime.check(destroyedAt(GONE_AT + 4_000, [vCenter('Delete'), ...gone], early))).toEqual([]);
    const before = [scan(GONE_AT - 900, { 'vm-10': GONE_AT - 600 }), scan(GONE_AT + 1_100)];
    const evidence = destroyedAt(GONE_AT + 4_000, [vCenter('Delete'), ...gone], before);
    expect(orphansInTime.check(evidence)).toEqual([expect.stringContaining('after 1 scan')]);
  });

  it.each<[string, number, readonly Scan[], string, string]>([
    ['before its grace is over', 3_000, scans, 'Delete', 'with a grace of 4000 ms'],
    ['after one scan', 4_000, [scan(GONE_AT - 5_000), scan(GONE_AT + 100)], 'Delete', 'after 1 scan'],
    [
      'after one scan and one that found another',
      4_000,
      [scan(GONE_AT - 600, { 'vm-11': GONE_AT }), scan(GONE_AT + 100)],
      'Delete',
      'after 1 scan',
    ],
    ['under Report', 4_000, scans, 'Report', 'which was to be reported alone'],
  ])('may not go %s', (_, after, seen, policy, says) => {
    const evidence = destroyedAt(GONE_AT + after, [vCenter(policy), ...gone], seen);
    expect(orphansInTime.check(evidence)).toEqual([expect.stringContaining(says)]);
  });

  it('is none while its object is there, or under Report: nobody asked for that deletion', () => {
    const there = destroyedAt(GONE_AT + 9_000, [vCenter('Delete'), clone('ADDED', 'old', 10)], scans);
    const kept = destroyedAt(GONE_AT + 9_000, [vCenter('Report'), ...gone], scans);
    for (const evidence of [there, kept])
      expect(wrongDeletion.check(evidence)).toEqual([expect.stringContaining('whose object was never deleted')]);
  });
});

describe('an adoption', () => {
  const SEEN: Witnessed = {
    ...{
      at: 5_000,
      operationId: 'op-2',
      method: 'ReconfigVM_Task',
      target: 'vm-20',
      name: 'by-hand',
      instanceUuid: 'by-hand-uuid',
    },
    ...{ chains: [2], homes: ['[ds] by-hand/'], marker: undefined, asksFor: undefined },
  };

  function adopted(seen: Partial<Witnessed>, more: readonly HistoryEntry[] = [], asked: object | false = {}): Evidence {
    const marker = JSON.stringify({ cluster: CLUSTER, uid: 'new', instanceUuid: 'by-hand-uuid' });
    const spec = asked === false ? {} : { adopt: { instanceUuid: 'by-hand-uuid', ...asked } };
    return {
      clusterId: CLUSTER,
      ledger: [MADE, entry(2, 'call', 'ReconfigVM_Task', { target: 'vm-20', args: { marker } })],
      history: [clone('ADDED', 'new', 10, spec), ...more],
      witnessed: [{ ...SEEN, ...seen }],
      scans: [],
      arrivedAt: () => 5_000,
    } as unknown as Evidence;
  }
  const markedBy = (uid: string, cluster = CLUSTER, state?: string): Partial<Witnessed> => ({
    marker: { cluster, uid, instanceUuid: 'by-hand-uuid', ...(state === undefined ? {} : { state }) },
  });
  const there = clone('ADDED', 'old', 10);

  it.each<[string, Evidence]>([
    ["nobody's", adopted({})],
    ['of an object that is gone', adopted(markedBy('old'), [there, clone('DELETED', 'old', 4_000)])],
    ['that was let go', adopted(markedBy('old', CLUSTER, 'released'), [there])],
    ['of another cluster, by its id', adopted(markedBy('old', 'another'), [], { clusterId: 'another' })],
    ['with a copied mark', adopted({ marker: { cluster: CLUSTER, uid: 'old', instanceUuid: 'another' } }, [there])],
  ])('is right of a machine %s', (_, evidence) => {
    expect([rightAdoption.check(evidence), wrongDeletion.check(evidence)]).toEqual([[], []]);
  });

  it.each<[string, Evidence, string]>([
    ['that nobody asked for', adopted({}, [], false), 'never asked for it'],
    ['that another clone has', adopted(markedBy('old'), [there]), 'it belongs to old'],
    ['of another cluster', adopted(markedBy('old', 'another')), 'it is of another cluster'],
    ['that is a full copy', adopted({ chains: [1] }), "it isn't a linked clone"],
    ['with a disk of somebody', adopted({ homes: ['[ds] a/', '[ds] b/'] }), 'it has disks of others'],
  ])('is wrong of a machine %s', (_, evidence, says) => {
    expect(rightAdoption.check(evidence)).toEqual([expect.stringContaining(says)]);
    expect(wrongDeletion.check(evidence)).toEqual([expect.stringContaining("isn't a VM that the operator made")]);
  });
});
