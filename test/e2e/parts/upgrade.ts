// An upgrade from the chart before, a rollback, and a removal with labs in place: not one change in vCenter by any of them.
import assert from 'node:assert/strict';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import type { SetObject } from '../objects.ts';
import { base, namespace, set, setPath, vCenter } from '../objects.ts';
import { CHART, installOperator, valueFlags } from '../operator.ts';
import type { OutsideVcenter } from '../vcenter.ts';
import { startVcenter } from '../vcenter.ts';

const LAB = 'upgrade';
const SET = ['lcs/class', '-n', LAB];
/** The chart as it was before: not the newest that differs, but one that an upgrade must be able to start from. */
const PREVIOUS_CHART = repositoryPath('test/e2e/fixtures/previous-chart.tgz');

export async function upgrade(context: Context): Promise<void> {
  const { check, helm, kubectl, apply } = context;
  const vcenter = await startVcenter(context);
  try {
    await check('the previous chart runs a lab', async () => {
      await installOperator(context, { chart: PREVIOUS_CHART });
      await apply([
        namespace(LAB),
        vCenter(vcenter.name, vcenter.spec),
        base({ name: 'capture', namespace: LAB, vCenter: vcenter.name }),
        set({ name: 'class', namespace: LAB, base: 'capture', replicas: 5 }),
      ]);
      await kubectl(['wait', '--for=condition=Ready', ...SET, '--timeout=55s']);
    });
    await check('helm upgrade: no change in vCenter', () =>
      untouched(context, vcenter, () => installOperator(context, { values: { podAnnotations: { upgraded: 'yes' } } })),
    );
    await check('helm rollback: no change in vCenter', () =>
      untouched(context, vcenter, () =>
        helm(['rollback', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait', '--timeout', '90s']),
      ),
    );
    await check('forward again, by Helm 4 that takes over nothing it does not own', () =>
      untouched(context, vcenter, () => installOperator(context)),
    );
    await check('helm uninstall with the lab in place: no change, the objects stay', async () => {
      const mark = await vcenter.mark();
      await helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
      const { status } = await context.get<SetObject>(setPath(LAB, 'class'));
      assert.equal(status?.readyReplicas, 5);
      assert.deepEqual(await vcenter.changesSince(mark), []);
    });
    await check('a new installation picks the lab up where it was', () =>
      untouched(context, vcenter, () => installOperator(context)),
    );
    await check('with the documented order nothing is left', async () => {
      await kubectl(['delete', ...SET, '--timeout=55s']);
      await kubectl(['delete', 'bsnap/capture', '-n', LAB, '--timeout=55s']);
      await kubectl(['delete', 'vcenter', vcenter.name, '--timeout=55s']);
      assert.deepEqual(await vcenter.admin.owned(), []);
    });
    await check('the chart refuses to set a newer CRD back', async () => {
      const crd = 'linkedclonesets.linkedclone.dev';
      await kubectl(['label', 'crd', crd, 'app.kubernetes.io/version=99.0.0', '--overwrite']);
      const args = ['upgrade', RELEASE, CHART, '--namespace', OPERATOR_NAMESPACE, ...valueFlags(context)];
      await assert.rejects(helm(args), /is of version 99\.0\.0/);
      await kubectl(['label', 'crd', crd, 'app.kubernetes.io/version-']);
    });
  } finally {
    await vcenter.stop();
  }
}

/** The lab is ready after it, by the new operator's word, and the vCenter was asked to change nothing. */
async function untouched(context: Context, vcenter: OutsideVcenter, change: () => Promise<unknown>): Promise<void> {
  const mark = await vcenter.mark();
  await change();
  // a spec that changes nothing: whoever answers with the new generation has looked at everything
  const stamp = String(Date.now());
  await context.kubectl([
    'patch',
    ...SET,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { minReadySeconds: Number(stamp) % 2 } }),
  ]);
  await context.kubectl(['wait', '--for=condition=Ready', ...SET, '--timeout=55s']);
  const { metadata, status } = await context.until('the operator to have seen the set', async () => {
    const found = await context.get<SetObject & { status: { observedGeneration: number } }>(setPath(LAB, 'class'));
    return found.status.observedGeneration === found.metadata.generation ? found : undefined;
  });
  assert.equal(status.readyReplicas, 5, metadata.name);
  assert.deepEqual(await vcenter.changesSince(mark), []);
}
