// A lab that Argo CD syncs and an autoscaler scales: neither fights the other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { application, approve, labFiles, published, seenDuring, settled } from '../applications.ts';
import { startExternalMetrics } from '../external-metrics.ts';
import { createRepository } from '../git-repository.ts';
import type { SetObject } from '../objects.ts';
import { autoscaler, setPath } from '../objects.ts';
import type { Lab } from './argocd.ts';

const NAME = 'lab-2';

export interface Autoscaled {
  /** Of the Application. */
  name: string;
  stop(): Promise<void>;
}

/** It stays, scaled by the metric's value of the moment, until it is stopped. */
export async function startAutoscaled({ context, vcenter }: Lab): Promise<Autoscaled> {
  const { check, apply, get, kubectl, until } = context;
  const metrics = await startExternalMetrics(context);
  const ready = (count: number): Promise<unknown> =>
    until(`${count} machines`, async () => {
      const { spec, status } = await get<SetObject>(setPath(NAME, 'capture'));
      return spec.replicas === count && status?.readyReplicas === count && status.replicas === count;
    });
  await check('an autoscaler owns the number of machines, and nothing is OutOfSync', async () => {
    metrics.value = 3;
    const repository = await createRepository(join(context.cluster.directory, 'autoscaled'));
    const { base, set } = await labFiles(vcenter, 0);
    const commit = await repository.commit('an autoscaled lab', {
      [`${NAME}/1-base.yaml`]: base,
      [`${NAME}/2-set.yaml`]: set.replace('  replicas: 0\n', ''),
      [`${NAME}/3-autoscaler.yaml`]: stringify(autoscaler('capture')),
    });
    await apply([await published('autoscaled-application.yaml', repository.url)]);
    await settled(context, NAME, commit);
    await ready(3);
    const seen = await seenDuring(context, [NAME], async () => {
      metrics.value = 6;
      await ready(6);
      metrics.value = 2;
      await ready(2);
    });
    assert.deepEqual(
      [...seen].filter((one) => !one.startsWith('Synced ')),
      [],
    );
    await until('Healthy', async () => (await application(context, NAME)).status?.health?.status === 'Healthy');
  });
  return {
    name: NAME,
    async stop() {
      await kubectl(['delete', 'application', NAME, '-n', 'argocd', '--wait=false']);
      await approve(context, NAME);
      await kubectl(['wait', '--for=delete', `application/${NAME}`, '-n', 'argocd', '--timeout=55s']);
      await metrics.stop();
    },
  };
}
