// The first minutes of somebody who tries the operator: Helm installs it with the simulated vCenter, the notes say what to do
// next and that works as it stands, the lab chart makes 75 machines, and Helm 4 waits for exactly that.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import type { SetObject } from '../objects.ts';
import { installOperator, isReady, operatorPods } from '../operator.ts';

const LAB = 'class';
const LAB_CHART = repositoryPath('deploy/lab-chart');
/** The class of the documentation, on the parents of the simulated vCenter. */
const CLASS = {
  vCenter: 'vc1',
  defaults: { count: 25, customization: 'xp-class', readiness: ['CustomizationSucceeded'] },
  builds: ['Capture', 'Packaging', 'Verification'].map((name) => ({
    vm: `Templates/Tmpl ${name} 1.0`,
    names: `${name}##`,
  })),
};
const MACHINES = 75;
/** What isn't found counts as missing for good after 60 s. */
const STALLED_WITHIN_MS = 120_000;
const SETS = `/apis/linkedclone.dev/v1alpha1/namespaces/${LAB}/linkedclonesets`;

export async function install(context: Context): Promise<void> {
  const { check, helm, kubectl, get, until, progress } = context;
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
  await check('what the notes say next works as it stands', async () => {
    const notes = await helm(['get', 'notes', RELEASE, '--namespace', OPERATOR_NAMESPACE]);
    const manifest = /<<'YAML'\n([\s\S]*?)\n\s*YAML\n/.exec(notes)?.[1];
    assert.ok(manifest, notes);
    const indent = /^ */.exec(manifest)?.[0] ?? '';
    await kubectl(['apply', '-f', '-'], manifest.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
    await kubectl(['wait', '--for=condition=Ready', 'vcenter/vc1', '--timeout=50s']);
  });
  await check('helm test: the rights are enough, in Kubernetes and in vCenter', () =>
    helm(['test', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--timeout', '90s']),
  );

  const lab = ['--namespace', LAB, '--create-namespace'];
  await check(`the lab chart: Helm 4 waits until ${MACHINES} machines are ready`, async () => {
    await helm(['install', 'class', LAB_CHART, ...lab, '-f', '-', '--wait', '--timeout', '5m'], {
      input: JSON.stringify(CLASS),
    });
    const { items } = await get<{ items: SetObject[] }>(SETS);
    const ready = items.map(({ status }) => status?.readyReplicas ?? 0);
    assert.equal(
      ready.reduce((sum, count) => sum + count, 0),
      MACHINES,
    );
  });
  await check('a lab that needs a person: Helm 4 gives up long before its time and says why', async () => {
    const at = performance.now();
    const builds = [{ vm: 'none', names: 'Broken##', count: 1, clone: { baseSnapshotRef: { name: 'nowhere' } } }];
    const flags = ['--set', 'vCenter=vc1', `--set-json=builds=${JSON.stringify(builds)}`];
    await assert.rejects(
      helm(['install', 'broken', LAB_CHART, ...lab, ...flags, '--wait', '--timeout', '5m']),
      /Failed, message: .*nowhere/,
    );
    const took = performance.now() - at;
    assert.ok(took < STALLED_WITHIN_MS, `it took ${took} ms`);
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
  await check('Helm 3 installs and uninstalls it too', async () => {
    await installOperator(context, { version: 3 });
    await until('a Pod of the operator', async () => (await operatorPods(context)).some(isReady));
    await helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait'], { version: 3 });
  });
}
