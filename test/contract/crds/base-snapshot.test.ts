// What the API server takes and refuses of a BaseSnapshot, and what it says about it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { Spec } from './support/objects.ts';
import { baseSnapshot } from './support/objects.ts';

const UUID = '50371c2e-9c1c-4d5e-8c4b-0a1b2c3d4e5f';
const ONE_SOURCE = 'source.vm takes exactly one of inventoryPath, instanceUuid and moRef';
const ONE_SNAPSHOT = 'snapshot.existing takes at most one of current, name, path and moRef';
const WITH_CREATE = 'deletionPolicy: Delete removes the snapshot in vCenter, so it takes snapshot.create';
const SELECTOR = 'allowedNamespaces takes a selector with from: Selector, and only then';

const ACCEPTED: readonly [title: string, spec: Spec][] = [
  ['as little as possible: the current snapshot', {}],
  ['a source by uuid', { source: { vm: { instanceUuid: UUID } } }],
  ['a source by moRef', { source: { vm: { moRef: 'vm-42' } } }],
  ['an empty snapshot', { snapshot: {} }],
  ['an empty existing snapshot', { snapshot: { existing: {} } }],
  ['the current snapshot by name of the field', { snapshot: { existing: { current: true } } }],
  ['a snapshot by name', { snapshot: { existing: { name: 'Before 100% / after' } } }],
  ['a snapshot by path', { snapshot: { existing: { path: 'installed/patched' } } }],
  ['a snapshot by moRef', { snapshot: { existing: { moRef: 'snapshot-7' } } }],
  ['a snapshot to create, and to remove again', { snapshot: { create: { name: 'base' } }, deletionPolicy: 'Delete' }],
  ['use by every namespace', { allowedNamespaces: { from: 'All' } }],
  [
    'use by namespaces with a label',
    { allowedNamespaces: { from: 'Selector', selector: { matchLabels: { team: 'qa' } } } },
  ],
  ['the longest chain', { maxChainDepth: 30, maxClones: 0 }],
];

const REFUSED: readonly [title: string, spec: Spec, message: string][] = [
  ['no vCenter', { vCenterRef: undefined }, 'spec.vCenterRef: Required value'],
  ['no source', { source: undefined }, 'spec.source: Required value'],
  ['an empty source', { source: { vm: {} } }, ONE_SOURCE],
  ['a source by path and by moRef', { source: { vm: { inventoryPath: 'a', moRef: 'vm-1' } } }, ONE_SOURCE],
  ['a source by all three', { source: { vm: { inventoryPath: 'a', moRef: 'vm-1', instanceUuid: UUID } } }, ONE_SOURCE],
  ['a uuid that is none', { source: { vm: { instanceUuid: 'VM 42' } } }, 'spec.source.vm.instanceUuid'],
  ['a control character in the path', { source: { vm: { inventoryPath: 'a\nb' } } }, 'spec.source.vm.inventoryPath'],
  [
    'a chained base, which is not there yet',
    { source: { vm: { moRef: 'vm-1' }, linkedCloneRef: { name: 'x' } } },
    'unknown field "spec.source.linkedCloneRef"',
  ],
  [
    'current: false',
    { snapshot: { existing: { current: false } } },
    'spec.snapshot.existing.current: Unsupported value: false',
  ],
  ['a snapshot by name and as the current one', { snapshot: { existing: { current: true, name: 'a' } } }, ONE_SNAPSHOT],
  ['a snapshot by name and path', { snapshot: { existing: { name: 'a', path: 'b/a' } } }, ONE_SNAPSHOT],
  [
    'an existing snapshot and one to create',
    { snapshot: { existing: {}, create: { name: 'a' } } },
    'snapshot takes existing or create, not both',
  ],
  ['a snapshot to create without a name', { snapshot: { create: {} } }, 'spec.snapshot.create.name: Required value'],
  ['a name of 81 characters', { snapshot: { create: { name: 'x'.repeat(81) } } }, 'may not be more than 80'],
  ['removal of an existing snapshot', { snapshot: { existing: { name: 'a' } }, deletionPolicy: 'Delete' }, WITH_CREATE],
  ['removal of the current snapshot', { deletionPolicy: 'Delete' }, WITH_CREATE],
  ['an unknown policy', { deletionPolicy: 'Keep' }, 'supported values: "Retain", "Delete"'],
  ['a selector that is then ignored', { allowedNamespaces: { selector: {} } }, SELECTOR],
  ['no selector where one is needed', { allowedNamespaces: { from: 'Selector' } }, SELECTOR],
  ['a chain beyond 30', { maxChainDepth: 31 }, 'should be less than or equal to 30'],
  ['a chain of nothing', { maxChainDepth: 0 }, 'should be greater than or equal to 1'],
  ['a field that is not there yet', { powerOff: 'IfNeeded' }, 'unknown field "spec.powerOff"'],
];

describe('BaseSnapshot', () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  it.each(ACCEPTED)('takes %s', async (_, spec) => {
    const { status, body } = await cluster.dryCreate(baseSnapshot('default', spec));
    expect(`${status} ${body.message ?? ''}`).toBe('201 ');
  });

  it.each(REFUSED)('refuses %s', async (_, spec, message) => {
    const { status, body } = await cluster.dryCreate(baseSnapshot('default', spec));
    expect(body.message).toContain(message);
    expect([400, 422]).toContain(status);
  });
});
