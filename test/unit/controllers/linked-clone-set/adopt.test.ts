// Which clones a set takes over: ownerless, with its label and name, on its base; nothing else, and nothing it let go itself.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { adoptable } from '../../../../src/controllers/linked-clone-set/adopt.ts';
import { linkedClone, linkedCloneSet } from '../support/objects.ts';

const SET = linkedCloneSet({ spec: { adopt: 'Ownerless' } });
const LABELS = { 'linkedclone.dev/set': 'web' };

type Fields = Partial<Parameters<typeof linkedClone>[0]>;

function clone(fields: Fields = {}): LinkedClone {
  return linkedClone({ name: 'web-1', labels: LABELS, ...fields });
}

function names(clones: readonly LinkedClone[], set = SET): string[] {
  return adoptable(set, clones).map(({ metadata }) => metadata.name);
}

describe('adoptable', () => {
  it('takes ownerless clones, lowest ordinal first', () => {
    expect(names([clone({ name: 'web-10' }), clone({ name: 'web-2' }), clone()])).toEqual(['web-1', 'web-2', 'web-10']);
  });

  it.each<[string, Fields]>([
    ['has an owner', { owner: { uid: 'other', name: 'other' } }],
    ['is being deleted', { deleted: true }],
    ['was let go: it has no label', { labels: {} }],
    ['has the label of another set', { labels: { 'linkedclone.dev/set': 'db' } }],
    ['is to be let go', { annotations: { 'linkedclone.dev/detach': 'true' } }],
    ['has another name', { name: 'other-1' }],
    ['is in another namespace', { namespace: 'tenant' }],
    ['stands on another base', { spec: { baseSnapshotRef: { name: 'linux' } } }],
  ])('leaves one that %s', (_, fields) => {
    expect(names([clone(fields)])).toEqual([]);
  });

  it('takes none for a set that does not ask for it', () => {
    expect(names([clone()], linkedCloneSet())).toEqual([]);
    expect(names([clone()], linkedCloneSet({ spec: { adopt: 'None' } }))).toEqual([]);
  });
});
