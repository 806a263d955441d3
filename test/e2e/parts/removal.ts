// The CRDs are deleted with a lab in place, which is how people lose everything at once: nothing in vCenter is touched before
// an administrator says so, with and without an operator; then all of it ends, and an installation begins anew.
import assert from 'node:assert/strict';
import type { Context } from '../context.ts';
import { OPERATOR_NAMESPACE, RELEASE } from '../context.ts';
import type { Condition, SetObject } from '../objects.ts';
import { base, namespace, set, setPath, vCenter } from '../objects.ts';
import { installOperator, operatorPods } from '../operator.ts';
import { startVcenter } from '../vcenter.ts';

const LAB = 'removal';
const MACHINES = 3;
const CRDS = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'].map((kind) => `${kind}.linkedclone.dev`);

interface VCenterObject {
  status?: { holds?: { type: string; id: string }[]; conditions?: Condition[] };
}

export async function removal(context: Context): Promise<void> {
  const { check, helm, kubectl, apply, get, until, controlPlane } = context;
  const vcenter = await startVcenter(context);
  const path = `/apis/linkedclone.dev/v1alpha1/vcenters/${vcenter.name}`;
  const crdsLeft = async (): Promise<string> => kubectl(['get', 'crd', ...CRDS, '--ignore-not-found', '-o', 'name']);
  try {
    await check('a lab runs', async () => {
      await installOperator(context);
      await apply([
        namespace(LAB),
        vCenter(vcenter.name, vcenter.spec),
        base({ name: 'capture', namespace: LAB, vCenter: vcenter.name }),
        set({ name: 'class', namespace: LAB, base: 'capture', replicas: MACHINES }),
      ]);
      await kubectl(['wait', '--for=condition=Ready', 'lcs/class', '-n', LAB, '--timeout=55s']);
    });
    const mark = await vcenter.mark();
    await check('without an operator the CRDs wait for their objects', async () => {
      await helm(['uninstall', RELEASE, '--namespace', OPERATOR_NAMESPACE, '--wait']);
      await kubectl(['delete', 'crd', ...CRDS, '--wait=false']);
      await until('every object to be asked to go', async () => {
        const { metadata } = await get<SetObject>(setPath(LAB, 'class'));
        return metadata.deletionTimestamp !== undefined;
      });
      assert.equal((await crdsLeft()).trim().split('\n').length, CRDS.length);
      assert.deepEqual(await vcenter.changesSince(mark), []);
    });
    let id = '';
    await check('an operator that comes now deletes nothing, and says which command would', async () => {
      // Helm would wait for CRDs that are on their way out
      await installOperator(context, { values: { 'crds.enabled': false } });
      const hold = await until('DeletionsPaused', async () => {
        const { status } = await get<VCenterObject>(path);
        const paused = status?.conditions?.find(({ type, status: is }) => type === 'DeletionsPaused' && is === 'True');
        return paused?.reason === 'CrdTerminating' ? { ...paused, holds: status?.holds ?? [] } : undefined;
      });
      id = hold.holds.find(({ type }) => type === 'DeletionsPaused')?.id ?? '';
      assert.match(hold.message, new RegExp(`linkedclone\\.dev/resume-deletions=${id}`));
      await until('each machine to say what holds it', async () => {
        const clones = await get<{ items: { status?: { conditions?: Condition[] } }[] }>(
          `/apis/linkedclone.dev/v1alpha1/namespaces/${LAB}/linkedclones`,
        );
        const held = clones.items.filter(({ status }) =>
          status?.conditions?.some(({ type, reason }) => type === 'DeletionBlocked' && reason === 'DeletionsPaused'),
        );
        return held.length === MACHINES;
      });
      assert.equal((await vcenter.admin.owned()).length, MACHINES);
      assert.deepEqual(await vcenter.changesSince(mark), []);
    });
    await check('once an administrator resumes, machines, objects and CRDs go', async () => {
      await kubectl(['annotate', 'vcenter', vcenter.name, `linkedclone.dev/resume-deletions=${id}`, '--overwrite']);
      await kubectl(['wait', '--for=delete', 'crd', ...CRDS, '--timeout=90s']);
      assert.deepEqual(await vcenter.admin.owned(), []);
    });
    await check('the operator outlives its CRDs, and works again when they are back', async () => {
      const [before] = await operatorPods(context);
      await installOperator(context);
      await apply([
        vCenter(vcenter.name, vcenter.spec),
        base({ name: 'capture', namespace: LAB, vCenter: vcenter.name }),
        set({ name: 'class', namespace: LAB, base: 'capture', replicas: 1 }),
      ]);
      await kubectl(['wait', '--for=condition=Ready', 'lcs/class', '-n', LAB, '--timeout=90s']);
      const [after] = await operatorPods(context);
      assert.equal(after?.metadata.uid, before?.metadata.uid);
      assert.equal(after?.status.containerStatuses?.[0]?.restartCount, 0);
      await kubectl(['delete', 'lcs/class', '-n', LAB, '--timeout=55s']);
      await kubectl(['delete', 'bsnap/capture', '-n', LAB, '--timeout=55s']);
      await kubectl(['delete', 'vcenter', vcenter.name, '--timeout=55s']);
      assert.equal((await controlPlane.api.request('GET', path)).status, 404);
    });
  } finally {
    await vcenter.stop();
  }
}
