// Revisions: the same for the same template in whatever order it's written and whichever BaseSnapshot names the snapshot,
// untouched by in-place fields and by fields that aren't known yet; stored once, and old ones pruned.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BaseSnapshot, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import {
  ensureRevision,
  projectTemplate,
  revisionName,
} from '../../../../src/controllers/linked-clone-set/revision.ts';
import type { ControllerRevision } from '../../../../src/controllers/shared/resources.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import { baseSnapshot, linkedClone, linkedCloneSet, pinned } from '../support/objects.ts';

const BASE = baseSnapshot({ status: pinned() });
const TEMPLATE = {
  placement: { folder: 'Labs', datastore: 'ds-1' },
  customization: { specName: 'lab', hostname: 'w-##' },
};

function nameOf(set: LinkedCloneSet, base: BaseSnapshot | undefined = BASE): string {
  return revisionName(set, projectTemplate(set, base));
}

describe('the name of a revision', () => {
  it('is of the set and ten hexadecimal digits, and stays the same over releases of the operator', () => {
    expect(nameOf(linkedCloneSet({ template: TEMPLATE, spec: { naming: { pattern: 'W##', start: 1 } } }))).toBe(
      'web-e093370ec3',
    );
  });

  it('is a label value whatever the length of the set name, and its own for each set', () => {
    const sets = ['a', 'b'].map((last) => linkedCloneSet({ name: `${'x'.repeat(62)}${last}` }));
    const names = sets.map((set) => nameOf(set));
    for (const name of names) expect(name).toMatch(/^x{52}-[0-9a-f]{10}$/);
    expect(new Set(names).size).toBe(2);
    expect(nameOf(linkedCloneSet({ name: 'y'.repeat(52) }))).toMatch(/^y{52}-[0-9a-f]{10}$/);
    expect(nameOf(linkedCloneSet({ name: `${'z'.repeat(49)}.-.${'z'.repeat(11)}` }))).toMatch(/^z{49}-[0-9a-f]{10}$/);
  });

  it('does not depend on the order of fields', () => {
    const turned = {
      customization: { hostname: 'w-##', specName: 'lab' },
      placement: { datastore: 'ds-1', folder: 'Labs' },
    };
    expect(nameOf(linkedCloneSet({ template: turned }))).toBe(nameOf(linkedCloneSet({ template: TEMPLATE })));
    const text = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())), { maxKeys: 8 });
    fc.assert(
      fc.property(text, (projection) => {
        const reversed = Object.fromEntries(Object.entries(projection).toReversed());
        expect(revisionName(linkedCloneSet(), { inner: reversed })).toBe(
          revisionName(linkedCloneSet(), { inner: projection }),
        );
      }),
    );
  });

  it.each<[string, LinkedCloneSet]>([
    ['notes', linkedCloneSet({ template: { ...TEMPLATE, notes: 'new' } })],
    ['readiness', linkedCloneSet({ template: { ...TEMPLATE, readiness: { timeoutSeconds: 9 } } })],
    ['hardware', linkedCloneSet({ template: { ...TEMPLATE, hardware: { cpus: 8 } } })],
    ['deletionPolicy', linkedCloneSet({ template: { ...TEMPLATE, deletionPolicy: 'Retain' } })],
    ['powerPolicy of the template', linkedCloneSet({ template: { ...TEMPLATE, powerPolicy: 'Off' } })],
    ['powerPolicy of the set', linkedCloneSet({ template: TEMPLATE, spec: { powerPolicy: 'Off' } })],
    ['replicas', linkedCloneSet({ template: TEMPLATE, spec: { replicas: 40, minReadySeconds: 5 } })],
    ['labels', linkedCloneSet({ template: TEMPLATE, templateMetadata: { labels: { a: 'b' } } })],
    [
      'a field of a later version',
      linkedCloneSet({ template: { ...TEMPLATE, pristineSnapshot: 'WhenReady' } as never }),
    ],
  ])('does not depend on %s', (_, set) => {
    expect(nameOf(set)).toBe(nameOf(linkedCloneSet({ template: TEMPLATE })));
  });

  it('does not depend on which BaseSnapshot names the pinned snapshot, nor on its reference', () => {
    const other = baseSnapshot({
      name: 'other',
      uid: 'other',
      namespace: 'bases',
      status: pinned({ moRef: 'snapshot-99' }),
    });
    const set = linkedCloneSet({ template: { baseSnapshotRef: { name: 'other', namespace: 'bases' } } });
    expect(nameOf(set, other)).toBe(nameOf(linkedCloneSet()));
  });

  it.each<[string, LinkedCloneSet, BaseSnapshot]>([
    ['another snapshot', linkedCloneSet(), baseSnapshot({ status: pinned({ id: 2 }) })],
    [
      'a snapshot of the same number of another VM',
      linkedCloneSet(),
      baseSnapshot({ status: pinned({ vm: 'other' }) }),
    ],
    ['one in another vCenter', linkedCloneSet(), baseSnapshot({ status: pinned({ vCenter: 'other' }) })],
    [
      'one taken at another time',
      linkedCloneSet(),
      baseSnapshot({ status: pinned({ createTime: '2026-02-01T00:00:00Z' }) }),
    ],
    ['another placement', linkedCloneSet({ template: { placement: { host: 'esx-1' } } }), BASE],
    ['a customization', linkedCloneSet({ template: { customization: { specName: 'lab' } } }), BASE],
    ['other names', linkedCloneSet({ spec: { naming: { pattern: 'X##' } } }), BASE],
  ])('changes with %s', (_, set, base) => {
    expect(nameOf(set, base)).not.toBe(nameOf(linkedCloneSet()));
  });
});

/** An API server that has some revisions already. */
function server(
  existing: readonly { name: string; revision: number; owner?: string }[],
  inUse: readonly string[] = [],
) {
  const calls: string[] = [];
  const items = existing.map(({ name, revision, owner = 'uid-web' }) => ({
    metadata: { name, namespace: 'lab', uid: `uid-${name}`, ownerReferences: [{ uid: owner }] },
    revision,
  }));
  const rest = {
    list: async (_: unknown, options: { labelSelector: string }) => {
      calls.push(`list ${options.labelSelector}`);
      return { items };
    },
    create: async (_: unknown, namespace: string, body: ControllerRevision) => {
      calls.push(`create ${namespace}/${body.metadata.name} revision ${body.revision}`);
      if (existing.some((each) => each.name === 'taken by a race'))
        throw new ApiError('exists', { code: 409, reason: 'AlreadyExists' });
      return body;
    },
    delete: async (_: unknown, key: { name: string }, options: { uid: string }) => {
      calls.push(`delete ${key.name} ${options.uid}`);
    },
  };
  const clones = inUse.map((revision, n) =>
    linkedClone({ name: `web-${n}`, labels: { 'linkedclone.dev/revision': revision } }),
  );
  return { calls, runtime: { rest, stores: { clones: { byIndex: () => clones } } } as unknown as Runtime };
}

describe('ensureRevision', () => {
  const name = nameOf(linkedCloneSet());

  it('asks nobody when the set has the revision already', async () => {
    const { calls, runtime } = server([]);
    await expect(ensureRevision(runtime, linkedCloneSet({ status: { updateRevision: name } }), BASE)).resolves.toBe(
      name,
    );
    expect(calls).toEqual([]);
  });

  it('creates it with the next number, owned by the set', async () => {
    const { calls, runtime } = server([{ name: 'web-a', revision: 4 }]);
    await expect(ensureRevision(runtime, linkedCloneSet(), BASE)).resolves.toBe(name);
    expect(calls).toEqual(['list linkedclone.dev/set=web', `create lab/${name} revision 5`]);
  });

  it('does not use that of a set that had the name before: it goes with that one', async () => {
    const there = server([{ name, revision: 7, owner: 'uid-before' }]);
    await expect(ensureRevision(there.runtime, linkedCloneSet(), BASE)).resolves.toBe(name);
    expect(there.calls.slice(1)).toEqual([`delete ${name} uid-${name}`, `create lab/${name} revision 8`]);
  });

  it('uses one that is there, and takes it for done when another was faster', async () => {
    const there = server([{ name, revision: 1 }]);
    await expect(ensureRevision(there.runtime, linkedCloneSet(), BASE)).resolves.toBe(name);
    expect(there.calls).toEqual(['list linkedclone.dev/set=web']);
    const raced = server([{ name: 'taken by a race', revision: 1 }]);
    await expect(ensureRevision(raced.runtime, linkedCloneSet(), BASE)).resolves.toBe(name);
  });

  it('keeps ten old ones and those that clones were made of', async () => {
    const old = Array.from({ length: 13 }, (_, n) => ({ name: `web-${n}`, revision: n + 1 }));
    const { calls, runtime } = server(old, ['web-0']);
    await ensureRevision(runtime, linkedCloneSet(), BASE);
    expect(calls.filter((call) => call.startsWith('delete'))).toEqual([
      'delete web-2 uid-web-2',
      'delete web-1 uid-web-1',
    ]);
  });
});
