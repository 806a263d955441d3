// A search by name reads a whole datacenter, so it's made once where it finds the machine, and less and less often where it
// doesn't; another name is another search.
import { describe, expect, it } from '@jest/globals';
import { NameSearch } from '../../../../src/controllers/base-snapshot/name-search.ts';
import { NotReady } from '../../../../src/controllers/shared/not-ready.ts';
import { RequeueAfter } from '../../../../src/util/errors.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ref } from '../support/vm.ts';

const NONE = new NotReady('SourceNotFound', 'there is no VM of that name');

function rig() {
  const clock = new FakeClock();
  const memory = {};
  const world = { answer: NONE as MoRef | Error, hasName: true, looks: 0 };
  const connection = {};
  const ask = (path = '/DC0/vm/win', over: object = connection): { search: NameSearch; answer: Promise<MoRef> } => {
    const search = new NameSearch(memory, clock); // one for each reconcile
    const answer = search.find({
      connection: over,
      path,
      hasName: async () => world.hasName,
      look: async () => {
        world.looks += 1;
        if (world.answer instanceof Error) throw world.answer;
        return world.answer;
      },
    });
    return { search, answer };
  };
  const find = (path?: string, over?: object): Promise<unknown> =>
    ask(path, over).answer.catch((error: unknown) => error);
  return { clock, world, ask, find };
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

  it('is looked for once more before anything is pinned, where the answer is remembered', async () => {
    const { world, ask, find } = rig();
    world.answer = ref('vm-7');
    const first = ask();
    await first.answer;
    await first.search.confirm();
    expect(world.looks).toBe(1);

    const later = ask();
    await later.answer;
    await later.search.confirm();
    expect(world.looks).toBe(2);

    const several = ask();
    await several.answer;
    world.answer = new NotReady('SourceAmbiguous', 'two have it');
    await expect(several.search.confirm()).rejects.toBe(world.answer);
    expect(await find()).toBe(world.answer);
  });

  it('does not pin a machine that another one has taken the name of', async () => {
    const { world, ask, find } = rig();
    world.answer = ref('vm-7');
    await find();
    const later = ask();
    await later.answer;
    world.answer = ref('vm-8');
    await expect(later.search.confirm()).rejects.toBeInstanceOf(RequeueAfter);
    expect(await find()).toEqual(ref('vm-8'));
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
