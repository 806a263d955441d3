// What the API server takes and refuses of a LinkedCloneSet, and what it says about it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { Spec } from './support/objects.ts';
import { linkedCloneSet } from './support/objects.ts';

const ONE_RUN = "pattern has exactly one run of '#', which becomes the ordinal";
const HOSTNAME_RUN = "exactly one run of '#', which becomes the ordinal, e.g. capture-##";
const customized = (hostname: string): Spec => ({ customization: { specName: 'xp-class', hostname } });

const ACCEPTED: readonly [title: string, spec: Spec, template: Spec][] = [
  ['as little as possible', {}, {}],
  ['no clones', { replicas: 0 }, {}],
  ['as many clones as possible', { replicas: 10000 }, {}],
  ['names with a prefix', { naming: { pattern: 'Capture##' } }, {}],
  ['names with the number in the middle', { naming: { pattern: 'lab ### (qa)', start: 0 } }, {}],
  ['the longest pattern', { naming: { pattern: `${'x'.repeat(74)}######` } }, {}],
  ['host names with a number', {}, customized('capture-##')],
  ['host names that begin with the number', {}, customized('##-capture')],
  ['a policy of the set beside that of the template', { powerPolicy: 'Off' }, { powerPolicy: 'AlwaysOn' }],
  [
    'everything else',
    {
      scaleDown: { order: 'Newest' },
      retentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      provisioning: { maxConcurrent: 3, stopAfterConsecutiveFailures: 0, onNameConflict: 'NextOrdinal' },
      minReadySeconds: 10,
      progressDeadlineSeconds: 11,
      paused: true,
    },
    { deletionPolicy: 'Retain' },
  ],
];

const REFUSED: readonly [title: string, spec: Spec, template: Spec, message: string][] = [
  ['no template', { template: undefined }, {}, 'spec.template: Required value'],
  [
    'a template without a base',
    {},
    { baseSnapshotRef: undefined },
    'spec.template.spec.baseSnapshotRef: Required value',
  ],
  ['fewer than no clones', { replicas: -1 }, {}, 'spec.replicas in body should be greater than or equal to 0'],
  ['too many clones', { replicas: 10001 }, {}, 'should be less than or equal to 10000'],
  ['names without a number', { naming: { pattern: 'lab' } }, {}, ONE_RUN],
  ['names with two numbers', { naming: { pattern: 'lab#-#' } }, {}, ONE_RUN],
  ['names that end with a blank', { naming: { pattern: 'lab## ' } }, {}, 'neither begins nor ends with a space'],
  ['names with a control character', { naming: { pattern: 'lab\u0001##' } }, {}, 'pattern has no control characters'],
  [
    'names that outgrow 80 characters',
    { naming: { pattern: `${'x'.repeat(75)}##` } },
    {},
    'pattern has at most 74 characters beside the',
  ],
  ['a pattern of 81 characters', { naming: { pattern: `${'x'.repeat(80)}#` } }, {}, 'spec.naming.pattern: Too long'],
  ['a number of seven digits', { naming: { pattern: '#######' } }, {}, "at most 6 '#'"],
  ['naming without a pattern', { naming: { start: 5 } }, {}, 'spec.naming.pattern: Required value'],
  ['a start below 0', { naming: { pattern: '#', start: -1 } }, {}, 'should be greater than or equal to 0'],
  ['a host name without a number', {}, customized('capture'), HOSTNAME_RUN],
  ['a host name with two numbers', {}, customized('#-#'), HOSTNAME_RUN],
  ['a host name with a dot', {}, customized('lab.##'), HOSTNAME_RUN],
  ['a host name that begins with a hyphen', {}, customized('-##'), HOSTNAME_RUN],
  ['a VM name in the template', {}, { vmName: 'x' }, 'unknown field "spec.template.spec.vmName"'],
  ['a pause in the template', {}, { paused: true }, 'unknown field "spec.template.spec.paused"'],
  [
    'a result of a customization that is not there',
    {},
    { readiness: { require: ['CustomizationSucceeded'] } },
    'so customization must be given',
  ],
  ['hardware that does not fit', {}, { hardware: { cpus: 5, coresPerSocket: 2 } }, 'coresPerSocket must divide cpus'],
  [
    'a cluster and a resource pool',
    {},
    { placement: { cluster: 'a', resourcePool: 'b' } },
    'placement takes cluster or resourcePool, not both',
  ],
  [
    'an unknown order',
    { scaleDown: { order: 'Random' } },
    {},
    'supported values: "HighestOrdinal", "Newest", "Oldest"',
  ],
  ['an unknown retention', { retentionPolicy: { whenScaled: 'Keep' } }, {}, 'supported values: "Delete", "Retain"'],
  ['no clones at a time', { provisioning: { maxConcurrent: 0 } }, {}, 'should be greater than or equal to 1'],
  [
    'a deadline that can never be kept',
    { minReadySeconds: 60, progressDeadlineSeconds: 60 },
    {},
    'progressDeadlineSeconds must be more than minReadySeconds',
  ],
  [
    'a field that is not there yet',
    { updateStrategy: { type: 'OnDelete' } },
    {},
    'unknown field "spec.updateStrategy"',
  ],
];

describe('LinkedCloneSet', () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  it.each(ACCEPTED)('takes %s', async (_, spec, template) => {
    const { status, body } = await cluster.dryCreate(linkedCloneSet('default', spec, template));
    expect(`${status} ${body.message ?? ''}`).toBe('201 ');
  });

  it.each(REFUSED)('refuses %s', async (_, spec, template, message) => {
    const { status, body } = await cluster.dryCreate(linkedCloneSet('default', spec, template));
    expect(body.message).toContain(message);
    expect([400, 422]).toContain(status);
  });

  it('takes labels and annotations for the clones, but none of its own', async () => {
    const withMetadata = (metadata: unknown): Promise<{ status: number; body: { message?: string } }> => {
      const set = linkedCloneSet('default');
      return cluster.dryCreate({ ...set, spec: { template: { ...(set.spec['template'] as object), metadata } } });
    };
    expect((await withMetadata({ labels: { room: '12' }, annotations: { 'example.org/owner': 'qa' } })).status).toBe(
      201,
    );
    const value = await withMetadata({ labels: { room: 'no 12' } });
    expect(value.body.message).toContain('spec.template.metadata.labels.room');
    const label = await withMetadata({ labels: { 'linkedclone.dev/set': 'other' } });
    expect(label.body.message).toContain("labels that begin with linkedclone.dev/ are the operator's own");
    const annotation = await withMetadata({ annotations: { 'linkedclone.dev/release': 'x' } });
    expect(annotation.body.message).toContain("annotations that begin with linkedclone.dev/ are the operator's own");
  });

  it('has a name that fits a label', async () => {
    const { body } = await cluster.dryCreate(linkedCloneSet('default', {}, {}, 'x'.repeat(64)));
    expect(body.message).toContain("a set's name is a label value on its clones and has at most 63 characters");
    expect((await cluster.dryCreate(linkedCloneSet('default', {}, {}, 'x'.repeat(63)))).status).toBe(201);
  });
});
