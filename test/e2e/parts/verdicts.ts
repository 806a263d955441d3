// Whatever the operator wrote in this run, Argo CD (health.lua in its own Lua machine) and Helm and Flux (kstatus' own library)
// judge as docs/argocd.md says; the resource actions that Argo CD offers do what they say.
import assert from 'node:assert/strict';
import { runCommandLine } from '../../../src/testbed/node/run-command.ts';
import { lua } from '../argocd-lua.ts';
import type { Context } from '../context.ts';
import { installOperator } from '../operator.ts';
import { provoke } from '../provoke.ts';
import type { Recorded } from '../recorder.ts';
import { ROWS, described, expected } from '../verdict-table.ts';
import { actions } from './argocd-actions.ts';

const FEWEST = 40;

export async function verdicts(context: Context): Promise<void> {
  const { check, recorder, progress } = context;
  await check('the operator installs', () => installOperator(context));
  await check('mistakes and pauses are answered', () => provoke(context));
  const recorded = recorder.statuses();
  progress.note(`  ${recorded.length} statuses recorded`);
  const judged = [...recorded, held(recorded)];
  await check('kstatus judges each as documented', async () => {
    const said = await kstatus(context, judged);
    compare(
      judged,
      said.map(({ status }) => status),
      (one) => expected(one).kstatus,
    );
  });
  await check('health.lua judges each as documented, with the reason', async () => {
    // a deleted object never reaches the script
    const alive = judged.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
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
  await actions(context);
  await check(
    `${FEWEST} statuses or more were recorded, of all four kinds and for every row of the table`,
    async () => {
      assert.ok(recorded.length >= FEWEST, `${recorded.length}`);
      assert.equal(new Set(recorded.map(({ kind }) => kind)).size, 4);
      const met = new Set(judged.map(described));
      assert.deepEqual(
        ROWS.map(({ written }) => written).filter((row) => !met.has(row)),
        [],
      );
    },
  );
}

/** A VCenter as it was when it was Ready, and with a hold: in this run only one that is being deleted has that. */
function held(recorded: readonly Recorded[]): Recorded {
  const ready = recorded.find((one) => one.kind === 'VCenter' && described(one) === '`Ready`');
  assert.ok(ready, 'a VCenter was Ready');
  const others = (ready.status?.conditions ?? []).filter(({ type }) => type !== 'DeletionsPaused');
  const hold = { type: 'DeletionsPaused', status: 'True', reason: 'TooManyDeletions', message: 'deletions are held' };
  return { ...ready, status: { ...ready.status, conditions: [...others, hold] } };
}

function compare(objects: readonly Recorded[], said: readonly string[], wanted: (one: Recorded) => string): void {
  const wrong = objects.flatMap((one, index) =>
    said[index] === wanted(one)
      ? []
      : [`${one.kind} ${one.metadata.name}: ${said[index]}, not ${wanted(one)}: ${JSON.stringify(one)}`],
  );
  assert.deepEqual(wrong, []);
}

async function kstatus({ tools, signal }: Context, objects: readonly Recorded[]): Promise<{ status: string }[]> {
  return JSON.parse(await runCommandLine(tools.kstatus, [], { input: JSON.stringify(objects), signal })) as {
    status: string;
  }[];
}
