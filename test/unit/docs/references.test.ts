// Pages that speak of names in the code, or of tests: all that there are, and none that there isn't.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ANNOTATIONS, FINALIZERS, LABELS, MARKER_KEY } from '../../../src/api/identifiers.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { ROWS } from '../../e2e/verdict-table.ts';

function rowsOf(page: string): readonly (readonly string[])[] {
  const lines = readFileSync(repositoryPath(page), 'utf8').split('\n');
  const [, , ...rows] = lines.filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it('docs/labels.md has every label, annotation and finalizer, and no other', () => {
  const named = rowsOf('docs/labels.md').map(([name = '']) => name.replaceAll(/^\w+ |`/g, ''));
  const own = [LABELS, ANNOTATIONS, FINALIZERS].flatMap((names) => Object.values(names));
  expect(named.toSorted()).toEqual([...own, MARKER_KEY].toSorted());
});

it('docs/argocd.md has the table that the end-to-end run judges by', () => {
  const rows = rowsOf('docs/argocd.md').slice(0, ROWS.length);
  expect(rows).toEqual(ROWS.map(({ written, argocd, kstatus }) => [written, argocd, kstatus ?? 'as `Ready` says']));
});

it('each row of docs/troubleshooting.md names tests that are there', () => {
  const rows = rowsOf('docs/troubleshooting.md');
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const tests = [...(row.at(-1) ?? '').matchAll(/(e2e )?`([\w/-]+)`/g)].map(([, e2e, name]) =>
      e2e === undefined ? `test/${name}.test.ts` : `test/e2e/parts/${name}.ts`,
    );
    expect([row[0], tests.length > 0]).toEqual([row[0], true]);
    expect([row[0], tests.filter((path) => !existsSync(repositoryPath(path)))]).toEqual([row[0], []]);
  }
});
