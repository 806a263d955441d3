// Whatever the operator wrote in this run, Argo CD (health.lua in its own Lua machine) and Helm and Flux (kstatus' own library)
// judge as docs/argocd.md says; the resource actions that Argo CD offers do what they say.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { runCommandLine } from '../../../src/testbed/node/run-command.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Context } from '../context.ts';
import { base, set, vCenter } from '../objects.ts';
import { installOperator } from '../operator.ts';
import { provoke } from '../provoke.ts';
import type { Recorded } from '../recorder.ts';

const FEWEST = 40;

export interface Verdict {
  kstatus: 'Current' | 'Failed' | 'InProgress' | 'Terminating';
  argocd: 'Degraded' | 'Healthy' | 'Progressing' | 'Suspended';
}

/** The table of docs/argocd.md, row by row. */
export function expected({ metadata, spec, status }: Recorded): Verdict {
  const is = (type: string): boolean =>
    status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  // Argo CD answers for a deleted object itself, before any script
  if (metadata.deletionTimestamp !== undefined) return { kstatus: 'Terminating', argocd: 'Progressing' };
  if (status?.observedGeneration !== metadata.generation) return { kstatus: 'InProgress', argocd: 'Progressing' };
  if (is('Stalled')) return { kstatus: 'Failed', argocd: 'Degraded' };
  const waits = is('Reconciling') || !is('Ready') ? 'InProgress' : 'Current';
  if (is('DeletionsPaused') || is('InventoryRewound')) return { kstatus: waits, argocd: 'Degraded' };
  if (spec.paused === true) return { kstatus: waits, argocd: 'Suspended' };
  return { kstatus: waits, argocd: waits === 'Current' ? 'Healthy' : 'Progressing' };
}

export async function verdicts(context: Context): Promise<void> {
  const { check, recorder, progress } = context;
  await check('the operator installs', () => installOperator(context));
  await check('mistakes and pauses are answered', () => provoke(context));
  const recorded = recorder.statuses();
  progress.note(`  ${recorded.length} statuses recorded`);
  await check('kstatus judges each as documented', async () => {
    const said = await kstatus(context, recorded);
    compare(
      recorded,
      said.map(({ status }) => status),
      (one) => expected(one).kstatus,
    );
  });
  await check('health.lua judges each as documented, with the reason', async () => {
    // a deleted object never reaches the script
    const alive = recorded.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const said = await lua(
      context,
      alive.map((object) => ({ ask: 'health', object })),
    );
    compare(
      alive,
      said.map(({ health }) => health?.status ?? ''),
      (one) => expected(one).argocd,
    );
    assert.deepEqual(
      said.filter(({ health, error }) => error !== undefined || !health?.message),
      [],
    );
  });
  await check('actions are offered by state and do what they say', () => actions(context));
  await check(`${FEWEST} statuses or more were recorded, of all four kinds`, async () => {
    assert.ok(recorded.length >= FEWEST, `${recorded.length}`);
    assert.equal(new Set(recorded.map(({ kind }) => kind)).size, 4);
  });
}

async function actions(context: Context): Promise<void> {
  const lcs = set({ name: 'a', base: 'b', replicas: 3 });
  const clone = {
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'LinkedClone',
    metadata: { name: 'a-1', ownerReferences: [{ kind: 'LinkedCloneSet' }] },
    spec: {},
  };
  const answers = await lua(context, [
    { ask: 'actions', object: lcs },
    { ask: 'actions', object: { ...lcs, spec: { paused: true } } },
    { ask: 'actions', object: clone },
    { ask: 'actions', object: { ...clone, metadata: { name: 'free' } } },
    { ask: 'actions', object: vCenter('vc', {}) },
    { ask: 'action', action: 'scale', parameters: { replicas: '7' }, object: lcs },
    { ask: 'action', action: 'scale', parameters: { replicas: '-1' }, object: lcs },
    { ask: 'action', action: 'scale', parameters: { replicas: '2.5' }, object: lcs },
    { ask: 'action', action: 'pause', object: lcs },
    { ask: 'action', action: 'power-off', object: lcs },
    { ask: 'action', action: 'protect', object: clone },
    { ask: 'action', action: 'retry-login', object: vCenter('vc', {}) },
    { ask: 'actions', object: base({ name: 'b', vCenter: 'vc' }) },
  ]);
  const offered = (index: number): string[] =>
    (answers[index]?.actions ?? [])
      .filter(({ disabled }) => disabled !== true)
      .map(({ name }) => name)
      .toSorted();
  assert.deepEqual(offered(0), ['pause', 'power-off', 'scale']);
  assert.deepEqual(offered(1), ['power-off', 'resume', 'scale']);
  assert.deepEqual(offered(2), ['delete-first', 'detach', 'pause', 'protect']);
  assert.deepEqual(offered(3), ['pause', 'power-off']);
  assert.deepEqual(offered(4), []);
  const result = (
    index: number,
  ): { spec: Record<string, unknown>; metadata: { annotations?: Record<string, string> } } => {
    const object = answers[index]?.result?.[0]?.resource;
    assert.ok(object, JSON.stringify(answers[index]));
    return object;
  };
  assert.equal(result(5).spec['replicas'], 7);
  assert.match(answers[6]?.error ?? '', /whole number/);
  assert.match(answers[7]?.error ?? '', /whole number/);
  assert.equal(result(8).spec['paused'], true);
  assert.equal(result(9).spec['powerPolicy'], 'Off');
  assert.equal(result(10).metadata.annotations?.['linkedclone.dev/protect'], 'true');
  assert.match(
    result(11).metadata.annotations?.['linkedclone.dev/retry-login'] ?? '',
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  );
}

function compare(objects: readonly Recorded[], said: readonly string[], wanted: (one: Recorded) => string): void {
  const wrong = objects.flatMap((one, index) =>
    said[index] === wanted(one)
      ? []
      : [`${one.kind} ${JSON.stringify(one.status?.conditions)}: ${said[index]}, not ${wanted(one)}`],
  );
  assert.deepEqual(wrong, []);
}

async function kstatus({ tools, signal }: Context, objects: readonly Recorded[]): Promise<{ status: string }[]> {
  return JSON.parse(await runCommandLine(tools.kstatus, [], { input: JSON.stringify(objects), signal })) as {
    status: string;
  }[];
}

interface LuaAnswer {
  health?: { status: string; message?: string };
  actions?: { name: string; disabled?: boolean }[];
  result?: { resource: { spec: Record<string, unknown>; metadata: { annotations?: Record<string, string> } } }[];
  error?: string;
}

async function lua({ tools, signal }: Context, requests: readonly object[]): Promise<LuaAnswer[]> {
  const text = await readFile(repositoryPath('deploy/argocd/argocd-cm.yaml'), 'utf8');
  const { data } = parse(text) as { data: Record<string, string> };
  const input = JSON.stringify({ configMap: data, requests });
  return JSON.parse(await runCommandLine(tools.argocdLua, [], { input, signal })) as LuaAnswer[];
}
