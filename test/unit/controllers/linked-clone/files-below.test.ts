// What a clone's disks and those of its snapshots stand on besides its own folder: only the base's files, and those of machines
// that are registered, survive a Destroy. Anybody's snapshot of a clone puts files there that no leaf shows.
import { describe, expect, it } from '@jest/globals';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { VM, onStage, source, victim } from '../support/deleting-clone.ts';
import { chain, disk, ref } from '../support/vm.ts';

const OWN = '[ds] web-01/web-01.vmdk';
const BASE = '[ds] win/win.vmdk';
const DATA = '[ds] data/data.vmdk';
const SNAPSHOT = {
  rootSnapshotList: [
    {
      snapshot: ref('snapshot-7', 'VirtualMachineSnapshot'),
      ...{ id: 7, name: 'theirs', createTime: '', state: '', quiesced: false },
    },
  ],
};
/** With a snapshot that froze `frozen`, on which delta files in its own folder were put. */
function snapshotted(frozen: readonly (readonly string[])[] | undefined, now = frozen ?? []): Stage['vms'] {
  const disks = (chains: readonly (readonly string[])[]): unknown =>
    chains.map((files, i) => disk(2000 + i, chain(...files)));
  return {
    'vm-10': victim({
      snapshot: SNAPSHOT,
      'config.hardware.device': disks(now.map((files, i) => [`[ds] web-01/delta-${i}.vmdk`, ...files])),
    }),
    'snapshot-7': frozen === undefined ? { name: 'theirs' } : { 'config.hardware.device': disks(frozen) },
    'vm-1': source(),
  };
}

async function judged(stage: Stage): Promise<{ readonly is: string; readonly message: string }> {
  const verdict = await checkVictim(onStage(stage).scope, VM);
  return verdict.state === 'hold'
    ? { is: verdict.reason, message: verdict.message }
    : { is: verdict.state, message: '' };
}

describe('a clone of which somebody took a snapshot', () => {
  it('goes when all of it stands on the base', async () => {
    expect((await judged({ vms: snapshotted([[OWN, BASE]]) })).is).toBe('poweredOff');
  });

  it("stays while somebody's disk is below the snapshot, though the file on top is in its folder", async () => {
    const { is, message } = await judged({ vms: snapshotted([[OWN, BASE], [DATA]]) });
    expect(is).toBe('ForeignDisks');
    expect(message).toContain(`"Hard disk 2" (${DATA})`);
  });

  it("stays while somebody's disk is in the snapshot alone, detached from the machine since", async () => {
    const { is, message } = await judged({ vms: snapshotted([[OWN, BASE], [DATA]], [[OWN, BASE]]) });
    expect([is, message.includes(DATA)]).toEqual(['ForeignDisks', true]);
  });

  it('goes when that disk belongs to a machine that is registered: vCenter leaves it', async () => {
    const owner = { name: 'data', 'config.hardware.device': [disk(2000, chain(DATA))] };
    expect((await judged({ vms: { ...snapshotted([[OWN, BASE], [DATA]]), 'vm-20': owner } })).is).toBe('poweredOff');
    const untold = { name: 'data', 'runtime.connectionState': 'inaccessible' };
    const unknown = await judged({ vms: { ...snapshotted([[OWN, BASE], [DATA]]), 'vm-20': untold } });
    expect([unknown.is, unknown.message.includes('"data" (vm-20)')]).toEqual(['DisksInUse', true]);
  });

  it('stays while one of several such disks belongs to nobody', async () => {
    const OTHER = '[ds] other/other.vmdk';
    const owner = { name: 'data', 'config.hardware.device': [disk(2000, chain(DATA))] };
    const { is, message } = await judged({
      vms: { ...snapshotted([[OWN, BASE], [DATA], [OTHER]]), 'vm-20': owner },
    });
    expect([is, message.includes(OTHER), message.includes(DATA)]).toEqual(['ForeignDisks', true, false]);
  });

  it('stays while the disks of the snapshot are not told', async () => {
    expect((await judged({ vms: snapshotted(undefined, [[OWN, BASE]]) })).is).toBe('NotConnected');
  });

  it("stays when it was attached to somebody else's disk in a folder of the base's", async () => {
    const vms = snapshotted([[OWN, BASE], ['[ds] win/win_9.vmdk']]);
    expect((await judged({ vms })).is).toBe('ForeignDisks');
  });
});

describe('a base whose machine went on from another snapshot', () => {
  const elsewhere = source({
    'config.hardware.device': [disk(2000, chain('[ds] win/win-000009.vmdk', '[ds] win/0.vmdk'))],
  });

  it('still holds what its own snapshot froze', async () => {
    const frozen = { 'config.hardware.device': [disk(2000, chain(BASE))] };
    expect((await judged({ vms: { 'vm-10': victim(), 'vm-1': elsewhere, 'snapshot-1': frozen } })).is).toBe(
      'poweredOff',
    );
  });

  it('holds nothing of what neither has', async () => {
    const frozen = { 'config.hardware.device': [disk(2000, chain('[ds] win/other.vmdk'))] };
    expect((await judged({ vms: { 'vm-10': victim(), 'vm-1': elsewhere, 'snapshot-1': frozen } })).is).toBe(
      'ForeignDisks',
    );
  });
});

describe('a clone of which nothing says what it was made of', () => {
  const holder = (...files: string[]): Record<string, unknown> => ({
    name: 'win',
    'config.hardware.device': files.map((file, i) => disk(2000 + i, chain(file))),
  });
  const [second, third] = ['[ds] win/win_1.vmdk', '[ds] data/data.vmdk'];
  const vms = (held: Stage['vms']): Stage => ({
    vms: {
      'vm-10': victim({
        'config.hardware.device': [
          disk(2000, chain(OWN, BASE)),
          disk(2001, chain('[ds] web-01/web-01_1.vmdk', second)),
        ],
      }),
      ...held,
    },
    base: null,
  });

  it('goes only when every chain of it is held', async () => {
    expect((await judged(vms({ 'vm-5': holder(BASE) }))).is).toBe('BaseNotRegistered');
    expect((await judged(vms({ 'vm-5': holder(BASE, second) }))).is).toBe('poweredOff');
    expect((await judged(vms({ 'vm-5': holder(BASE), 'vm-6': holder(second, third) }))).is).toBe('poweredOff');
  });
});
