// What clients may make up (names of properties, of users, paths) isn't remembered.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { parsePath } from '../../../../src/simulator/core/property-path.ts';
import { viewOf } from '../../../../src/simulator/schema/version-view.ts';
import { Vcenter } from '../model/harness.ts';
import { INSTANT } from '../model/inventories.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the heap that are still needed after `work`, which is done once before to fill what is filled once. */
function keptBy(work: (round: number) => void): number {
  work(0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work(1);
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

const MB = 1024 * 1024;

describe('nothing is kept of', () => {
  it('long property paths', () => {
    const kept = keptBy((round) => {
      for (let i = 0; i < 50; i++) expect(parsePath(`r${round}n${i}${'.a'.repeat(20_000)}`)).toHaveLength(20_001);
    });
    expect(kept).toBeLessThan(5 * MB);
  });

  it('names of properties that do not exist', () => {
    const kept = keptBy((round) => {
      for (let i = 0; i < 500; i++)
        viewOf('8.0.3.0').knowsMember('VirtualMachine', `r${round}n${i}${'x'.repeat(50_000)}`);
    });
    expect(kept).toBeLessThan(5 * MB);
  });

  it('names of users who were only asked about', () => {
    const vc = new Vcenter(INSTANT);
    const kept = keptBy((round) => {
      for (let i = 0; i < 5000; i++)
        vc.world.access.can(`nobody-${round}-${i}-${'x'.repeat(5000)}`, 'System.View', vc.world.rootFolder);
    });
    expect(kept).toBeLessThan(8 * MB);
  });
});
