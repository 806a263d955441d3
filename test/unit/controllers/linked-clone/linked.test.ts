// The evidence that a VM is a linked clone: one disk without a parent in the base is enough to say no. And the disks that
// aren't the clone's own, which would be deleted with it.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Device } from '../../../../src/controllers/base-snapshot/disks.ts';
import { foreignDisks, linkEvidence } from '../../../../src/controllers/linked-clone/linked.ts';
import { SCSI, chain, disk } from '../support/vm.ts';

const BASE = [
  SCSI,
  disk(2000, chain('[ds] win/win.vmdk')),
  disk(2001, chain('[ds] win/win_1-000001.vmdk', '[ds] win/win_1.vmdk')),
];
const DELTA = disk(2000, chain('[ds] web-1/web-1.vmdk', '[ds] win/win.vmdk'));
const DELTA_2 = disk(2001, chain('[ds] web-1/web-1_1.vmdk', '[ds] win/win_1-000001.vmdk', '[ds] win/win_1.vmdk'));
const FULL_2 = disk(2001, chain('[ds] web-1/web-1_1.vmdk'));

describe('linkEvidence', () => {
  it('is there when every disk leads to a disk of the base', () => {
    expect(linkEvidence([SCSI, DELTA, DELTA_2], BASE)).toEqual({
      linked: true,
      reason: 'DeltaDisks',
      message: '2 delta disks on the base, chain depth 3',
      depth: 3,
    });
    expect(linkEvidence([DELTA], [disk(2000, chain('[ds] win/win.vmdk'))]).message).toBe(
      '1 delta disk on the base, chain depth 2',
    );
  });

  it.each<[string, Device[], string]>([
    [
      'one of two disks has no parent',
      [DELTA, FULL_2],
      'disk "Hard disk 2" ([ds] web-1/web-1_1.vmdk) doesn\'t lead to a disk of the base',
    ],
    [
      'no disk has one',
      [disk(2000, chain('[ds] web-1/web-1.vmdk')), FULL_2],
      'disk "Hard disk 1" ([ds] web-1/web-1.vmdk), "Hard disk 2" ([ds] web-1/web-1_1.vmdk) doesn\'t lead to a disk of the base',
    ],
    [
      'a parent is of another base',
      [DELTA, disk(2001, chain('leaf', '[ds] linux/linux.vmdk'))],
      'disk "Hard disk 2" (leaf) doesn\'t lead to a disk of the base',
    ],
    ['it has no disk at all', [SCSI], "it has none of the base's disks"],
    [
      'it has only disks that the base has not',
      [disk(2005, chain('[ds] web-1/data.vmdk'))],
      "it has none of the base's disks",
    ],
  ])('is not when %s', (_, devices, message) => {
    expect(linkEvidence(devices, BASE)).toMatchObject({ linked: false, reason: 'FullCopy', message });
  });

  it('does not care for disks that were attached later', () => {
    expect(linkEvidence([DELTA, DELTA_2, disk(2005, chain('[ds] data/data.vmdk'))], BASE).linked).toBe(true);
  });

  it('takes a disk of the base itself for no delta: the parent must be one, not the leaf', () => {
    expect(linkEvidence([disk(2000, chain('[ds] win/win.vmdk'))], BASE).linked).toBe(false);
  });

  it('asks for a parent even where the files of the base are not known', () => {
    expect(linkEvidence([DELTA, DELTA_2], []).linked).toBe(true);
    expect(linkEvidence([DELTA, FULL_2], []).linked).toBe(false);
  });

  it('believes a storage that says it made the clone itself, disk by disk', () => {
    const native = disk(2000, chain('[vvol] web-1/web-1.vmdk'), { nativeUnmanagedLinkedClone: true });
    expect(linkEvidence([native, DELTA_2], BASE)).toMatchObject({ linked: true, reason: 'ParentHidden' });
    expect(linkEvidence([native, FULL_2], BASE).linked).toBe(false);
    expect(linkEvidence([{ ...native, nativeUnmanagedLinkedClone: false }, DELTA_2], BASE).linked).toBe(false);
  });

  it('is missing as soon as any one of any number of disks lacks it, whichever that is', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (links) => {
        const base = links.map((_, n) => disk(2000 + n, chain(`[ds] win/${n}.vmdk`)));
        const clone = links.map((linked, n) =>
          disk(2000 + n, linked ? chain(`[ds] web/${n}.vmdk`, `[ds] win/${n}.vmdk`) : chain(`[ds] web/${n}.vmdk`)),
        );
        const evidence = linkEvidence(clone, base);
        expect(evidence.linked).toBe(links.every(Boolean));
        expect(evidence.depth).toBe(links.some(Boolean) ? 2 : 1);
      }),
    );
  });
});

describe('foreignDisks', () => {
  const HOME = '[ds] web-1/web-1.vmx';

  it("are none among the clone's own, with or without snapshots of its own", () => {
    const own = [
      SCSI,
      DELTA,
      disk(2001, chain('[ds] web-1/web-1_1-000001.vmdk', '[ds] web-1/web-1_1.vmdk', '[ds] win/win_1.vmdk')),
    ];
    expect(foreignDisks(own, HOME)).toEqual([]);
  });

  it.each([
    ["another machine's", '[ds] files/data.vmdk'],
    ['in a folder whose name only begins like ours', '[ds] web-10/web-10.vmdk'],
    ['in a folder of the same name on another datastore', '[ds-2] web-1/data.vmdk'],
    ['of the base itself', '[ds] win/win.vmdk'],
  ])('are those that are %s', (_, file) => {
    expect(foreignDisks([DELTA, disk(2005, chain(file))], HOME)).toEqual([`"Hard disk 6" (${file})`]);
  });

  it.each(['', 'undefined', '[ds]', '[ds] web-1.vmx'])('are all of them where the home %j is not known', (home) => {
    expect(foreignDisks([DELTA], home)).toEqual(['"Hard disk 1" ([ds] web-1/web-1.vmdk)']);
  });

  it('never leave out a disk that is not in the home folder', () => {
    const folder = fc.constantFrom('[ds] web-1/', '[ds] web-2/', '[ds] web-1/sub/', '[ds2] web-1/', '');
    fc.assert(
      fc.property(fc.array(folder, { maxLength: 5 }), (folders) => {
        const devices = folders.map((path, n) => disk(2000 + n, chain(`${path}${n}.vmdk`)));
        const expected = folders.filter((path) => !path.startsWith('[ds] web-1/')).length;
        expect(foreignDisks(devices, HOME)).toHaveLength(expected);
      }),
    );
  });
});
