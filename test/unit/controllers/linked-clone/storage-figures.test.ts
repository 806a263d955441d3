// A clone's own bytes: unshared over all datastores, less the swap files that come and go with its power; written only when
// a figure changed.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storageFigures } from '../../../../src/controllers/linked-clone/storage-figures.ts';

const NOW = '2026-01-01T01:00:00Z';
const STORAGE = {
  perDatastoreUsage: [
    { committed: 900, unshared: 700 },
    { committed: 100, unshared: 50 },
  ],
};
const FILES = [
  { type: 'diskExtent', uniqueSize: 600 },
  { type: 'swap', uniqueSize: 100 },
  { type: 'uwswap', uniqueSize: 30 },
  { type: 'swap' },
];

describe('storageFigures', () => {
  it('sums the datastores and takes the swap files off', () => {
    expect(storageFigures({ storage: STORAGE, 'layoutEx.file': FILES }, undefined, NOW)).toEqual({
      committedBytes: 1000,
      unsharedBytes: 620,
      delta: '620 B',
      asOf: NOW,
    });
  });

  it('gives the delta as people read it', () => {
    const big = { perDatastoreUsage: [{ committed: 1, unshared: 139_586_437 }] };
    expect(storageFigures({ storage: big }, undefined, NOW)?.delta).toBe('133 MiB');
  });

  it('keeps what is stored, time included, while the figures are the same', () => {
    const stored = { committedBytes: 1000, unsharedBytes: 750, delta: '750 B', asOf: '2026-01-01T00:00:00Z' };
    expect(storageFigures({ storage: STORAGE }, stored, NOW)).toBe(stored);
    expect(storageFigures({ storage: STORAGE, 'layoutEx.file': FILES }, stored, NOW)).toMatchObject({
      unsharedBytes: 620,
      asOf: NOW,
    });
  });

  it.each([
    [{}],
    [{ storage: {} }],
    [{ storage: { perDatastoreUsage: [{ committed: 1 }] } }],
    [{ storage: { perDatastoreUsage: [{ committed: 1, unshared: 1 }, { unshared: 1 }] } }],
    [{ storage: { perDatastoreUsage: [{ committed: Number.NaN, unshared: 1e30 }] } }],
  ])('keeps what is stored where vCenter has no figures: %j', (properties) => {
    const stored = { committedBytes: 1, unsharedBytes: 1, delta: '1 B', asOf: '2026-01-01T00:00:00Z' };
    expect(storageFigures(properties, stored, NOW)).toBe(stored);
    expect(storageFigures(properties, undefined, NOW)).toBeUndefined();
  });

  it('is never less than nothing, also when the two reports are of different moments', () => {
    const file = fc.record({ type: fc.constantFrom('swap', 'uwswap', 'diskExtent'), uniqueSize: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 5 }), fc.nat(1000), (files, unshared) => {
        const storage = { perDatastoreUsage: [{ committed: 0, unshared }] };
        const figures = storageFigures({ storage, 'layoutEx.file': files }, undefined, NOW);
        expect(figures?.unsharedBytes).toBeGreaterThanOrEqual(0);
        expect(figures?.unsharedBytes).toBeLessThanOrEqual(unshared);
      }),
    );
  });
});
