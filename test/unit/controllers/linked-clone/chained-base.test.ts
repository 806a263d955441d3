// A clone whose machine is somebody's base isn't destroyed: neither by what the cache says, nor by what it doesn't show yet.
import { describe, expect, it } from '@jest/globals';
import type { BaseSnapshot } from '../../../../src/api/types.generated.ts';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { UID, VM, onStage, source, victim } from '../support/deleting-clone.ts';
import { baseSnapshot, pinned } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const SNAPSHOT = {
  rootSnapshotList: [
    {
      snapshot: ref('snapshot-7', 'VirtualMachineSnapshot'),
      ...{ id: 7, name: 'chained', createTime: '', state: '', quiesced: false },
    },
  ],
};
const FROZEN = { 'config.hardware.device': [disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk'))] };
const SNAPSHOTTED: Stage['vms'] = {
  'vm-10': victim({ snapshot: SNAPSHOT }),
  'snapshot-7': FROZEN,
  'vm-1': source(),
};
const PLAIN: Stage['vms'] = { 'vm-10': victim(), 'vm-1': source() };

function baseOn(moRef: string, instanceUuid: string, { name = 'vc', uuid = 'vc-uuid' } = {}): BaseSnapshot {
  const status = pinned();
  return baseSnapshot({
    name: 'chained',
    status: {
      ...status,
      vCenter: { name, uid: `uid-${name}`, instanceUuid: uuid },
      source: { ...status.source, name: 'web-01', moRef, instanceUuid },
    },
  });
}

describe('a clone whose machine is the source of a base', () => {
  it.each<[string, Stage, string]>([
    ['is known, and without a snapshot yet', { vms: PLAIN, bases: [baseOn(VM.value, UID)] }, 'DependentsExist'],
    ['was made a moment ago', { vms: SNAPSHOTTED, liveBases: [baseOn(VM.value, UID)] }, 'DependentsExist'],
    ['was pinned under another reference', { vms: SNAPSHOTTED, liveBases: [baseOn('vm-77', UID)] }, 'DependentsExist'],
    ['was deleted a moment ago', { vms: PLAIN, bases: [baseOn(VM.value, UID)], liveBases: [] }, 'poweredOff'],
    ['is of another machine', { vms: SNAPSHOTTED, bases: [baseOn('vm-1', 'vm-uuid')] }, 'poweredOff'],
    ['is of another vCenter', { vms: SNAPSHOTTED, bases: [baseOn(VM.value, 'x', { uuid: 'other' })] }, 'poweredOff'],
    [
      'is known by another VCenter for the same one',
      { vms: PLAIN, bases: [baseOn(VM.value, UID, { name: 'second' })] },
      'DependentsExist',
    ],
  ])('that %s', async (_, stage, expected) => {
    const verdict = await checkVictim(onStage(stage).scope, VM);
    expect(verdict.state === 'hold' ? verdict.reason : verdict.state).toBe(expected);
    if (verdict.state === 'hold') expect(verdict.message).toContain('BaseSnapshot "lab/chained"');
  });
});
