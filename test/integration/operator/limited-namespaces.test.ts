// An operator whose rights end at a namespace: one that it is told to watch and may not see, one that it isn't told of, a kind
// that it may list and not watch. It says which, touches no machine, stays up, and goes on by itself where that is granted.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import type { LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, saysSoon } from './support/bases.ts';
import { inventory } from './support/inventory.ts';
import { lastSeq } from './support/story.ts';

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[];
}

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;

/** The rights of the overlay `namespaced`: in lab, and nowhere else. */
const LIMITED = ['patches', 'resources'].flatMap((name) => {
  const text = readFileSync(repositoryPath(`deploy/kustomize/overlays/namespaced/${name}.yaml`), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS() as Role);
  return objects.filter(({ kind }) => /Role/.test(kind));
});

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory() });
  await lab.api.ensureNamespace('other');
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.applySet('set', 'base', 1);
  await lab.setReady('set', 1, LONG.timeoutMs);
}, 120_000);
afterAll(() => lab?.stop(), 120_000);

beforeEach(async () => {
  await lab.stopOperator();
  await grant(LIMITED);
});

async function grant(roles: readonly Role[]): Promise<void> {
  const input = roles.map((one) => stringify(one)).join('---\n');
  const flags = ['--server-side', '--force-conflicts', '--field-manager=testbed'];
  await lab.controlPlane.kubectl(['apply', ...flags, '-f', '-'], { input });
}

async function logs(text: RegExp): Promise<void> {
  await waitUntil(`${text} in the log`, () => text.test(lab.operatorLog()), LONG);
}

async function readyz(): Promise<string> {
  return (await fetch(`${lab.operator?.metricsUrl}/readyz`)).text();
}

it('a namespace that it is told to watch and may not see: named, nothing begun until it is granted', async () => {
  const before = await lastSeq(lab);
  await lab.api.scale('set', 2);
  await lab.startOperator({ 'watch-namespaces': 'lab,other' });
  await logs(/cannot list resource \\?"linkedclonesets\\?" .* in the namespace \\?"other\\?"/);
  await waitUntil('it in /readyz', async () => /cache of sets .*in the namespace "other"/.test(await readyz()), LONG);
  expect(lab.operator?.process.running).toBe(true);
  expect(await changesSince(lab, before)).toEqual([]);
  const there = (one: Role): Role =>
    one.metadata.namespace === 'lab' ? { ...one, metadata: { ...one.metadata, namespace: 'other' } } : one;
  await grant(LIMITED.map(there));
  await lab.setReady('set', 2, LONG.timeoutMs);
  await waitUntil('to be ready', async () => (await readyz()) === 'ok\n', LONG);
});

it('a kind that it may list and not watch: named, nothing begun until it is granted', async () => {
  const before = await lastSeq(lab);
  await lab.api.scale('set', 3);
  const deaf = (one: Role): Role => ({
    ...one,
    ...(one.rules === undefined
      ? {}
      : {
          rules: one.rules.map((rule) =>
            rule.resources.includes('linkedclonesets')
              ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'watch') }
              : rule,
          ),
        }),
  });
  await grant(LIMITED.map(deaf));
  await lab.startOperator({ 'watch-namespaces': 'lab' });
  await logs(/cannot watch resource \\?"linkedclonesets/);
  await waitUntil('it in /readyz', async () => /watch of sets is refused: .*cannot watch/.test(await readyz()), LONG);
  expect(lab.operator?.process.running).toBe(true);
  expect(await changesSince(lab, before)).toEqual([]);
  await grant(LIMITED);
  await lab.setReady('set', 3, LONG.timeoutMs);
  await waitUntil('to be ready', async () => (await readyz()) === 'ok\n', LONG);
});

it('a namespace that it is limited away from: said at the start, its labs get no answer and no machine, its bases are out of sight', async () => {
  const before = await lastSeq(lab);
  await lab.applyBase('theirs', 'Templates/Tmpl', { allowedNamespaces: { from: 'All' } }, 'other');
  await lab.applySet('unseen', 'theirs', 2, {}, {}, 'other');
  await lab.startOperator({ 'watch-namespaces': 'lab' });
  await logs(/"limitedTo":"lab".*limited to these namespaces: objects in others get no answer/);
  await lab.applySet('reaching', 'theirs', 1, {}, { baseSnapshotRef: { name: 'theirs', namespace: 'other' } });
  await saysSoon<LinkedCloneSet>(lab, 'linkedclonesets', 'reaching', {
    reason: 'BaseSnapshotNotFound',
    text: `BaseSnapshot "other/theirs" can't be seen: this operator is limited to the namespaces lab`,
  });
  const unseen = await lab.api.get<LinkedCloneSet>('linkedclonesets', 'unseen', 'other');
  expect(unseen?.status?.observedGeneration).toBe(-1);
  expect(conditionOf(unseen, 'Ready')).toBeUndefined();
  expect(await changesSince(lab, before)).toEqual([]);
  await lab.setReady('set', 3, LONG.timeoutMs);
});
