// Two installations in one cluster, each limited to namespaces and a VCenter of its own, in the same vCenter: neither touches
// what is the other's, and at rest none writes, so they don't contend for anything either.
import { SECOND_NAMESPACE } from '../harness/cluster.ts';
import type { Stage } from '../harness/stage.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { setOf, vms } from './ends.ts';
import { applySet, scale, setIsReady, setReady, step } from './steps.ts';
import type { Expectation, Step, Story } from './story.ts';

const VCENTER = 'second';

function theirs(stage: Stage): string {
  return `${stage.namespace}-second`;
}

async function install(stage: Stage): Promise<void> {
  await stage.operator.restart({ 'watch-namespaces': `${stage.namespace},${stage.keepNamespace}`, vcenters: 'vc' });
  const namespace = theirs(stage);
  stage.namespaces.push(namespace);
  await stage.api.ensureNamespace(namespace);
  const { vcProxy } = await stage.startSecondInstall({ 'watch-namespaces': namespace, vcenters: VCENTER });
  await stage.applySecret(stage.canary, 0, SECOND_NAMESPACE);
  await stage.api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'VCenter',
    metadata: { name: VCENTER },
    spec: { ...stage.vCenterSpec(vcProxy), orphanPolicy: 'Delete', orphanGraceSeconds: 60 },
  });
  await stage.applyBase('gold', 'Tmpl', { vCenterRef: { name: VCENTER } }, namespace);
  await stage.whenReady('basesnapshots', 'gold', namespace);
}

function theirSet(replicas: number): Step {
  return step(`their set with ${replicas}`, (stage) =>
    stage.apply(
      'LinkedCloneSet',
      'web',
      { replicas, template: { spec: { baseSnapshotRef: { name: 'gold' } } } },
      theirs(stage),
    ),
  );
}

function theirSetReady(replicas: number): Step {
  return step(`their set to be Ready with ${replicas}`, (stage) =>
    waitUntil('it', async () => setIsReady(await stage.get('linkedclonesets', 'web', theirs(stage)), replicas), {
      timeoutMs: stage.patienceMs,
    }),
  );
}

const theyHave =
  (count: number): Expectation =>
  async (stage) => {
    const { vms: all } = await stage.vcenter.inventory();
    const found = all.filter(({ folder }) => folder === `/DC0/vm/Labs/${theirs(stage)}`).length;
    return found === count ? undefined : `the second installation has ${found} VMs, not ${count}`;
  };

export const TWO_INSTALLS: Story = {
  name: 'two-installs',
  deterministic: false,
  slow: true,
  before: [applySet('web', 2), setReady('web', 2), step('a second installation', install)],
  steps: [theirSet(3), scale('web', 3), theirSetReady(3), setReady('web', 3), theirSet(1), scale('web', 1)],
  end: [setOf('web', 1), vms(1), theyHave(1)],
};
