// What the API server takes and refuses of a LinkedClone, and what it says about it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { Spec } from './support/objects.ts';
import { linkedClone } from './support/objects.ts';

const HOSTNAME = "hostname is letters, digits and '-', and begins and ends with a letter or digit";
const VM_NAME = 'vmName has no control characters and neither begins nor ends with a space';
const PLACED = { folder: 'Labs/qa', resourcePool: 'Cluster/Resources/Labs', host: 'esx-1', datastore: 'ds-1' };

const ACCEPTED: readonly [title: string, spec: Spec][] = [
  ['as little as possible', {}],
  ['a base of another namespace', { baseSnapshotRef: { name: 'base', namespace: 'bases' } }],
  ['a VM name with blanks, dots and slashes', { vmName: 'Lab 1/a.b (50%)' }],
  ['a machine to adopt', { adopt: { instanceUuid: '502e0a5c-2c0f-4d2a-9c1b-7f5d3f1f6a10', clusterId: 'c' } }],
  ['a VM name of one character', { vmName: 'x' }],
  ['a VM name of 80 characters', { vmName: 'x'.repeat(80) }],
  ['a placement', { placement: PLACED }],
  ['a cluster', { placement: { cluster: 'Cluster' } }],
  ['hardware', { hardware: { cpus: 4, coresPerSocket: 2, memoryMiB: 4096 } }],
  ['cores alone', { hardware: { coresPerSocket: 2 } }],
  [
    'a customization with all requirements',
    {
      customization: { specName: 'xp-class', hostname: 'lab-07' },
      readiness: { require: ['PoweredOn', 'ToolsRunning', 'IPAssigned', 'CustomizationSucceeded'], timeoutSeconds: 60 },
    },
  ],
  ['requirements without a customization', { readiness: { require: ['PoweredOn', 'IPAssigned'] } }],
  ['no requirements', { readiness: { require: [] } }],
  ['every power policy: OnceOn', { powerPolicy: 'OnceOn' }],
  ['every power policy: Off', { powerPolicy: 'Off' }],
  ['every power policy: Manual', { powerPolicy: 'Manual' }],
  ['notes in several lines', { notes: 'Clone of {base}\nmade {createdAt}' }],
];

const REFUSED: readonly [title: string, spec: Spec, message: string][] = [
  ['no base', { baseSnapshotRef: undefined }, 'spec.baseSnapshotRef: Required value'],
  ['a base without a name', { baseSnapshotRef: { name: '' } }, 'spec.baseSnapshotRef.name'],
  ['nothing to adopt', { adopt: {} }, 'spec.adopt.instanceUuid: Required value'],
  [
    'something to adopt that is no UUID in lower case',
    { adopt: { instanceUuid: '502E0A5C-2C0F-4D2A-9C1B-7F5D3F1F6A10' } },
    'instanceUuid is a UUID in lower case',
  ],
  ['a VM name of 81 characters', { vmName: 'x'.repeat(81) }, 'spec.vmName: Too long: may not be more than 80'],
  ['a VM name with a control character', { vmName: 'a\tb' }, VM_NAME],
  ['a VM name that ends with a blank', { vmName: 'lab ' }, VM_NAME],
  ['an empty VM name', { vmName: '' }, 'spec.vmName'],
  [
    'a cluster and a resource pool',
    { placement: { cluster: 'C', resourcePool: 'C/Resources' } },
    'placement takes cluster or resourcePool, not both',
  ],
  ['an unknown power policy', { powerPolicy: 'On' }, 'supported values: "AlwaysOn", "OnceOn", "Off", "Manual"'],
  [
    'cores that do not divide the CPUs',
    { hardware: { cpus: 3, coresPerSocket: 2 } },
    'coresPerSocket must divide cpus',
  ],
  ['no CPU', { hardware: { cpus: 0 } }, 'should be greater than or equal to 1'],
  ['memory that is no multiple of 4 MiB', { hardware: { memoryMiB: 1023 } }, 'should be a multiple of 4'],
  ['sizes of base disks', { hardware: { diskGiB: 40 } }, 'unknown field "spec.hardware.diskGiB"'],
  [
    'a customization without a specification',
    { customization: { hostname: 'a' } },
    'spec.customization.specName: Required value',
  ],
  ['a host name with an underscore', { customization: { specName: 's', hostname: 'lab_1' } }, HOSTNAME],
  ['a host name that ends with a hyphen', { customization: { specName: 's', hostname: 'lab-' } }, HOSTNAME],
  ['a host name with a placeholder', { customization: { specName: 's', hostname: 'lab-##' } }, HOSTNAME],
  [
    'a host name of 64 characters',
    { customization: { specName: 's', hostname: 'x'.repeat(64) } },
    'may not be more than 63',
  ],
  [
    'a result of a customization that is not there',
    { readiness: { require: ['CustomizationSucceeded'] } },
    'readiness.require has CustomizationSucceeded, so customization must be given',
  ],
  [
    'an unknown requirement',
    { readiness: { require: ['Happy'] } },
    'supported values: "PoweredOn", "ToolsRunning", "IPAssigned", "CustomizationSucceeded"',
  ],
  ['a requirement twice', { readiness: { require: ['PoweredOn', 'PoweredOn'] } }, 'Duplicate value: "PoweredOn"'],
  ['no time at all', { readiness: { timeoutSeconds: 0 } }, 'should be greater than or equal to 1'],
  ['endless notes', { notes: 'x'.repeat(4097) }, 'spec.notes: Too long: may not be more than 4096'],
  ['an unknown deletion policy', { deletionPolicy: 'Orphan' }, 'supported values: "Delete", "Retain"'],
  ['a field that is not there yet', { promote: true }, 'unknown field "spec.promote"'],
];

describe('LinkedClone', () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  it.each(ACCEPTED)('takes %s', async (_, spec) => {
    const { status, body } = await cluster.dryCreate(linkedClone('default', spec));
    expect(`${status} ${body.message ?? ''}`).toBe('201 ');
  });

  it.each(REFUSED)('refuses %s', async (_, spec, message) => {
    const { status, body } = await cluster.dryCreate(linkedClone('default', spec));
    expect(body.message).toContain(message);
    expect([400, 422]).toContain(status);
  });

  it('asks for a VM name where its own name is too long for one', async () => {
    const name = 'x'.repeat(81);
    const { body } = await cluster.dryCreate(linkedClone('default', {}, name));
    expect(body.message).toContain("a virtual machine's name has at most 80 characters: set spec.vmName");
    expect((await cluster.dryCreate(linkedClone('default', { vmName: 'short' }, name))).status).toBe(201);
  });
});
