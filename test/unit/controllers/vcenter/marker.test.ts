// The ownership marker: what is written is read again, what isn't ours is nothing, and a VM is ours only by cluster, UID and
// its own instanceUuid together.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Marker } from '../../../../src/controllers/vcenter/marker.ts';
import { formatMarker, ownershipOf, parseMarker } from '../../../../src/controllers/vcenter/marker.ts';

const MARKER: Marker = { cluster: 'cluster-1', namespace: 'lab', name: 'web-1', uid: 'uid-1', instanceUuid: 'uuid-1' };

describe('formatMarker and parseMarker', () => {
  it('give back any marker, also with quotes, braces and other scripts in it', () => {
    const text = fc.string({ unit: 'binary' });
    const marker = fc.record(
      {
        cluster: text,
        namespace: text,
        name: text,
        uid: text,
        instanceUuid: text,
        state: fc.constantFrom<NonNullable<Marker['state']>>('retained', 'released'),
      },
      { requiredKeys: ['cluster', 'namespace', 'name', 'uid', 'instanceUuid'] },
    );
    fc.assert(
      fc.property(marker, (any) => {
        expect(parseMarker(formatMarker(any))).toEqual(any);
      }),
    );
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a number', 42],
    ['a text', 'owned by somebody'],
    ['broken JSON', '{"cluster":'],
    ['a list', '[]'],
    ['JSON null', 'null'],
    ['an empty object', '{}'],
    ['one without the instanceUuid', JSON.stringify({ ...MARKER, instanceUuid: undefined })],
    ['one with a UID that is no text', JSON.stringify({ ...MARKER, uid: 1 })],
  ])('take %s for no marker', (_, value) => {
    expect(parseMarker(value)).toBeUndefined();
  });

  it('keep only what is known of a marker with more in it', () => {
    expect(parseMarker(JSON.stringify({ ...MARKER, state: 'sold', more: true }))).toEqual(MARKER);
  });

  it('never throw, whatever the value is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (value) => {
        const marker = parseMarker(value);
        expect(marker === undefined || typeof marker.uid === 'string').toBe(true);
      }),
    );
  });
});

describe('ownershipOf', () => {
  const own = { marker: MARKER, instanceUuid: 'uuid-1' };
  it.each<[string, Parameters<typeof ownershipOf>[0], string]>([
    ['marker and uuid fit', own, 'ours'],
    ['it was retained by its own object', { ...own, marker: { ...MARKER, state: 'retained' } }, 'ours'],
    ['the uuid is another: somebody cloned our clone', { ...own, instanceUuid: 'uuid-2' }, 'copy'],
    ['the uuid is not known', { ...own, instanceUuid: undefined }, 'copy'],
    ['the marker is of another object', { ...own, marker: { ...MARKER, uid: 'uid-2' } }, 'other'],
    ['the marker is of another cluster', { ...own, marker: { ...MARKER, cluster: 'cluster-2' } }, 'other'],
    ['there is no marker, though the uuid fits', { marker: undefined, instanceUuid: 'uuid-1' }, 'other'],
  ])('when %s', (_, vm, expected) => {
    expect(ownershipOf(vm, 'cluster-1', 'uid-1')).toBe(expected);
  });

  it('is "ours" for no VM that differs in any of the three', () => {
    const one = fc.constantFrom('a', 'b');
    fc.assert(
      fc.property(one, one, one, one, (cluster, uid, inMarker, itsOwn) => {
        const marker = { ...MARKER, cluster, uid, instanceUuid: inMarker };
        const ours = ownershipOf({ marker, instanceUuid: itsOwn }, 'a', 'a') === 'ours';
        expect(ours).toBe(cluster === 'a' && uid === 'a' && inMarker === itsOwn);
      }),
    );
  });
});
