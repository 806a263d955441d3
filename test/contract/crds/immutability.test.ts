// References can be edited until they're pinned and not after: a typo is mended, a virtual machine is never orphaned. Each
// case is tried on an object without a status, which must take the change, and on a pinned one, which must refuse it, also
// where the field is added or removed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { KubeObject, Spec } from './support/objects.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, vCenter } from './support/objects.ts';

interface Case {
  readonly title: string;
  readonly spec?: Spec;
  readonly pin: Readonly<Record<string, unknown>>;
  /** Merge patch of the spec. */
  readonly change: Spec;
  readonly message: string;
  readonly path: string;
}

const NOW = '2026-11-21T12:00:00Z';
const SNAPSHOT = { moRef: 'snapshot-7', id: 7, name: 'base', createTime: NOW, createdByOperator: false };
const VM = { moRef: 'vm-42', instanceUuid: 'u' };
const operation = (type: string): Spec => ({ operation: { type, startedAt: NOW, attempt: 1 } });
const PINNED = 'immutable once a snapshot is pinned or being created';
const BEGUN = 'immutable once cloning has begun';

const BASE_CASES: readonly Case[] = [
  {
    title: 'another source',
    pin: { snapshot: SNAPSHOT },
    change: { source: { vm: { inventoryPath: 'Templates/win12' } } },
    message: `source is ${PINNED}`,
    path: 'spec.source',
  },
  {
    title: 'another way to name the source',
    pin: { snapshot: SNAPSHOT },
    change: { source: { vm: { inventoryPath: null, moRef: 'vm-1' } } },
    message: `source is ${PINNED}`,
    path: 'spec.source',
  },
  {
    title: 'another vCenter',
    pin: { snapshot: SNAPSHOT },
    change: { vCenterRef: { name: 'other' } },
    message: `vCenterRef is ${PINNED}`,
    path: 'spec.vCenterRef',
  },
  {
    title: 'a snapshot where there was none',
    pin: { snapshot: SNAPSHOT },
    change: { snapshot: { existing: { name: 'a' } } },
    message: `snapshot is ${PINNED}`,
    path: 'spec.snapshot',
  },
  {
    title: 'no snapshot where there was one',
    spec: { snapshot: { existing: { name: 'a' } } },
    pin: { snapshot: SNAPSHOT },
    change: { snapshot: null },
    message: `snapshot is ${PINNED}`,
    path: 'spec.snapshot',
  },
  {
    title: 'another snapshot',
    spec: { snapshot: { existing: { name: 'a' } } },
    pin: { snapshot: SNAPSHOT },
    change: { snapshot: { existing: { name: 'b' } } },
    message: `snapshot is ${PINNED}`,
    path: 'spec.snapshot',
  },
  {
    title: 'another source while a snapshot is being taken',
    spec: { snapshot: { create: { name: 'a' } } },
    pin: operation('CreateSnapshot'),
    change: { source: { vm: { inventoryPath: 'x' } } },
    message: `source is ${PINNED}`,
    path: 'spec.source',
  },
];

const UUID = '502e0a5c-2c0f-4d2a-9c1b-7f5d3f1f6a10';
const ADOPTED = 'adopt is immutable once there is a virtual machine or one is being taken over';

const CLONE_CASES: readonly Case[] = [
  {
    title: 'something to adopt where there is a virtual machine',
    pin: { vm: VM },
    change: { adopt: { instanceUuid: UUID } },
    message: ADOPTED,
    path: 'spec.adopt',
  },
  {
    title: 'nothing to adopt while one is being taken over',
    spec: { adopt: { instanceUuid: UUID } },
    pin: operation('Adopt'),
    change: { adopt: null },
    message: ADOPTED,
    path: 'spec.adopt',
  },
  {
    title: 'another base',
    pin: { vm: VM },
    change: { baseSnapshotRef: { name: 'other' } },
    message: `baseSnapshotRef is ${BEGUN}`,
    path: 'spec.baseSnapshotRef',
  },
  {
    title: 'the same base in another namespace',
    pin: { vm: VM },
    change: { baseSnapshotRef: { namespace: 'other' } },
    message: `baseSnapshotRef is ${BEGUN}`,
    path: 'spec.baseSnapshotRef',
  },
  {
    title: 'a VM name where there was none',
    pin: { vm: VM },
    change: { vmName: 'other' },
    message: `vmName is ${BEGUN}`,
    path: 'spec.vmName',
  },
  {
    title: 'no VM name where there was one',
    spec: { vmName: 'a' },
    pin: { vm: VM },
    change: { vmName: null },
    message: `vmName is ${BEGUN}`,
    path: 'spec.vmName',
  },
  {
    title: 'another VM name while it is being cloned',
    spec: { vmName: 'a' },
    pin: operation('Clone'),
    change: { vmName: 'b' },
    message: `vmName is ${BEGUN}`,
    path: 'spec.vmName',
  },
  {
    title: 'a placement where there was none',
    pin: operation('Clone'),
    change: { placement: { folder: 'x' } },
    message: `placement is ${BEGUN}`,
    path: 'spec.placement',
  },
  {
    title: 'another folder',
    spec: { placement: { folder: 'a', datastore: 'd' } },
    pin: { vm: VM },
    change: { placement: { folder: 'b' } },
    message: `placement is ${BEGUN}`,
    path: 'spec.placement',
  },
  {
    title: 'no placement where there was one',
    spec: { placement: { folder: 'a' } },
    pin: { vm: VM },
    change: { placement: null },
    message: `placement is ${BEGUN}`,
    path: 'spec.placement',
  },
];

let cluster: Cluster;
let namespace: string;
let count = 0;
const clusterScoped: KubeObject[] = [];

beforeAll(async () => {
  cluster = new Cluster();
  namespace = await cluster.createNamespace('crds-immutability');
});

afterAll(async () => {
  for (const object of clusterScoped) await cluster.delete(object);
  await cluster.call('DELETE', `/api/v1/namespaces/${namespace}`);
  await cluster.close();
});

async function tryBoth(make: (name: string) => KubeObject, { pin, change, message, path }: Case): Promise<void> {
  const [free, pinned] = [make(`free-${process.pid}-${(count += 1)}`), make(`pinned-${process.pid}-${count}`)];
  for (const object of [free, pinned]) {
    if (object.metadata.namespace === undefined) clusterScoped.push(object);
    expect((await cluster.create(object)).status).toBe(201);
  }
  const allowed = await cluster.patch(free, { spec: change });
  expect(`${allowed.status} ${allowed.body.message ?? ''}`).toBe('200 ');
  const pinning = await cluster.patchStatus(pinned, pin);
  expect(`${pinning.status} ${pinning.body.message ?? ''}`).toBe('200 ');
  const refused = await cluster.patch(pinned, { spec: change });
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain(message);
  expect(refused.body.message).toContain(`${path}: `);
}

describe('BaseSnapshot', () => {
  it.each(BASE_CASES)('takes $title before the snapshot is pinned, not after', async (tried) => {
    await tryBoth((name) => baseSnapshot(namespace, tried.spec, name), tried);
  });

  it('stays mutable in everything else', async () => {
    const object = baseSnapshot(namespace, {}, 'mutable');
    await cluster.create(object);
    await cluster.patchStatus(object, { snapshot: SNAPSHOT });
    const { status } = await cluster.patch(object, {
      spec: { maxClones: 3, maxChainDepth: 4, allowedNamespaces: { from: 'All' } },
    });
    expect(status).toBe(200);
  });
});

describe('LinkedClone', () => {
  it.each(CLONE_CASES)('takes $title before cloning begins, not after', async (tried) => {
    await tryBoth((name) => linkedClone(namespace, tried.spec, name), tried);
  });

  it('can be edited again when an attempt was given up', async () => {
    const object = linkedClone(namespace, { vmName: 'a' }, 'given-up');
    await cluster.create(object);
    await cluster.patchStatus(object, operation('Clone'));
    await cluster.patchStatus(object, { operation: null });
    expect((await cluster.patch(object, { spec: { vmName: 'b' } })).status).toBe(200);
  });

  it('stays mutable in everything else, and its status can be written', async () => {
    const object = linkedClone(namespace, { customization: { specName: 's' } }, 'mutable');
    await cluster.create(object);
    await cluster.patchStatus(object, { vm: VM });
    const spec = {
      powerPolicy: 'Off',
      notes: 'x',
      readiness: { require: ['PoweredOn'] },
      hardware: { cpus: 2 },
      deletionPolicy: 'Retain',
      paused: true,
    };
    expect((await cluster.patch(object, { spec })).status).toBe(200);
    expect((await cluster.patchStatus(object, { vm: { hostName: 'esx-2' }, powerState: 'PoweredOff' })).status).toBe(
      200,
    );
  });
});

describe('VCenter', () => {
  it('takes another server until the vCenter was reached', async () => {
    await tryBoth((name) => vCenter({}, name), {
      title: '',
      pin: { instanceUuid: 'd9a1' },
      change: { server: 'other.example.org' },
      message: 'server is immutable once the vCenter was reached',
      path: 'spec.server',
    });
  });
});

describe('LinkedCloneSet', () => {
  it.each([
    ['another pattern', { naming: { pattern: 'a##' } }, { naming: { pattern: 'b##' } }],
    ['another start', { naming: { pattern: 'a##' } }, { naming: { start: 2 } }],
    ['a pattern where there was none', {}, { naming: { pattern: 'a##' } }],
    ['no pattern where there was one', { naming: { pattern: 'a##' } }, { naming: null }],
  ])('refuses %s', async (_, spec, change) => {
    const object = linkedCloneSet(namespace, spec, {}, `set-${(count += 1)}`);
    await cluster.create(object);
    const { status, body } = await cluster.patch(object, { spec: change });
    expect(status).toBe(422);
    expect(body.message).toContain('spec.naming: Forbidden: naming is immutable: make a new LinkedCloneSet');
  });

  it('can be scaled, paused and pointed at another base', async () => {
    const object = linkedCloneSet(namespace, { naming: { pattern: 'a##' } }, {}, 'mutable');
    await cluster.create(object);
    const spec = { replicas: 3, paused: true, template: { spec: { baseSnapshotRef: { name: 'other' } } } };
    expect((await cluster.patch(object, { spec })).status).toBe(200);
  });
});
