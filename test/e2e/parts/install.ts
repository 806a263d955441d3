// The first minutes of somebody who tries the operator: Helm installs it with the simulated vCenter, the notes say what to do
// next and that works as it stands, the lab chart makes 75 machines, and Helm 4 waits for exactly that.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import type { SetObject } from '../objects.ts';
import { vCenter } from '../objects.ts';
import { installOperator, isReady, operatorPods } from '../operator.ts';

const LAB = 'class';
const LAB_CHART = repositoryPath('deploy/lab-chart');
/** The published class, word for word. */
const CLASS = repositoryPath('deploy/lab-chart/ci/class-values.yaml');
const MACHINES = 75;
/** What isn't found counts as missing for good after 60 s. */
const STALLED_WITHIN_MS = 120_000;
/** Conditions carry whole seconds. */
const SAID_WITHIN_MS = 10_000;
const NO_SECRET = { server: 'vcenter.example.org', credentialsSecretRef: { name: 'nowhere' }, datacenter: 'DC0' };
const SETS = `/apis/linkedclone.dev/v1alpha1/namespaces/${LAB}/linkedclonesets`;

/** `short`: Helm 3 without a lab. */
export async function install(context: Context, short: boolean): Promise<void> {
  const { check, helm, kubectl, apply, get, until, progress } = context;
  const values = { 'simulator.enabled': true, 'simulator.speed': 5 };
  await check('helm install --wait, with the simulator', () => installOperator(context, { values }));
  await check('the Pod became Ready without a restart', async () => {
    const [pod] = await operatorPods(context);
    const startedAt = pod?.status.containerStatuses?.[0]?.state.running?.startedAt ?? '';
    const ready = pod?.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
    // published, not gated: a machine that does other things beside this is slower
    progress.note(`  Ready ${(Date.parse(ready) - Date.parse(startedAt)) / 1000} s after the container's start`);
    assert.equal(pod?.status.containerStatuses?.[0]?.restartCount, 0);
  });
  await check('what the notes say next works as it stands', () => followNotes(context));
  await check('helm test: the rights are enough, in Kubernetes and in vCenter', () =>
    helm(['test', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--timeout', '90s']),
  );

  const lab = ['--namespace', LAB, '--create-namespace'];
  await check(`the lab chart: Helm 4 waits until ${MACHINES} machines are ready`, async () => {
    await helm(['install', 'class', LAB_CHART, ...lab, '-f', CLASS, '--wait', '--timeout', '5m']);
    const { items } = await get<{ items: SetObject[] }>(SETS);
    const late = Date.now() - Math.max(...items.map(readySince));
    progress.note(`  Helm came back ${late / 1000} s after the last set was ready`);
    assert.ok(late < SAID_WITHIN_MS, `Helm came back ${late} ms after the last set was ready`);
    const ready = items.map(({ status }) => status?.readyReplicas ?? 0);
    assert.equal(
      ready.reduce((sum, count) => sum + count, 0),
      MACHINES,
    );
  });
  await check('a parent or a Secret that is not there: Helm 4 gives up long before its time and says why', async () => {
    const at = performance.now();
    await apply([vCenter('no-secret', NO_SECRET)]);
    const broken = (name: string, ...flags: readonly string[]): Promise<string> =>
      helm(['install', name, LAB_CHART, ...lab, ...flags, '--wait', '--timeout', '5m']);
    await Promise.all([
      assert.rejects(
        broken('broken', ...oneBuild('broken', 'Tmpl Captrue 1.0')),
        // the base, and the set that waits for it
        /BaseSnapshot\/class\/base-of-broken .*Failed, message: .*no VM at [\s\S]*LinkedCloneSet\/class\/broken .*Failed, message: .*no VM at /,
      ),
      assert.rejects(
        broken('secret', ...oneBuild('secret', 'Tmpl Capture 1.0', 'no-secret')),
        /LinkedCloneSet\/class\/secret .*Failed, message: .*Secret "nowhere" isn't in namespace/,
      ),
    ]);
    const took = performance.now() - at;
    progress.note(`  after ${(took / 1000).toFixed(0)} s`);
    assert.ok(took < STALLED_WITHIN_MS, `it took ${took} ms`);
    await helm(['uninstall', 'secret', '--namespace', LAB, '--wait']);
    await kubectl(['delete', 'vcenter', 'no-secret', '--timeout=55s']);
  });
  await check('the same release with the parent put right: Helm 4 waits for it', async () => {
    const right = oneBuild('broken', 'Tmpl Capture 1.0');
    await helm(['upgrade', 'broken', LAB_CHART, '-n', LAB, ...right, '--wait', '--timeout', '2m']);
    assert.equal((await get<SetObject>(`${SETS}/broken`)).status?.readyReplicas, 1);
    await helm(['uninstall', 'broken', '--namespace', LAB, '--wait']);
  });
  await check('helm uninstall of the lab takes its machines, the bases last', async () => {
    await helm(['uninstall', 'class', '--namespace', LAB, '--wait', '--timeout', '2m']);
    await kubectl(['wait', '--for=delete', 'lclone,lcs,bsnap', '--all', '-n', LAB, '--timeout=55s']);
  });
  await check('helm uninstall of the operator keeps the CRDs', async () => {
    await kubectl(['delete', 'vcenter', 'vc1', '--timeout=55s']);
    await helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
    await get('/apis/linkedclone.dev/v1alpha1/linkedclonesets');
  });
  const helm3 = (...args: readonly string[]): Promise<string> => helm(args, { version: 3 });
  await check('Helm 3 installs it with the simulator, too', async () => {
    await installOperator(context, { values, version: 3 });
    await until('a Pod of the operator', async () => (await operatorPods(context)).some(isReady));
  });
  if (!short)
    await check('a lab comes and goes by Helm 3', async () => {
      await followNotes(context);
      await helm3('install', 'class', LAB_CHART, ...lab, '-f', CLASS, '--set', 'defaults.count=1', '--wait');
      await kubectl(['wait', '--for=condition=Ready', 'lcs', '--all', '-n', LAB, '--timeout=55s']);
      await helm3('uninstall', 'class', '--namespace', LAB, '--wait');
      await kubectl(['wait', '--for=delete', 'lclone,lcs,bsnap', '--all', '-n', LAB, '--timeout=55s']);
      await kubectl(['delete', 'vcenter', 'vc1', '--timeout=55s']);
    });
  await check('and uninstalls it', () => helm3('uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait'));
}

/** Makes the VCenter that the notes of the release have, word for word. */
async function followNotes({ helm, kubectl }: Context): Promise<void> {
  const notes = await helm(['get', 'notes', RELEASE, '--namespace', OPERATOR_NAMESPACE]);
  const manifest = /<<'YAML'\n([\s\S]*?)\n\s*YAML\n/.exec(notes)?.[1];
  assert.ok(manifest, notes);
  const indent = /^ */.exec(manifest)?.[0] ?? '';
  await kubectl(['apply', '-f', '-'], manifest.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
  await kubectl(['wait', '--for=condition=Ready', 'vcenter/vc1', '--timeout=50s']);
}

/** One machine, and a base that has the set's name in its own. */
function oneBuild(name: string, vm: string, ofVCenter = 'vc1'): readonly string[] {
  const builds = [{ vm, name, names: `${name}##`, count: 1, baseName: `base-of-${name}` }];
  return ['--set', `vCenter=${ofVCenter}`, `--set-json=builds=${JSON.stringify(builds)}`];
}

function readySince({ status }: SetObject): number {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  assert.equal(ready?.status, 'True', JSON.stringify(status));
  return Date.parse(ready.lastTransitionTime);
}
