import { describe, expect, it } from '@jest/globals';
import { validateObject } from '../../../src/api/validate.ts';

const object = (kind: string, spec: unknown, status: unknown = { observedGeneration: -1 }): unknown => ({
  apiVersion: 'linkedclone.dev/v1alpha1',
  kind,
  metadata: { name: 'x' },
  spec,
  status,
});
const clone = (spec: object = {}, status?: unknown): unknown =>
  object('LinkedClone', { baseSnapshotRef: { name: 'base' }, ...spec }, status);

describe('validateObject', () => {
  it('takes objects of all kinds', () => {
    expect(
      validateObject('VCenter', object('VCenter', { server: 'vc', credentialsSecretRef: { name: 's' } })),
    ).toBeUndefined();
    expect(
      validateObject(
        'BaseSnapshot',
        object('BaseSnapshot', { vCenterRef: { name: 'vc' }, source: { vm: { moRef: 'vm-1' } } }),
      ),
    ).toBeUndefined();
    expect(validateObject('LinkedClone', clone({ notes: 'ü'.repeat(4096) }))).toBeUndefined();
    expect(
      validateObject(
        'LinkedCloneSet',
        object('LinkedCloneSet', { replicas: 3, template: { spec: { baseSnapshotRef: { name: 'b' } } } }),
      ),
    ).toBeUndefined();
  });

  it('leaves labels and annotations of clones to the API server', () => {
    const template = { metadata: { annotations: { a: '\u001B[0m' } }, spec: { baseSnapshotRef: { name: 'b' } } };
    expect(validateObject('LinkedCloneSet', object('LinkedCloneSet', { replicas: 3, template }))).toBeUndefined();
  });

  it.each([
    ['a missing field', clone({ baseSnapshotRef: {} }), "spec.baseSnapshotRef must have required property 'name'"],
    ['no spec', { metadata: {} }, "the object must have required property 'spec'"],
    ['a wrong type', clone({ hardware: { cpus: '4' } }), 'spec.hardware.cpus must be integer'],
    ['a number out of bounds', clone({ hardware: { cpus: 0 } }), 'spec.hardware.cpus must be >= 1'],
    [
      'an unknown word',
      clone({ powerPolicy: 'On' }),
      'spec.powerPolicy must be equal to one of the allowed values: AlwaysOn, OnceOn, Off, Manual',
    ],
    ['a control character', clone({ placement: { folder: 'a\u0000b' } }), 'spec.placement.folder must match pattern'],
    ['a C1 control character', clone({ notes: 'a\u0085b' }), 'spec.notes must match pattern'],
    [
      'what no request can carry',
      clone({ notes: 'a\uFFFEb' }),
      "spec.notes has the character U+FFFE, which can't be sent to vCenter",
    ],
    [
      'what no request can carry, deep down',
      clone({ customization: { specName: 'a\uDC00' } }),
      "spec.customization.specName has the character U+DC00, which can't be sent to vCenter",
    ],
    ['a text that is too long', clone({ vmName: 'x'.repeat(81) }), 'spec.vmName must NOT have more than 80 characters'],
    [
      'a time that is none',
      clone({}, { operation: { type: 'Clone', startedAt: 'yesterday', attempt: 1 } }),
      'status.operation.startedAt must match format "date-time"',
    ],
    [
      'a list that is too long',
      clone({}, { addresses: Array.from({ length: 17 }, () => '10.0.0.1') }),
      'status.addresses must NOT have more than 16 items',
    ],
    [
      'a number that JavaScript cannot hold',
      clone({}, { storage: { committedBytes: 2 ** 60, unsharedBytes: 1, delta: '1 B', asOf: '2026-11-21T12:00:00Z' } }),
      'status.storage.committedBytes must match format "int64"',
    ],
  ])('refuses %s', (_, tried, problem) => {
    expect(validateObject('LinkedClone', tried)).toContain(problem);
  });
});
