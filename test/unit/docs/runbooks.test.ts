// Whoever is told by a condition that the operator waits for a person finds a page that says what to do about it.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { runbookOf } from '../../../hack/runbooks.ts';
import { REASONS } from '../../../src/api/reasons.ts';
import type { Reason } from '../../../src/api/reasons/reason.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';

/** Conditions that hold something back while they are True. */
const HOLDS: ReadonlySet<string> = new Set([
  ...['DeletionBlocked', 'DeletionsPaused', 'ClaimedElsewhere', 'InventoryRewound', 'Lost'],
]);

interface Row {
  readonly kind: string;
  readonly condition: string;
  readonly name: string;
  readonly reason: Reason;
}

const ALL: readonly Row[] = Object.entries(REASONS).flatMap(([kind, conditions]) =>
  Object.entries(conditions).flatMap(([condition, reasons]) =>
    Object.entries(reasons as Readonly<Record<string, Reason>>).map(([name, reason]) => ({
      ...{ kind, condition, name, reason },
    })),
  ),
);

function needsPerson({ condition, reason: { progress, status } }: Row): boolean {
  return progress === 'Stalled' || progress === 'grace' || (HOLDS.has(condition) && status === 'True');
}

it('every reason that may need a person has a runbook, which names it', () => {
  const missing = ALL.filter(needsPerson).flatMap(({ kind, condition, name }) => {
    const page = runbookOf(condition, name);
    if (page === undefined) return [`${kind} ${condition} ${name}`];
    const text = readFileSync(repositoryPath(`docs/runbooks/${page}.md`), 'utf8');
    return new RegExp(`\\b${name}\\b`).test(text) ? [] : [`${page}.md doesn't name ${name}`];
  });
  expect(ALL.filter(needsPerson).length).toBeGreaterThan(60);
  expect(missing).toEqual([]);
});
