// A search by name reads a whole datacenter, so it's made once where it finds the machine, and less and less often where it
// doesn't; another name is another search.
import { describe, expect, it } from '@jest/globals';
import { NameSearch } from '../../../../src/controllers/base-snapshot/name-search.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ref } from '../support/vm.ts';

const NONE = new NotReady('SourceNotFound', 'there is no VM of that name');

function rig() {
  const clock = new FakeClock();
  const search = new NameSearch(clock);
  const world = { answer: NONE as MoRef | Error, hasName: true, looks: 0 };
  const connection = {};
  const find = (path = '/DC0/vm/win', over: object = connection): Promise<unknown> =>
    search
      .find({
        connection: over,
        path,
        hasName: async () => world.hasName,
        look: async () => {
          world.looks += 1;
          if (world.answer instanceof Error) throw world.answer;
          return world.answer;
        },
      })
      .catch((error: unknown) => error);
  return { clock, world, find };
}

describe('NameSearch', () => {
  it('looks less and less often for what is not there, and finds it when it comes', async () => {
    const { clock, world, find } = rig();
    for (let second = 0; second < 600; second += 10) {
      expect(await find()).toBe(NONE);
      await clock.advance(10_000);
    }
    expect(world.looks).toBe(8); // after 0, 10, 30, 70, 150, 270, … seconds
    world.answer = ref('vm-7');
    await clock.advance(120_000);
    expect(await find()).toEqual(ref('vm-7'));
  });

  it('keeps what it found for as long as that has the name', async () => {
    const { world, find } = rig();
    world.answer = ref('vm-7');
    await find();
    await find();
    expect(world.looks).toBe(1);
    world.hasName = false;
    world.answer = ref('vm-8');
    expect([await find(), world.looks]).toEqual([ref('vm-8'), 2]);
  });

  it('begins anew for another name and in another session', async () => {
    const { world, find } = rig();
    await find();
    await find('/DC0/vm/other');
    await find('/DC0/vm/other');
    await find('/DC0/vm/other', {});
    expect(world.looks).toBe(3);
  });

  it('does not remember that the vCenter was away', async () => {
    const { world, find } = rig();
    world.answer = new Error('away');
    await find();
    await find();
    expect(world.looks).toBe(2);
  });
});
