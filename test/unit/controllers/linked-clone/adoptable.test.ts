// What a marker alone forbids: another cluster that isn't named, another namespace. All else is asked live.
import { describe, expect, it } from '@jest/globals';
import { whyByMarker } from '../../../../src/controllers/linked-clone/adoptable.ts';
import type { Marker } from '../../../../src/controllers/vcenter/marker.ts';

const OWN = { cluster: 'c1', namespace: 'lab', uid: 'new' };
const MARKER: Marker = { cluster: 'c1', namespace: 'lab', name: 'old', uid: 'old', instanceUuid: 'u' };
const ADOPT = { instanceUuid: 'u' };

describe('whyByMarker', () => {
  it.each<[string, Partial<Marker>, { clusterId?: string }, string | undefined]>([
    ['of an object of this namespace', {}, {}, undefined],
    ['of a retained one', { state: 'retained' }, {}, undefined],
    ['of another namespace', { namespace: 'tenant' }, {}, 'was made for another namespace'],
    ['of another namespace, with a cluster named', { namespace: 'tenant' }, { clusterId: 'c1' }, 'another namespace'],
    ['of this object already', { uid: 'new', namespace: 'lab' }, {}, undefined],
    ['of another cluster', { cluster: 'c2' }, {}, 'was made by another cluster, c2'],
    ['of another cluster, with a third named', { cluster: 'c2' }, { clusterId: 'c3' }, 'another cluster, c2'],
    ['of another cluster, named', { cluster: 'c2' }, { clusterId: 'c2' }, undefined],
    ['of another cluster, with this UID', { cluster: 'c2', uid: 'new' }, {}, 'another cluster, c2'],
  ])('%s', (_, marker, adopt, why) => {
    const answer = whyByMarker({ ...MARKER, ...marker }, OWN, { ...ADOPT, ...adopt });
    if (why === undefined) expect(answer).toBeUndefined();
    else expect(answer).toContain(why);
  });
});
