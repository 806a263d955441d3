// Which snapshot is meant: never guessed between two, and once pinned never found again by its name.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SnapshotInfo, SnapshotNode } from '../../../../src/controllers/base-snapshot/snapshot-tree.ts';
import {
  chooseSnapshot,
  findPinned,
  flattenSnapshots,
  snapshotsBelow,
} from '../../../../src/controllers/base-snapshot/snapshot-tree.ts';
import { ref } from '../support/vm.ts';

type Entry = NonNullable<SnapshotInfo['rootSnapshotList']>[number];

function entry(id: number, name: string, children: Entry[] = [], fields: Partial<Entry> = {}): Entry {
  return {
    snapshot: ref(`snapshot-${id}`, 'VirtualMachineSnapshot'),
    id,
    name,
    createTime: `2026-01-0${id}T10:00:00.123456Z`,
    state: 'poweredOff',
    quiesced: false,
    ...(children.length > 0 && { childSnapshotList: children }),
    ...fields,
  };
}

/** clean ─ office ─ gold; patched ─ gold; the current one is `patched/gold`. */
const INFO: SnapshotInfo = {
  currentSnapshot: ref('snapshot-5', 'VirtualMachineSnapshot'),
  rootSnapshotList: [
    entry(1, 'clean', [entry(2, 'office', [entry(3, 'gold')])]),
    entry(4, 'patched', [entry(5, 'gold', [], { description: 'by hand', state: 'poweredOn', quiesced: true })]),
  ],
};

function chosen(info: SnapshotInfo | undefined, existing: Parameters<typeof chooseSnapshot>[1]): unknown {
  const choice = chooseSnapshot(info, existing);
  if ('found' in choice) return choice.found.ref.value;
  return 'missing' in choice ? choice.missing : choice.ambiguous.map((node) => node.ref.value);
}

describe('flattenSnapshots', () => {
  it('gives each snapshot its path and depth, parents first', () => {
    expect(flattenSnapshots(INFO).map((node) => [node.path, node.depth])).toEqual([
      ['clean', 1],
      ['clean/office', 2],
      ['clean/office/gold', 3],
      ['patched', 1],
      ['patched/gold', 2],
    ]);
    expect(flattenSnapshots(INFO).at(-1)).toMatchObject({
      id: 5,
      description: 'by hand',
      state: 'poweredOn',
      quiesced: true,
    });
    expect(flattenSnapshots(INFO)[0]?.description).toBe('');
  });

  it('of a VM without snapshots is empty', () => {
    expect([flattenSnapshots(undefined), flattenSnapshots({})]).toEqual([[], []]);
  });
});

describe('snapshotsBelow', () => {
  const TWINS: SnapshotInfo = {
    rootSnapshotList: [
      entry(1, 'gold', [entry(2, 'a', [entry(3, 'b')]), entry(4, 'c')]),
      entry(5, 'gold', [entry(6, 'a')]),
    ],
  };

  it.each([
    ['snapshot-1', ['snapshot-2', 'snapshot-3', 'snapshot-4']],
    ['snapshot-2', ['snapshot-3']],
    ['snapshot-4', []],
    ['snapshot-5', ['snapshot-6']],
    ['snapshot-9', []],
  ])('of %s are those that stand on it, whatever the names', (value, expected) => {
    const below = snapshotsBelow(TWINS, { ref: ref(value, 'VirtualMachineSnapshot') });
    expect(below.map((node) => node.ref.value)).toEqual(expected);
  });
});

describe('chooseSnapshot', () => {
  it.each([
    ['nothing: the current one', undefined, 'snapshot-5'],
    ['an empty choice: the current one', {}, 'snapshot-5'],
    ['current', { current: true as const }, 'snapshot-5'],
    ['a name that is there once', { name: 'office' }, 'snapshot-2'],
    ['a path', { path: 'clean/office/gold' }, 'snapshot-3'],
    ['a path from the root', { path: '/patched/gold' }, 'snapshot-5'],
    ['a reference', { moRef: 'snapshot-3' }, 'snapshot-3'],
  ])('by %s', (_, existing, expected) => {
    expect(chosen(INFO, existing)).toBe(expected);
  });

  it('refuses a name that fits twice, with all that fit', () => {
    expect(chosen(INFO, { name: 'gold' })).toEqual(['snapshot-3', 'snapshot-5']);
  });

  it('refuses a path that fits twice: siblings may have one name', () => {
    const twins = { rootSnapshotList: [entry(1, 'clean', [entry(2, 'gold'), entry(3, 'gold')])] };
    expect(chosen(twins, { path: 'clean/gold' })).toEqual(['snapshot-2', 'snapshot-3']);
  });

  it.each([
    [{ name: 'Gold' }, 'snapshot "Gold"'],
    [{ path: 'gold' }, 'snapshot with path "gold"'],
    [{ moRef: 'snapshot-9' }, 'snapshot snapshot-9'],
  ])('says what is missing for %j', (existing, expected) => {
    expect(chosen(INFO, existing)).toBe(expected);
  });

  it('has no current snapshot where the VM has none, or none is current', () => {
    expect(chosen(undefined, undefined)).toBe('a current snapshot');
    expect(chosen({ rootSnapshotList: INFO.rootSnapshotList ?? [] }, { current: true })).toBe('a current snapshot');
  });

  it('never chooses one of several', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.constantFrom('a', 'b'), (all, name) => {
        const info = { rootSnapshotList: all.map((each, index) => entry(index + 1, each)) };
        const fits = all.filter((each) => each === name).length;
        expect(Object.keys(chooseSnapshot(info, { name }))).toEqual([
          fits === 0 ? 'missing' : fits === 1 ? 'found' : 'ambiguous',
        ]);
      }),
    );
  });
});

describe('findPinned', () => {
  const pin = { moRef: 'snapshot-3', id: 3, createTime: '2026-01-03T10:00:00.000Z' };
  const found = (info: SnapshotInfo, wanted = pin): string | undefined => findPinned(info, wanted)?.ref.value;

  it('finds it by reference, id and time; fractions of a second are the answer of another version', () => {
    expect(found(INFO)).toBe('snapshot-3');
  });

  it('finds it under another reference after a re-registration', () => {
    const again = {
      rootSnapshotList: [entry(3, 'renamed meanwhile', [], { snapshot: ref('snapshot-88', 'VirtualMachineSnapshot') })],
    };
    expect(found(again)).toBe('snapshot-88');
  });

  it.each<[string, Partial<Entry>]>([
    ['the same name', { id: 7, snapshot: ref('snapshot-7', 'VirtualMachineSnapshot') }],
    ['the same name and reference', { id: 7 }],
    ['the same name, reference and id', { createTime: '2026-01-03T10:00:01.000Z' }],
    ['a time that is none', { createTime: 'yesterday' }],
  ])('never takes another snapshot of %s for it', (_, fields) => {
    expect(found({ rootSnapshotList: [entry(3, 'gold', [], fields)] })).toBeUndefined();
  });

  it('never goes by name or by reference alone, whatever the tree', () => {
    const node = fc.record({ id: fc.nat(4), ref: fc.nat(4), second: fc.nat(2) });
    const time = (second: number): string => `2026-01-03T10:00:0${second}.500Z`;
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), node, (nodes, wanted) => {
        const info: SnapshotInfo = {
          rootSnapshotList: nodes.map((each) =>
            entry(1, 'gold', [], {
              id: each.id,
              snapshot: ref(`snapshot-${each.ref}`, 'VirtualMachineSnapshot'),
              createTime: time(each.second),
            }),
          ),
        };
        const hit: SnapshotNode | undefined = findPinned(info, {
          moRef: `snapshot-${wanted.ref}`,
          id: wanted.id,
          createTime: time(wanted.second),
        });
        const same = nodes.filter((each) => each.id === wanted.id && each.second === wanted.second);
        expect(hit === undefined).toBe(same.length === 0);
        if (same.some((each) => each.ref === wanted.ref)) expect(hit?.ref.value).toBe(`snapshot-${wanted.ref}`);
      }),
    );
  });
});
