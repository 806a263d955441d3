// From template to clone: names by ordinal, ownership, nothing of the set's own labels; and the patch that brings a clone
// in line: the in-place fields only, all of them while nothing was done, and none at all when it is in line.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LinkedClone, LinkedCloneSet, LinkedCloneSpec } from '../../../../src/api/types.generated.ts';
import {
  inPlacePatch,
  newClone,
  sorted,
  specOf,
  vmNameOf,
} from '../../../../src/controllers/linked-clone-set/template.ts';
import { withDefaults } from '../support/crd-defaults.ts';
import { condition, linkedCloneSet, webClone } from '../support/objects.ts';

const NAMING = { naming: { pattern: 'Web##', start: 1 } };

/** The clone of an ordinal as the set made it, with or without a VM. */
function made(
  set: LinkedCloneSet,
  ordinal: number,
  touched: boolean,
  spec: Partial<LinkedCloneSpec> = {},
): LinkedClone {
  const clone = webClone(ordinal);
  const fresh = newClone(set, ordinal);
  return {
    ...clone,
    metadata: { ...clone.metadata, labels: fresh.metadata.labels ?? {}, annotations: fresh.metadata.annotations ?? {} },
    spec: { baseSnapshotRef: { name: 'win' }, ...fresh.spec, ...spec },
    status: touched ? (clone.status ?? {}) : { conditions: [condition('Ready', 'False', 'Pending')] },
  };
}

describe('names', () => {
  it.each([
    [undefined, 7, 'web-07'],
    ['Capture##', 7, 'Capture07'],
    ['Capture##', 100, 'Capture100'],
    ['lab-###-vm', 5, 'lab-005-vm'],
  ])('of the pattern %s and ordinal %i: %s', (pattern, ordinal, expected) => {
    expect(vmNameOf(linkedCloneSet({ spec: pattern === undefined ? {} : { naming: { pattern } } }), ordinal)).toBe(
      expected,
    );
  });

  it('differ for different ordinals, whatever the pattern', () => {
    const pattern = fc
      .tuple(fc.constantFrom('', 'a', 'lab-'), fc.integer({ min: 1, max: 4 }), fc.constantFrom('', '-vm'))
      .map(([a, n, b]) => `${a}${'#'.repeat(n)}${b}`);
    fc.assert(
      fc.property(pattern, fc.nat(2000), fc.nat(2000), (text, a, b) => {
        const set = linkedCloneSet({ spec: { naming: { pattern: text } } });
        expect(vmNameOf(set, a) === vmNameOf(set, b)).toBe(a === b);
      }),
    );
  });

  it('fill in the host name, and leave one without # as it is', () => {
    const set = linkedCloneSet({ template: { customization: { specName: 'lab', hostname: 'cap-###' } } });
    expect(specOf(set, 7).customization).toEqual({ specName: 'lab', hostname: 'cap-007' });
    const without = linkedCloneSet({ template: { customization: { specName: 'lab' } } });
    expect(specOf(without, 7).customization).toEqual({ specName: 'lab' });
  });
});

describe('newClone', () => {
  const set = linkedCloneSet({
    labels: { 'argocd.argoproj.io/instance': 'labs', app: 'set' },
    annotations: { 'argocd.argoproj.io/tracking-id': 'labs:web' },
    templateMetadata: { labels: { team: 'a' }, annotations: { note: 'b' } },
    template: { notes: 'hello', deletionPolicy: 'Retain' },
    spec: NAMING,
  });

  it('is named by its ordinal, owned by its set, and has the finalizer from the start', () => {
    expect(newClone(set, 7)).toEqual({
      metadata: {
        name: 'web-7',
        namespace: 'lab',
        labels: { team: 'a', 'linkedclone.dev/set': 'web' },
        annotations: { note: 'b' },
        finalizers: ['linkedclone.dev/vm'],
        ownerReferences: [
          {
            apiVersion: 'linkedclone.dev/v1alpha1',
            kind: 'LinkedCloneSet',
            name: 'web',
            uid: 'uid-web',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { baseSnapshotRef: { name: 'win' }, notes: 'hello', deletionPolicy: 'Retain', vmName: 'Web07' },
    });
  });

  it('has none of the labels and annotations of the set itself: Argo CD would prune it', () => {
    const key = fc.stringMatching(/^[a-z]{1,8}(\.io\/[a-z]{1,8})?$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string()), fc.dictionary(key, fc.string()), (labels, annotations) => {
        const clone = newClone(linkedCloneSet({ labels, annotations }), 1);
        expect(Object.keys(clone.metadata.labels ?? {})).toEqual(['linkedclone.dev/set']);
        expect(clone.metadata.annotations).toBeUndefined();
      }),
    );
  });

  it('cannot be made to belong to another set by a label of the template', () => {
    const sly = linkedCloneSet({ templateMetadata: { labels: { 'linkedclone.dev/set': 'other' } } });
    expect(newClone(sly, 1).metadata.labels).toEqual({ 'linkedclone.dev/set': 'web' });
  });

  it('takes the power policy of the set before that of the template', () => {
    const both = linkedCloneSet({ template: { powerPolicy: 'AlwaysOn' }, spec: { powerPolicy: 'Off' } });
    expect(newClone(both, 1).spec?.powerPolicy).toBe('Off');
  });
});

describe('inPlacePatch', () => {
  const set = linkedCloneSet({ spec: NAMING, template: { notes: 'old', hardware: { cpus: 2, memoryMiB: 1024 } } });
  const edited = (
    template: Partial<LinkedCloneSet['spec']['template']['spec']>,
    spec: Partial<LinkedCloneSet['spec']> = {},
  ) =>
    linkedCloneSet({
      spec: { ...NAMING, ...spec },
      template: { notes: 'old', hardware: { cpus: 2, memoryMiB: 1024 }, ...template },
    });

  it.each([true, false])('is nothing for a clone in line (with a VM: %s)', (touched) => {
    expect(inPlacePatch(set, made(set, 1, touched), undefined)).toBeUndefined();
  });

  it.each<[string, LinkedCloneSet, object]>([
    ['notes', edited({ notes: 'new' }), { notes: 'new' }],
    ['readiness', edited({ readiness: { timeoutSeconds: 5 } }), { readiness: { timeoutSeconds: 5 } }],
    ['deletionPolicy', edited({ deletionPolicy: 'Retain' }), { deletionPolicy: 'Retain' }],
    ['one field of hardware', edited({ hardware: { cpus: 4, memoryMiB: 1024 } }), { hardware: { cpus: 4 } }],
    ['hardware with a field less', edited({ hardware: { cpus: 2 } }), { hardware: { memoryMiB: null } }],
    ['powerPolicy of the template', edited({ powerPolicy: 'Off' }), { powerPolicy: 'Off' }],
    ['powerPolicy of the set', edited({}, { powerPolicy: 'Manual' }), { powerPolicy: 'Manual' }],
  ])('applies %s to a clone with a VM', (_, after, spec) => {
    expect(inPlacePatch(after, made(set, 1, true), 'web-rev')).toEqual({ spec });
  });

  it.each<[string, LinkedCloneSet]>([
    ['another base', edited({ baseSnapshotRef: { name: 'linux' } })],
    ['another placement', edited({ placement: { datastore: 'ds-2' } })],
    ['another customization', edited({ customization: { specName: 'lab' } })],
    ['other names', edited({}, { naming: { pattern: 'Other##' } })],
  ])('never applies %s to a clone with a VM', (_, after) => {
    expect(inPlacePatch(after, made(set, 1, true), undefined)).toBeUndefined();
  });

  it('applies everything to a clone for which nothing was done, revision included', () => {
    const after = edited({ baseSnapshotRef: { name: 'linux' }, placement: { datastore: 'ds-2' }, notes: 'new' });
    expect(inPlacePatch(after, made(set, 1, false), 'web-rev')).toEqual({
      spec: { baseSnapshotRef: { name: 'linux' }, placement: { datastore: 'ds-2' }, notes: 'new' },
      metadata: { labels: { 'linkedclone.dev/revision': 'web-rev' } },
    });
  });

  it.each([true, false])("never touches paused, which is the clone's own (with a VM: %s)", (touched) => {
    expect(inPlacePatch(set, made(set, 1, touched, { paused: true }), undefined)).toBeUndefined();
  });

  it('never gives a clone with a VM the revision of a template that it was not made from', () => {
    expect(inPlacePatch(set, made(set, 1, true), 'web-rev')).toBeUndefined();
  });

  it('brings labels and annotations of the template, and leaves others alone', () => {
    const clone = made(set, 1, true);
    const labelled = {
      ...clone,
      metadata: { ...clone.metadata, labels: { ...clone.metadata.labels, mine: 'x', team: 'old' } },
    };
    const metadata = { labels: { team: 'new' }, annotations: { a: 'b' } };
    const after = { ...set, spec: { ...set.spec, template: { ...set.spec.template, metadata } } };
    expect(inPlacePatch(after, labelled, undefined)).toEqual({
      metadata: { labels: { team: 'new' }, annotations: { a: 'b' } },
    });
  });
});

describe('with what the API server adds', () => {
  const spec = fc.record(
    {
      baseSnapshotRef: fc.record(
        { name: fc.constantFrom('win', 'linux'), namespace: fc.constant('bases') },
        { requiredKeys: ['name'] },
      ),
      placement: fc.record({ folder: fc.constant('Labs'), host: fc.constant('esx-1') }, { requiredKeys: [] }),
      powerPolicy: fc.constantFrom<NonNullable<LinkedCloneSpec['powerPolicy']>>('AlwaysOn', 'Off'),
      hardware: fc.record({ cpus: fc.constant(2), memoryMiB: fc.constantFrom(1024, 2048) }, { requiredKeys: [] }),
      customization: fc.record(
        { specName: fc.constant('lab'), hostname: fc.constant('w-##') },
        { requiredKeys: ['specName'] },
      ),
      readiness: fc.record(
        { require: fc.constant(['PoweredOn' as const]), timeoutSeconds: fc.constant(60) },
        { requiredKeys: [] },
      ),
      notes: fc.constantFrom('a', 'b'),
      deletionPolicy: fc.constantFrom<NonNullable<LinkedCloneSpec['deletionPolicy']>>('Retain', 'Delete'),
    },
    { requiredKeys: ['baseSnapshotRef'] },
  );
  const stored = (template: Partial<LinkedCloneSpec>): LinkedCloneSet =>
    withDefaults('linkedclonesets', linkedCloneSet({ template, spec: NAMING }));

  it.each([true, false])('a new clone needs no patch: nothing is written for ever (with a VM: %s)', (touched) => {
    fc.assert(
      fc.property(spec, (template) => {
        const set = stored(template);
        expect(inPlacePatch(set, withDefaults('linkedclones', made(set, 3, touched)), undefined)).toBeUndefined();
      }),
    );
  });

  it.each([true, false])('one patch brings any clone in line with any template (with a VM: %s)', (touched) => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const set = stored(after);
        const clone = withDefaults('linkedclones', made(stored(before), 3, touched));
        const patch = inPlacePatch(set, clone, undefined);
        const patched = withDefaults('linkedclones', {
          ...clone,
          spec: merged(clone.spec, patch?.['spec'] ?? {}) as LinkedCloneSpec,
        });
        expect(inPlacePatch(set, patched, undefined)).toBeUndefined();
        if (!touched)
          expect(sorted({ ...patched.spec, paused: undefined })).toEqual(
            sorted({ ...withDefaults('linkedclones', made(set, 3, false)).spec, paused: undefined }),
          );
      }),
    );
  });
});

/** A JSON merge patch applied, as RFC 7386 says. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
