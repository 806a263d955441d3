// Inventory files of the tests, and what the tests say to CloneVM.
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { Args, Vcenter } from './harness.ts';

/** Two hosts that see ds-1, one of which sees ds-2 too; a parent with two disks and a snapshot, a template, a pool. */
export const SMALL = `
datacenter: DC
clusters:
  - { name: C1, hosts: [h1, h2, h3], pools: [labs] }
  - { name: C2, hosts: [other] }
datastores:
  - { name: ds-1, capacity: 200 GB, hosts: [h1, h2, h3] }
  - { name: ds-2, capacity: 100 GB, hosts: [h1] }
  - { name: far, capacity: 100 GB, hosts: [other] }
networks: [{ name: net-1, dhcp: 10.0.0.0/24 }, { name: net-2 }]
folders: [labs]
vms:
  - name: parent
    host: h1
    guest: { id: ubuntu64Guest, fullName: Ubuntu }
    annotation: the parent
    extraConfig: { colour: red }
    firstBootBytes: 100 MB
    disks: [{ capacity: 10 GB, used: 3 GB }, { capacity: 4 GB, used: 1 GB }]
    snapshots: [{ name: base }]
  - name: master
    host: h2
    template: true
    disks: [{ capacity: 10 GB, used: 2 GB }]
    snapshots: [{ name: base }]
customizationSpecs:
  - { name: linux }
  - { name: broken, fail: no licence }
  - { name: windows, os: Windows }
`;

/** As SMALL, without waiting for anything. */
export const INSTANT = `${SMALL}\ndurations: { all: 0 }\n`;

export interface CloneWish {
  readonly name?: string;
  readonly location?: Args;
  readonly spec?: Args;
}

/** Arguments of CloneVM_Task for a linked clone of the current snapshot of `source`. */
export function linkedClone(vc: Vcenter, source: MoRef, wish: CloneWish = {}): Args {
  return {
    folder: vc.named('Folder', 'labs'),
    name: wish.name ?? 'clone',
    spec: {
      location: { diskMoveType: 'createNewChildDiskBacking', ...wish.location },
      template: false,
      powerOn: false,
      snapshot: vc.get(source, 'snapshot.currentSnapshot'),
      ...wish.spec,
    },
  };
}

/** Arguments of CloneVM_Task for a copy of the current state. */
export function fullClone(vc: Vcenter, wish: CloneWish = {}): Args {
  return {
    folder: vc.named('Folder', 'labs'),
    name: wish.name ?? 'copy',
    spec: { location: { ...wish.location }, template: false, powerOn: false, ...wish.spec },
  };
}
