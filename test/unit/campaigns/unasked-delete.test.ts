// The oracle of deletes that no set asked for: which object of a name a request was about, and what a set may do besides.
import { describe, expect, it } from '@jest/globals';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { HistoryEntry, KnownObject } from '../../campaigns/harness/history.ts';
import { scaleDownAsked } from '../../campaigns/oracles/scale-down.ts';

const SET_UID = 'set-uid';
const NAME_CONFLICT = { type: 'Ready', status: 'False', reason: 'NameConflict' };
const BEGUN = { operation: { type: 'Clone' } };

let version = 0;

function seen(object: Pick<KnownObject, 'kind' | 'spec' | 'status'>, metadata: object, at = 0): HistoryEntry {
  version += 1;
  const full = { ...object, metadata: { namespace: 'lab', resourceVersion: String(version), ...metadata } };
  return { type: 'MODIFIED', at, object: full } as unknown as HistoryEntry;
}

function setWith(spec: Record<string, unknown>): HistoryEntry {
  return seen({ kind: 'LinkedCloneSet', spec }, { name: 'web', uid: SET_UID });
}

/** A clone of the set as it was first seen, and as it was marked for deletion at `at`. */
function deleted(uid: string, status: Record<string, unknown>, at: number, owned = true): HistoryEntry[] {
  const ownerReferences = owned ? [{ kind: 'LinkedCloneSet', name: 'web', uid: SET_UID }] : [];
  const metadata = { name: 'web-2', uid, ownerReferences };
  const clone = { kind: 'LinkedClone', spec: {}, status };
  return [seen(clone, metadata), seen(clone, { ...metadata, deletionTimestamp: '2026-11-22T02:54:40Z' }, at)];
}

function judge(history: readonly HistoryEntry[], at: number): readonly string[] {
  const audit = [{ verb: 'delete', resource: 'linkedclones', namespace: 'lab', name: 'web-2', code: 200, at }];
  return scaleDownAsked.check({ history, audit } as unknown as Evidence);
}

describe('a delete of a clone that its set wants', () => {
  it('is found also where somebody deleted another of that name within the same second', () => {
    const history = [setWith({ replicas: 1 }), ...deleted('a', {}, 4_500, false), ...deleted('b', BEGUN, 5_010)];
    expect(judge(history, 5_000)).toEqual(['lab/web-2 was deleted while its set wanted 1 and had 1']);
  });

  it('is found where its mark is heard of late', () => {
    expect(judge([setWith({ replicas: 1 }), ...deleted('a', BEGUN, 6_500)], 5_000)).toHaveLength(1);
  });

  it('is found where no mark was ever heard of', () => {
    expect(judge([setWith({ replicas: 1 })], 5_000)).toEqual([
      'lab/web-2 was deleted, and no version of it that was on its way out was seen',
    ]);
  });

  it('is none where it was on its way out already', () => {
    expect(judge([setWith({ replicas: 1 }), ...deleted('a', BEGUN, 3_000)], 5_000)).toEqual([]);
  });

  it('is asked for where its name is taken and the set takes the next one, and nowhere else', () => {
    const clone = deleted('b', { ...BEGUN, conditions: [NAME_CONFLICT] }, 5_010);
    const next = setWith({ replicas: 1, provisioning: { onNameConflict: 'NextOrdinal' } });
    const inOrder = (set: HistoryEntry): HistoryEntry[] => [{ ...set, object: first(set.object) }, ...clone];
    expect(judge(inOrder(next), 5_000)).toEqual([]);
    expect(judge(inOrder(setWith({ replicas: 1 })), 5_000)).toHaveLength(1);
  });
});

/** Written before everything else. */
function first(object: KnownObject): KnownObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '0' } };
}
