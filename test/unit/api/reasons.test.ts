import { describe, expect, it } from '@jest/globals';
import { REASONS, findReason } from '../../../src/api/reasons.ts';
import type { Kind, ReasonOf } from '../../../src/api/reasons.ts';
import type { Reason } from '../../../src/api/reasons/reason.ts';
import { readCrds } from '../../../hack/crd/schema.ts';

const KINDS = Object.keys(REASONS) as Kind[];
const ROWS = KINDS.flatMap((kind) =>
  Object.entries<Readonly<Record<string, Reason>>>(REASONS[kind]).flatMap(([condition, reasons]) =>
    Object.entries(reasons).map(([reason, row]) => [`${kind} ${condition} ${reason}`, condition, reason, row] as const),
  ),
);

describe('the table of reasons', () => {
  it.each(ROWS)('%s is complete', (_, condition, reason, row) => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]{1,40}$/);
    expect(row.meaning).toMatch(/^\w.{5,}\.$/);
    if (row.progress === 'Stalled' || row.progress === 'grace') expect(row.action).toMatch(/\.$/);
    if (row.progress !== 'none') expect([condition, row.status]).toEqual(['Ready', 'False']);
  });

  it('has exactly one way to be Ready for each kind', () => {
    for (const kind of KINDS) {
      const ways = Object.values<Reason>(REASONS[kind].Ready).filter((row) => row.status === 'True');
      expect(ways).toHaveLength(1);
    }
  });

  it('has the conditions that the CRDs name', () => {
    for (const { kind, schema } of readCrds()) {
      const text = schema.properties?.['status']?.properties?.['conditions']?.description ?? '';
      const named = (/: ([\w, ]+)\./.exec(text)?.[1] ?? '').split(', ');
      expect(Object.keys(REASONS[kind as Kind])).toEqual(named);
    }
  });

  it('is found by name, and nothing else is', () => {
    const known: ReasonOf<'LinkedClone', 'Ready'> = 'NameConflict';
    expect(findReason('LinkedClone', 'Ready', known)?.progress).toBe('Stalled');
    expect(findReason('LinkedClone', 'Ready', 'Nonsense')).toBeUndefined();
    expect(findReason('LinkedClone', 'Nonsense', 'Ready')).toBeUndefined();
    expect(findReason('LinkedClone', 'toString', 'length')).toBeUndefined();
    expect(findReason('LinkedClone', 'Ready', 'constructor')).toBeUndefined();
  });
});
