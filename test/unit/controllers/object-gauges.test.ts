// What the cached objects say, as gauges: counted by namespace, and gone with the objects.
import { expect, it } from '@jest/globals';
import { refreshObjectGauges } from '../../../src/controllers/object-gauges.ts';
import type { Runtime } from '../../../src/controllers/shared/runtime.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

function listOf(...objects: readonly unknown[]): { list(): readonly unknown[] } {
  return { list: () => objects };
}

function set(namespace: string, replicas: number, ready: number, ...conditions: readonly unknown[]): unknown {
  return {
    kind: 'LinkedCloneSet',
    metadata: { namespace },
    spec: { replicas },
    status: { replicas, readyReplicas: ready, conditions },
  };
}

const READY = { type: 'Ready', status: 'True', reason: 'Ready' };
const NOT_READY = { type: 'Ready', status: 'False', reason: 'NoDiskSpace' };
const STALLED = { type: 'Stalled', status: 'True', reason: 'NoDiskSpace' };

function clone(namespace: string, readySeconds: number): unknown {
  return { kind: 'LinkedClone', metadata: { namespace }, status: { timings: { readySeconds } } };
}

function storesOf(stores: Readonly<Record<string, unknown>>): Runtime['stores'] {
  const none = listOf();
  return { vCenters: none, bases: none, sets: none, clones: none, ...stores } as unknown as Runtime['stores'];
}

it('counts sets by state, replicas, times and storage of each namespace, and conditions of each kind', async () => {
  const metrics = createMetrics([]);
  const storage = { fullCloneBytes: 900, thinCloneBytes: 300, linkedBytes: 20 };
  const bases = listOf(
    { kind: 'BaseSnapshot', metadata: { namespace: 'lab' }, status: { storage } },
    { kind: 'BaseSnapshot', metadata: { namespace: 'lab' }, status: { storage } },
    { kind: 'BaseSnapshot', metadata: { namespace: 'lab' } },
  );
  const sets = listOf(set('lab', 25, 25, READY), set('lab', 5, 1, NOT_READY, STALLED), set('other', 2, 0, NOT_READY));
  const clones = listOf(...[10, 20, 30, 40].map((seconds) => clone('lab', seconds)));
  refreshObjectGauges({ metrics, stores: storesOf({ bases, sets, clones }) });
  const text = await metrics.registry.metrics();
  for (const line of [
    'linkedclone_sets{namespace="lab",state="Ready"} 1',
    'linkedclone_sets{namespace="lab",state="Stalled"} 1',
    'linkedclone_sets{namespace="other",state="Progressing"} 1',
    'linkedclone_replicas{namespace="lab",kind="desired"} 30',
    'linkedclone_replicas{namespace="lab",kind="ready"} 26',
    'linkedclone_time_to_ready_seconds{namespace="lab",quantile="0.5"} 20',
    'linkedclone_time_to_ready_seconds{namespace="lab",quantile="0.95"} 40',
    'linkedclone_storage_bytes{namespace="lab",kind="full"} 1800',
    'linkedclone_storage_bytes{namespace="lab",kind="linked"} 40',
    'linkedclone_conditions{kind="LinkedCloneSet",condition="Ready",status="False",reason="NoDiskSpace"} 2',
  ])
    expect(text).toContain(`${line}\n`);
});

it('forgets what is no longer there', async () => {
  const metrics = createMetrics([]);
  refreshObjectGauges({ metrics, stores: storesOf({ sets: listOf(set('lab', 1, 0, NOT_READY)) }) });
  refreshObjectGauges({ metrics, stores: storesOf({}) });
  const text = await metrics.registry.metrics();
  expect(text).not.toMatch(/^linkedclone_(sets|replicas|conditions)\{/m);
});
