// What the API server fills in: static scalars only, and a status that nothing takes for ready.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { KubeObject } from './support/objects.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, vCenter } from './support/objects.ts';

describe('defaults', () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  const stored = async (object: KubeObject): Promise<KubeObject> => {
    const { status, body } = await cluster.dryCreate(object);
    expect(`${status} ${body.message ?? ''}`).toBe('201 ');
    return body;
  };

  it.each([
    ['VCenter', vCenter()],
    ['BaseSnapshot', baseSnapshot('default')],
    ['LinkedClone', linkedClone('default')],
    ['LinkedCloneSet', linkedCloneSet('default')],
  ])('a new %s has a status that says: not seen yet', async (_, object) => {
    expect((await stored(object)).status).toEqual({ observedGeneration: -1 });
  });

  it('a VCenter reports orphans', async () => {
    const object = vCenter();
    const orphans = { orphanPolicy: 'Report', orphanGraceSeconds: 86_400 };
    expect((await stored(object)).spec).toEqual({ ...object.spec, ...orphans });
  });

  it('limits and tls of a VCenter get theirs where they are written', async () => {
    const { spec } = await stored(vCenter({ limits: { clones: 4 }, tls: {} }));
    expect(spec['limits']).toEqual({ clonesPerSourceHost: 8, clones: 4, powerOps: 50, snapshotOps: 8, deletes: 12 });
    expect(spec['tls']).toEqual({ insecureSkipVerify: false });
  });

  it('a BaseSnapshot keeps its snapshot and belongs to its namespace', async () => {
    const object = baseSnapshot('default');
    expect((await stored(object)).spec).toEqual({ ...object.spec, deletionPolicy: 'Retain', maxChainDepth: 3 });
    const { spec } = await stored(
      baseSnapshot('default', { allowedNamespaces: {}, snapshot: { create: { name: 'a' } } }),
    );
    expect(spec['allowedNamespaces']).toEqual({ from: 'Same' });
    expect(spec['snapshot']).toEqual({ create: { name: 'a', quiesce: false } });
  });

  it('a LinkedClone is kept on and deleted with its object', async () => {
    const object = linkedClone('default', { readiness: {} });
    expect((await stored(object)).spec).toEqual({
      ...object.spec,
      powerPolicy: 'AlwaysOn',
      deletionPolicy: 'Delete',
      paused: false,
      readiness: { timeoutSeconds: 1800 },
    });
  });

  it('a LinkedCloneSet has one clone', async () => {
    const { spec } = await stored(
      linkedCloneSet('default', { naming: { pattern: 'a##' }, scaleDown: {}, retentionPolicy: {}, provisioning: {} }),
    );
    expect(spec).toEqual({
      replicas: 1,
      minReadySeconds: 0,
      progressDeadlineSeconds: 1800,
      paused: false,
      adopt: 'None',
      naming: { pattern: 'a##', start: 1 },
      scaleDown: { order: 'HighestOrdinal' },
      retentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      provisioning: { stopAfterConsecutiveFailures: 5, onNameConflict: 'Wait' },
      template: { spec: { baseSnapshotRef: { name: 'base' }, powerPolicy: 'AlwaysOn', deletionPolicy: 'Delete' } },
    });
  });
});
