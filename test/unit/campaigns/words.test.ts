// What counts as said in a story: that an object is made, changed by somebody or to go, not what the operator tells of it.
import { expect, it } from '@jest/globals';
import type { HistoryEntry, KnownObject } from '../../campaigns/harness/history.ts';
import { wordsOf } from '../../campaigns/harness/words.ts';

function entry(
  type: HistoryEntry['type'],
  version: number,
  metadata: Partial<KnownObject['metadata']> = {},
  status: KnownObject['status'] = {},
): HistoryEntry {
  const common = { name: 'one', namespace: 'lab', uid: 'u1', generation: 1 };
  const object = {
    kind: 'LinkedClone',
    metadata: { ...common, resourceVersion: String(version), ...metadata },
    ...{ spec: {}, status },
  };
  return { type, at: version, object };
}

it('tells makings, changes and deletions of the story and its namespace, in the order of versions', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const entries = [
    entry('ADDED', 3, { name: 'before', uid: 'u0' }),
    entry('ADDED', 12),
    entry('MODIFIED', 13, {}, { phase: 'said by the operator' }),
    entry('MODIFIED', 14, { generation: 2 }),
    entry('MODIFIED', 15, { generation: 2, annotations: { protect: 'yes' } }),
    entry('MODIFIED', 16, { generation: 3, annotations: { protect: 'yes' }, deletionTimestamp }),
    entry('MODIFIED', 17, { generation: 3, annotations: { protect: 'yes' }, deletionTimestamp, finalizers: [] }),
    entry('DELETED', 18, { generation: 3, deletionTimestamp }),
    entry('ADDED', 20, { uid: 'u2' }),
    entry('ADDED', 21, { namespace: 'lab-keep', uid: 'u3' }),
    entry('MODIFIED', 11, { name: 'before', uid: 'u0', generation: 2 }),
  ];
  expect(wordsOf(entries, '10', 'lab').map(({ name, what, version }) => `${version} ${name} ${what}`)).toEqual([
    '11 before changed',
    '12 one made',
    '14 one changed',
    '15 one changed',
    '16 one deleted',
    '20 one made',
  ]);
});
