// Guests that write, that wait for room, that don't listen, and that get their address late or never.
import { describe, expect, it } from '@jest/globals';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { Vcenter, faultOf } from './harness.ts';
import { INSTANT, SMALL, linkedClone } from './inventories.ts';
import { problemsOf } from './schema-check.ts';

const MB = 1024 ** 2;

interface Lab {
  readonly vc: Vcenter;
  readonly clone: MoRef;
}

/** A clone of `parent`, which has these fields too. */
async function lab(fields: string, inventory = INSTANT, seed = 1): Promise<Lab> {
  const vc = new Vcenter(inventory.replace('    annotation: the parent', `    ${fields}`), { seed });
  const parent = vc.named('VirtualMachine', 'parent');
  return { vc, clone: await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent)) };
}

const guest = (habits: string): string =>
  INSTANT.replace('{ id: ubuntu64Guest, fullName: Ubuntu }', `{ id: ubuntu64Guest, ${habits} }`);
const leafBytes = (vc: Vcenter, vm: MoRef): number => vc.vm(vm).disks[0]?.chain[0]?.ownBytes ?? 0;

describe('a guest that writes', () => {
  it('grows its own file by about its rate while it runs, and nobody else', async () => {
    const { vc, clone } = await lab('writes: { perHour: 60 MB }');
    await vc.advance(3600);
    expect(leafBytes(vc, clone)).toBe(512);
    await vc.must(clone, 'PowerOnVM_Task');
    const [atFirst, free] = [leafBytes(vc, clone), vc.freeBytes('ds-1')];
    await vc.advance(3600);
    const grown = leafBytes(vc, clone) - atFirst;
    expect(grown).toBeGreaterThan(50 * MB);
    expect(grown).toBeLessThan(70 * MB);
    expect(free - vc.freeBytes('ds-1')).toBe(grown);
    expect(vc.get(vc.named('Datastore', 'ds-1'), 'summary.freeSpace')).toBe(vc.freeBytes('ds-1'));
    await vc.must(clone, 'PowerOffVM_Task');
    const after = leafBytes(vc, clone);
    await vc.advance(3600);
    expect(leafBytes(vc, clone)).toBe(after);
  });

  it('writes the same for the same seed, something else for another', async () => {
    const sizes: number[] = [];
    for (const seed of [1, 1, 2]) {
      const { vc, clone } = await lab('writes: { perHour: 60 MB }', INSTANT, seed);
      await vc.must(clone, 'PowerOnVM_Task');
      await vc.advance(600);
      sizes.push(leafBytes(vc, clone));
    }
    expect(sizes[0]).toBe(sizes[1]);
    expect(sizes[0]).not.toBe(sizes[2]);
  });

  it('writes nothing by default', async () => {
    const { vc, clone } = await lab('annotation: quiet');
    await vc.must(clone, 'PowerOnVM_Task');
    const before = leafBytes(vc, clone);
    await vc.advance(7200);
    expect(leafBytes(vc, clone)).toBe(before);
  });

  it('shows in layoutEx and storage only after a refresh', async () => {
    const { vc, clone } = await lab('writes: { perHour: 60 MB }');
    await vc.must(clone, 'PowerOnVM_Task');
    vc.call(clone, 'RefreshStorageInfo');
    const before = vc.get(clone, 'summary.storage.unshared');
    await vc.advance(600);
    expect(vc.get(clone, 'summary.storage.unshared')).toBe(before);
    vc.call(clone, 'RefreshStorageInfo');
    expect(vc.get(clone, 'summary.storage.unshared')).toBe(vc.vm(clone).unsharedBytes);
    expect(vc.vm(clone).unsharedBytes).toBeGreaterThan(Number(before));
  });
});

describe('a guest whose datastore is full', () => {
  async function full(): Promise<Lab & { readonly filler: MoRef }> {
    const { vc, clone } = await lab('writes: { perHour: 60 MB }');
    await vc.must(clone, 'PowerOnVM_Task');
    const parent = vc.named('VirtualMachine', 'parent');
    const filler = await vc.must(parent, 'CloneVM_Task', linkedClone(vc, parent, { name: 'filler' }));
    const device = {
      $type: 'VirtualDisk',
      key: -1,
      capacityInBytes: vc.freeBytes('ds-1') - 100_000,
      backing: { thinProvisioned: false },
    };
    await vc.must(filler, 'ReconfigVM_Task', {
      spec: { deviceChange: [{ operation: 'add', fileOperation: 'create', device }] },
    });
    await vc.advance(120);
    return { vc, clone, filler };
  }
  const question = (vc: Vcenter, vm: MoRef): { id: string } =>
    vc.get(vm, 'runtime.question') as ReturnType<typeof question>;

  it('stops with a question and an event, and writes no more', async () => {
    const { vc, clone } = await full();
    expect(question(vc, clone)).toMatchObject({
      text: expect.stringContaining("There is no more space for virtual disk 'clone.vmdk'"),
      message: [{ id: 'msg.hbacommon.outofspace' }],
      choice: {
        choiceInfo: [
          { key: '0', label: 'Retry' },
          { key: '1', label: 'Cancel' },
        ],
      },
    });
    const asked = { type: 'VirtualMachineQuestionInfo', list: false };
    expect(problemsOf(question(vc, clone), asked, 'question')).toEqual([]);
    const event = modelOf(vc.world).events.events.find((one) => one.data['$type'] === 'VmMessageErrorEvent');
    expect(problemsOf(event?.data, { type: 'Event', list: false }, 'event')).toEqual([]);
    const before = leafBytes(vc, clone);
    await vc.advance(600);
    expect(leafBytes(vc, clone)).toBe(before);
    expect(vc.vm(clone).power).toBe('poweredOn');
    expect(vc.eventTypes().filter((name) => name === 'VmMessageErrorEvent')).toHaveLength(1);
  });

  it('goes on by itself when there is room', async () => {
    const { vc, clone, filler } = await full();
    await vc.must(filler, 'Destroy_Task');
    const before = leafBytes(vc, clone);
    await vc.advance(60);
    expect(question(vc, clone)).toBeUndefined();
    expect(leafBytes(vc, clone)).toBeGreaterThan(before);
  });

  it('goes on at once when the question is answered with Retry and there is room', async () => {
    const { vc, clone, filler } = await full();
    const answer = (questionId: string, answerChoice: string): unknown =>
      vc.call(clone, 'AnswerVM', { questionId, answerChoice });
    const { id } = question(vc, clone);
    answer(id, '0');
    expect(question(vc, clone).id).toBe(id);
    await vc.must(filler, 'Destroy_Task');
    expect(faultOf(() => answer('no such question', '0')).fault).toBe('InvalidArgument');
    expect(faultOf(() => answer(id, '7')).fault).toBe('InvalidArgument');
    answer(id, '0');
    expect(question(vc, clone)).toBeUndefined();
    expect(faultOf(() => answer(id, '0')).fault).toBe('InvalidState');
  });

  it.each([
    ['is answered with Cancel', 'poweredOff'],
    ['is reset', 'poweredOn'],
  ])('has no question any more when it %s', async (how, power) => {
    const { vc, clone } = await full();
    if (how === 'is reset') await vc.must(clone, 'ResetVM_Task');
    else vc.call(clone, 'AnswerVM', { questionId: question(vc, clone).id, answerChoice: '1' });
    expect(vc.vm(clone).power).toBe(power);
    expect(question(vc, clone)).toBeUndefined();
  });

  it('does not listen while it stands still', async () => {
    const { vc, clone } = await full();
    vc.call(clone, 'ShutdownGuest');
    await vc.advance(60);
    expect(vc.vm(clone).power).toBe('poweredOn');
  });
});

describe('a guest that is asked to shut down', () => {
  it('takes its time and says so', async () => {
    const { vc, clone } = await lab('annotation: slow', `${SMALL}\ndurations: { shutdownGuest: 90, sigma: 0 }\n`);
    await vc.must(clone, 'PowerOnVM_Task');
    vc.call(clone, 'ShutdownGuest');
    expect(vc.get(clone, 'guest.guestState')).toBe('shuttingDown');
    await vc.advance(89);
    expect(vc.vm(clone).power).toBe('poweredOn');
    await vc.advance(1);
    expect(vc.vm(clone).power).toBe('poweredOff');
  });

  it('does nothing when it ignores requests, and neither do its clones', async () => {
    const { vc, clone } = await lab('annotation: deaf', guest('shutdown: ignored'));
    await vc.must(clone, 'PowerOnVM_Task');
    const bootTime = vc.get(clone, 'runtime.bootTime');
    vc.call(clone, 'ShutdownGuest');
    vc.call(clone, 'RebootGuest');
    await vc.advance(3600);
    expect(vc.get(clone, 'runtime')).toMatchObject({ powerState: 'poweredOn', bootTime });
    expect(vc.eventTypes()).not.toContain('VmGuestRebootEvent');
    await vc.must(clone, 'PowerOffVM_Task');
  });
});

describe('a guest that reboots', () => {
  it('is silent for a while and comes back with its address', async () => {
    const { vc, clone } = await lab('annotation: obedient', `${SMALL}\ndurations: { tools: 20 }\n`);
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(20);
    expect(vc.vm(clone).ipAddress).toBe('10.0.0.10');
    vc.call(clone, 'RebootGuest');
    await vc.advance(2);
    expect(vc.get(clone, 'guest')).toMatchObject({ toolsRunningStatus: 'guestToolsNotRunning' });
    expect(vc.vm(clone)).toMatchObject({ power: 'poweredOn', ipAddress: null });
    await vc.advance(20);
    expect(vc.vm(clone).ipAddress).toBe('10.0.0.10');
    expect(vc.eventTypes()).toContain('VmGuestRebootEvent');
    expect(vc.eventTypes()).not.toContain('VmPoweredOffEvent');
  });
});

describe('the address of a guest', () => {
  it('comes after Tools, in the time of the inventory file', async () => {
    const { vc, clone } = await lab('annotation: late', `${SMALL}\ndurations: { tools: 10, ip: 30 }\n`);
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(10);
    expect(vc.get(clone, 'guest')).toMatchObject({ toolsRunningStatus: 'guestToolsRunning', hostName: 'parent' });
    expect(vc.vm(clone).ipAddress).toBeNull();
    await vc.advance(29);
    expect(vc.vm(clone).ipAddress).toBeNull();
    await vc.advance(1);
    expect(vc.vm(clone).ipAddress).toBe('10.0.0.10');
  });

  it('never comes where the inventory file says so', async () => {
    const { vc, clone } = await lab('annotation: lost', guest('ip: false'));
    await vc.must(clone, 'PowerOnVM_Task');
    await vc.advance(86_400);
    expect(vc.get(clone, 'guest.toolsRunningStatus')).toBe('guestToolsRunning');
    expect(vc.vm(clone).ipAddress).toBeNull();
  });
});
