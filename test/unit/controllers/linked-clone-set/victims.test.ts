// Who goes first when a set is scaled down: the order that is documented, ties included, and protected clones never.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LinkedClone, ScaleDownOrder } from '../../../../src/api/types.generated.ts';
import { ANNOTATIONS, LABELS } from '../../../../src/api/identifiers.ts';
import { orderVictims } from '../../../../src/controllers/linked-clone-set/plan.ts';
import { condition, linkedCloneSet, webClone } from '../support/objects.ts';

const CURRENT = { [LABELS.revision]: 'web-new' };
const OUTDATED = { [LABELS.revision]: 'web-old' };
const SET = linkedCloneSet({ status: { updateRevision: 'web-new' } });

function names(set: typeof SET, clones: readonly LinkedClone[]): string[] {
  return orderVictims(set, clones).map((clone) => clone.metadata.name);
}

/** One clone of each rank; the ordinals run against the ranks, so that a dropped rank shows. */
const RANKED: [string, LinkedClone][] = [
  ['marked to go first', webClone(1, { labels: CURRENT, annotations: { [ANNOTATIONS.deleteFirst]: '' } })],
  [
    'lost',
    webClone(2, {
      labels: CURRENT,
      conditions: [condition('Ready', 'False', 'Lost'), condition('Lost', 'True', 'VirtualMachineGone')],
    }),
  ],
  ['failed', webClone(3, { labels: CURRENT, conditions: [condition('Ready', 'False', 'CustomizationFailed')] })],
  ['not up to date', webClone(4, { labels: OUTDATED })],
  ['not ready', webClone(5, { labels: CURRENT, conditions: [condition('Ready', 'False', 'Booting')] })],
  ['ready', webClone(6, { labels: CURRENT })],
];

describe('orderVictims', () => {
  it('takes marked, lost, failed, outdated and unready clones before ready ones, in any order given', () => {
    const expected = RANKED.map(([, clone]) => clone.metadata.name);
    const all = RANKED.map(([, clone]) => clone);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (clones) => {
        expect(names(SET, clones)).toEqual(expected);
      }),
    );
  });

  it.each(RANKED.slice(0, -1).map(([what, clone], rank) => ({ what, clone, next: RANKED[rank + 1]?.[1] })))(
    'takes one that is $what before the next in line',
    ({ clone, next }) => {
      const [first] = orderVictims(SET, next === undefined ? [clone] : [next, clone]);
      expect(first).toBe(clone);
    },
  );

  it.each([
    [
      'Stalled, whatever for',
      [condition('Ready', 'False', 'AccessDenied'), condition('Stalled', 'True', 'AccessDenied')],
    ],
    ['its clone failed', [condition('Ready', 'False', 'CloneFailed')]],
    ['the datastore is full', [condition('Ready', 'False', 'NoDiskSpace')]],
    ['it did not become ready in time', [condition('Ready', 'False', 'ReadinessTimeout')]],
  ])('counts a clone as failed when %s', (_, conditions) => {
    expect(
      names(SET, [
        webClone(9, { labels: CURRENT, conditions: [condition('Ready', 'False', 'Booting')] }),
        webClone(1, { labels: CURRENT, conditions }),
      ])[0],
    ).toBe('web-1');
  });

  it.each(['VCenterNotReady', 'BaseSnapshotNotReady'])(
    'does not count a clone as failed that is Stalled with what it stands on: %s',
    (reason) => {
      const conditions = [condition('Ready', 'False', reason), condition('Stalled', 'True', reason)];
      expect(
        names(SET, [
          webClone(1, { labels: CURRENT, conditions }),
          webClone(9, { labels: CURRENT, conditions: [condition('Ready', 'False', 'Booting')] }),
        ])[0],
      ).toBe('web-9');
    },
  );

  const aged = [
    webClone(1, { created: '2026-01-03T00:00:00Z' }),
    webClone(2, { created: '2026-01-01T00:00:00Z' }),
    webClone(10, { created: '2026-01-02T00:00:00Z' }),
    webClone(3, { created: '2026-01-02T00:00:00Z' }),
  ];
  it.each<[ScaleDownOrder | undefined, string[]]>([
    [undefined, ['web-10', 'web-3', 'web-2', 'web-1']],
    ['HighestOrdinal', ['web-10', 'web-3', 'web-2', 'web-1']],
    ['Newest', ['web-1', 'web-10', 'web-3', 'web-2']],
    ['Oldest', ['web-2', 'web-10', 'web-3', 'web-1']],
  ])('of equals takes by %s, ordinals as numbers, and the highest of the same age', (order, expected) => {
    const set = linkedCloneSet({ spec: order === undefined ? {} : { scaleDown: { order } } });
    expect(names(set, aged)).toEqual(expected);
  });

  it('goes by readiness before age', () => {
    const unready = webClone(1, {
      created: '2026-01-01T00:00:00Z',
      conditions: [condition('Ready', 'False', 'Cloning')],
    });
    const set = linkedCloneSet({ spec: { scaleDown: { order: 'Newest' } } });
    expect(names(set, [webClone(2, { created: '2026-01-09T00:00:00Z' }), unready])[0]).toBe('web-1');
  });

  it.each([
    ['', false],
    ['true', false],
    ['false', true],
  ])('a clone annotated protect=%j is a victim: %s', (value, victim) => {
    const clone = webClone(1, { annotations: { [ANNOTATIONS.protect]: value } });
    expect(names(SET, [clone])).toEqual(victim ? ['web-1'] : []);
  });

  it('never has a protected clone among the victims, whatever else is true of it', () => {
    const protectedOne = fc.record({
      rank: fc.nat(RANKED.length - 1),
      first: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(protectedOne, { maxLength: 6 }), (all) => {
        const clones = all.map(({ rank, first }, n) => {
          const model = RANKED[rank]?.[1] as LinkedClone;
          const annotations = { [ANNOTATIONS.protect]: '', ...(first && { [ANNOTATIONS.deleteFirst]: '' }) };
          return { ...model, metadata: { ...model.metadata, name: `web-${n + 20}`, annotations } };
        });
        expect(names(SET, [...clones, webClone(1, { labels: CURRENT })])).toEqual(['web-1']);
      }),
    );
  });
});
