// Somebody's linked clone, made behind the operator's back on a snapshot that a base is pinned to.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { Stage } from '../harness/stage.ts';

/** Somebody's linked clone on the last snapshot of a parent. */
export async function foreignClone(stage: Stage, parent: string): Promise<void> {
  const { vms: machines, snapshots } = await stage.vcenter.inventory();
  const { moRef } = machines.find(({ name }) => name === parent) ?? { moRef: '' };
  const snapshot = snapshots.findLast((one) => one.vm === moRef);
  const pool = (await stage.other.property(vm(moRef), 'resourcePool')) as MoRef;
  await stage.other.run(vm(moRef), 'CloneVM_Task', {
    folder: await stage.other.at('DC0/vm/Elsewhere'),
    name: 'stands-on-it',
    spec: {
      location: { diskMoveType: 'createNewChildDiskBacking', pool },
      snapshot: { type: 'VirtualMachineSnapshot', value: snapshot?.moRef ?? '' },
      powerOn: false,
      template: false,
    },
  });
}

export async function destroyForeign(stage: Stage): Promise<void> {
  const found = (await stage.vcenter.inventory()).vms.find(({ name }) => name === 'stands-on-it');
  await stage.other.run(vm(found?.moRef ?? ''), 'Destroy_Task');
}
