// kubectl as a way in: explain, apply, wait, scale, wide columns, an autoscaler on an external metric, and deletion in the
// wrong order.
import assert from 'node:assert/strict';
import type { Context } from '../context.ts';
import { startExternalMetrics } from '../external-metrics.ts';
import type { Condition, SetObject } from '../objects.ts';
import { autoscaler, base, basePath, namespace, set, setPath, vCenter } from '../objects.ts';
import { installOperator } from '../operator.ts';
import { startVcenter } from '../vcenter.ts';

const LAB = 'by-hand';
const SET = ['lcs/class', '-n', LAB];

export async function kubectl(context: Context): Promise<void> {
  const { check, kubectl: run, apply, get, until } = context;
  const vcenter = await startVcenter(context);
  try {
    await check('the operator installs', () => installOperator(context));
    await check('kubectl explain --recursive says something of every field', async () => {
      for (const kind of ['vcenter', 'basesnapshot', 'linkedclone', 'linkedcloneset']) {
        const text = await run(['explain', `${kind}.spec`, '--recursive']);
        assert.match(text, /DESCRIPTION:/);
        assert.doesNotMatch(text, /<no description>|<empty>/);
      }
    });
    await check('kubectl apply, then kubectl wait --for=condition=Ready', async () => {
      await apply([
        namespace(LAB),
        vCenter(vcenter.name, vcenter.spec),
        base({ name: 'capture', namespace: LAB, vCenter: vcenter.name }),
        set({ name: 'class', namespace: LAB, base: 'capture', replicas: 3 }),
      ]);
      await run(['wait', '--for=condition=Ready', `vcenter/${vcenter.name}`, '--timeout=50s']);
      await run(['wait', '--for=condition=Ready', 'bsnap/capture', '-n', LAB, '--timeout=50s']);
      await run(['wait', '--for=condition=Ready', ...SET, '--timeout=55s']);
    });
    await check('kubectl scale', async () => {
      await run(['scale', ...SET, '--replicas=6']);
      await run(['wait', '--for=jsonpath={.status.readyReplicas}=6', ...SET, '--timeout=55s']);
    });
    await check('kubectl get -o wide shows what people ask for', async () => {
      const [head = '', row = ''] = (await run(['get', ...SET, '-o', 'wide'])).split('\n');
      assert.match(head, /NAME\s+DESIRED\s+READY/);
      assert.match(row, /^class\s+6\s+6\s/);
    });
    await check('a field that does not exist is refused, with its name', async () => {
      const wrong = {
        apiVersion: 'linkedclone.dev/v1alpha1',
        kind: 'LinkedCloneSet',
        metadata: { name: 'wrong', namespace: LAB },
        spec: { replica: 3 },
      };
      await assert.rejects(run(['apply', '-f', '-'], JSON.stringify(wrong)), /unknown field "spec.replica"/);
    });
    await check('an autoscaler on an external metric scales the set up and down', () => autoscale(context));
    await check('a base that clones depend on stays, and says why', async () => {
      await run(['delete', 'bsnap/capture', '-n', LAB, '--wait=false']);
      const blocked = await until('the base to say that it is blocked', async () => {
        const { status } = await get<{ status: { conditions: Condition[] } }>(basePath(LAB, 'capture'));
        return status.conditions.find(({ type, status: value }) => type === 'DeletionBlocked' && value === 'True');
      });
      assert.equal(blocked.reason, 'DependentsExist');
      assert.match(blocked.message, /class/);
      const { status } = await get<SetObject>(setPath(LAB, 'class'));
      assert.ok((status?.readyReplicas ?? 0) > 0, 'the clones are untouched');
    });
    await check('when the set goes, its machines go, then the base', async () => {
      await run(['delete', ...SET, '--timeout=55s']);
      await run(['wait', '--for=delete', 'bsnap/capture', '-n', LAB, '--timeout=55s']);
      assert.deepEqual(await vcenter.admin.owned(), []);
    });
    await check('the vCenter goes last', () => run(['delete', 'vcenter', vcenter.name, '--timeout=55s']));
  } finally {
    await vcenter.stop();
  }
}

async function autoscale(context: Context): Promise<void> {
  const { apply, get, until, kubectl: run } = context;
  const metrics = await startExternalMetrics(context);
  try {
    metrics.value = 8;
    await apply([autoscaler('class', LAB)]);
    const ready = (count: number): Promise<unknown> =>
      until(`${count} machines`, async () => {
        const { spec, status } = await get<SetObject>(setPath(LAB, 'class'));
        return spec.replicas === count && status?.readyReplicas === count && status.replicas === count;
      });
    await ready(8);
    metrics.value = 4;
    await ready(4);
    await run(['delete', 'hpa/class', '-n', LAB]);
  } finally {
    await metrics.stop();
  }
}
