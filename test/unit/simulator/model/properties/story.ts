// A random life of a small lab: operations on whatever VM there is. What makes no sense ends with a fault, which is an
// answer; a mistake of the simulator's own is none.
import { VimFault } from '../../../../../src/simulator/core/vim-fault.ts';
import { guestWrites } from '../../../../../src/simulator/guest/guest-writes.ts';
import { modelOf } from '../../../../../src/simulator/inventory/model-state.ts';
import { powerStateOf } from '../../../../../src/simulator/vm/vm.ts';
import type { Vm } from '../../../../../src/simulator/vm/vm.ts';
import type { MoRef } from '../../../../../src/vsphere/mo-ref.ts';
import { Vcenter } from '../harness.ts';
import type { Args, CallOptions } from '../harness.ts';
import { fullClone, linkedClone } from '../inventories.ts';

const INVENTORY = `
datacenter: DC
clusters: [{ name: C, hosts: [h1, h2] }]
datastores: [{ name: a, capacity: 9 GB }, { name: b, capacity: 4 GB }]
networks: [{ name: n, dhcp: 10.0.0.0/24 }]
folders: [labs]
durations: { all: 0 }
vms:
  - name: one
    firstBootBytes: 200 MB
    disks: [{ capacity: 10 GB, used: 3 GB }, { capacity: 2 GB, used: 1 GB, mode: independent_persistent }]
    snapshots: [{ name: base, children: [{ name: later, written: 100 MB }] }]
  - name: two
    host: h2
    firstBootBytes: 100 MB
    disks: [{ capacity: 4 GB, used: 1 GB }]
    snapshots: [{ name: base }]
`;
const GB = 1024 ** 3;
const LATE = 'ordered by the story';

/** What other operations stand on comes more often. */
export const OFTEN = ['linked', 'linked', 'on', 'on', 'on', 'write'] as const;

/** Each on the VM that `pick` chooses of those registered; `pick` decides the details too. */
export const OPERATIONS = [
  'linked',
  'childMost',
  'full',
  'otherStore',
  'snapshot',
  'removeSnapshot',
  'removeTree',
  'removeAll',
  'revert',
  'consolidate',
  'promote',
  'promoteOne',
  'on',
  'off',
  'suspend',
  'reset',
  'write',
  'relocate',
  'moveChildMost',
  'addDisk',
  'removeDisk',
  'growDisk',
  'changeMode',
  'addCard',
  'renumber',
  'rename',
  'template',
  'noTemplate',
  'copyFile',
  'unregister',
  'destroy',
  'register',
] as const;

export interface Step {
  readonly operation: (typeof OPERATIONS)[number];
  readonly pick: number;
}

export class Story {
  readonly vc = new Vcenter(INVENTORY);
  everUnregistered = false;
  readonly #unregistered: string[] = [];
  readonly #copies: string[] = [];
  #count = 0;

  async run({ operation, pick }: Step): Promise<void> {
    const vms = this.#vms;
    const vm = vms[pick % Math.max(1, vms.length)];
    if (operation === 'register') return this.#register(pick);
    if (vm === undefined) return;
    try {
      await this.#act(vm, operation, pick);
    } catch (error) {
      if (!(error instanceof VimFault)) throw error;
    }
  }

  /** Everything, the unregistered VMs and the copied files too. */
  async destroyEverything(): Promise<void> {
    while (this.#unregistered.length > 0) await this.#register(0);
    for (const vm of this.#vms) {
      if (powerStateOf(vm) === 'poweredOn') await this.vc.must(vm.object.ref, 'PowerOffVM_Task');
      await this.vc.must(vm.object.ref, 'Destroy_Task');
    }
    for (const name of this.#copies)
      await this.vc.must(this.vc.manager('fileManager'), 'DeleteDatastoreFile_Task', { name });
  }

  get #vms(): readonly Vm[] {
    return [...modelOf(this.vc.world).vms.all];
  }

  async #act(vm: Vm, operation: Step['operation'], pick: number): Promise<void> {
    const { vc } = this;
    const self = vm.object.ref;
    // Few names, so that they collide.
    const name = `vm-${pick % 9}`;
    const snapshots = vm.snapshots.all();
    const snapshot = snapshots[pick % Math.max(1, snapshots.length)]?.object.ref;
    const b = vc.named('Datastore', 'b');
    const disk = vm.disks[pick % Math.max(1, vm.disks.length)];
    const device = disk === undefined ? undefined : (vc.get(self, `config.hardware.device[${disk.key}]`) as Args);
    // Some tasks fail late, after everything was made.
    const options = pick % 7 === 6 ? { taskFault: new VimFault('SystemError', { reason: LATE }) } : {};
    const task = async (on: MoRef, method: string, args: Args = {}): Promise<void> => {
      await this.#task(on, method, args, options);
    };
    const clone = (args: Args): Promise<void> => task(self, 'CloneVM_Task', args);
    const change = (spec: Args): Promise<void> => task(self, 'ReconfigVM_Task', { spec });
    const changeDevice = (edit: Args): Promise<void> => change({ deviceChange: [edit] });
    switch (operation) {
      case 'linked':
        return clone(
          linkedClone(vc, self, {
            name,
            spec: { ...(snapshot === undefined ? {} : { snapshot }), powerOn: pick % 5 === 0 },
          }),
        );
      case 'childMost':
        return clone(fullClone(vc, { name, location: { diskMoveType: 'moveChildMostDiskBacking' } }));
      case 'full':
        return clone(fullClone(vc, { name, location: { datastore: b } }));
      case 'otherStore':
        return clone(linkedClone(vc, self, { name, location: { datastore: b } }));
      case 'snapshot':
        return task(self, 'CreateSnapshot_Task', { name, memory: pick % 2 === 0, quiesce: false });
      case 'removeSnapshot':
      case 'removeTree':
        if (snapshot === undefined) return;
        return task(snapshot, 'RemoveSnapshot_Task', {
          removeChildren: operation === 'removeTree',
          consolidate: pick % 3 !== 0,
        });
      case 'revert':
        return snapshot === undefined ? undefined : task(snapshot, 'RevertToSnapshot_Task');
      case 'removeAll':
        return task(self, 'RemoveAllSnapshots_Task');
      case 'consolidate':
        return task(self, 'ConsolidateVMDisks_Task');
      case 'promote':
        return task(self, 'PromoteDisks_Task', { unlink: pick % 4 !== 0 });
      case 'promoteOne':
        return device === undefined ? undefined : task(self, 'PromoteDisks_Task', { unlink: true, disks: [device] });
      case 'on':
        return task(self, 'PowerOnVM_Task');
      case 'off':
        return task(self, 'PowerOffVM_Task');
      case 'suspend':
        return task(self, 'SuspendVM_Task');
      case 'reset':
        return task(self, 'ResetVM_Task');
      case 'write':
        if (powerStateOf(vm) === 'poweredOn') guestWrites(modelOf(vc.world), vm, pick * 20_000_003);
        return;
      case 'relocate':
        return task(self, 'RelocateVM_Task', { spec: { datastore: pick % 2 === 0 ? b : vc.named('Datastore', 'a') } });
      case 'moveChildMost':
        return task(self, 'RelocateVM_Task', { spec: { datastore: b, diskMoveType: 'moveChildMostDiskBacking' } });
      case 'addDisk':
        return changeDevice({
          operation: 'add',
          fileOperation: 'create',
          device: { $type: 'VirtualDisk', key: -1, capacityInBytes: GB, backing: { thinProvisioned: pick % 2 === 0 } },
        });
      case 'removeDisk':
        if (device === undefined) return;
        // A disk whose file stays is nobody's: nothing would ever delete it here.
        return changeDevice({ operation: 'remove', fileOperation: 'destroy', device });
      case 'growDisk':
        return changeDevice({ operation: 'edit', device: { ...device, capacityInBytes: 11 * GB } });
      case 'changeMode':
        return changeDevice({
          operation: 'edit',
          device: {
            ...device,
            backing: {
              ...(device?.['backing'] as object | undefined),
              diskMode: pick % 2 === 0 ? 'nonpersistent' : 'persistent',
            },
          },
        });
      case 'addCard':
        return changeDevice({
          operation: 'add',
          device: {
            $type: 'VirtualVmxnet3',
            key: -1,
            backing: { deviceName: 'n' },
            // Some bring an address of their own, always the same.
            ...(pick % 4 === 0 ? { addressType: 'manual', macAddress: '00:50:56:00:00:07' } : {}),
          },
        });
      case 'renumber':
        return change({ instanceUuid: '00000000-0000-4000-8000-000000000001' });
      case 'rename':
        return task(self, 'Rename_Task', { newName: name });
      case 'template':
        return void vc.call(self, 'MarkAsTemplate');
      case 'noTemplate':
        return void vc.call(self, 'MarkAsVirtualMachine', { pool: this.#pool });
      case 'copyFile':
        return disk === undefined ? undefined : this.#copy(disk.file.file.path);
      case 'destroy':
        return task(self, 'Destroy_Task');
      case 'unregister':
        vc.call(self, 'UnregisterVM');
        this.#unregistered.push(vm.home.vmxPath);
        this.everUnregistered = true;
        return;
      case 'register':
    }
  }

  get #pool(): unknown {
    return this.vc.get(this.vc.named('ClusterComputeResource', 'C'), 'resourcePool');
  }

  /** A task of the simulator ends with SystemError when it made a mistake. */
  async #task(self: MoRef, method: string, args: Args = {}, options: CallOptions = {}): Promise<string | undefined> {
    const end = await this.vc.run(self, method, args, options);
    if (end.fault === 'SystemError' && end.faultFields['reason'] !== LATE)
      throw new Error(`${method}: ${String(end.faultFields['reason'])}`);
    return end.fault;
  }

  async #copy(sourceName: string): Promise<void> {
    const destinationName = `[b] copy-${++this.#count}.vmdk`;
    const fault = await this.#task(this.vc.manager('fileManager'), 'CopyDatastoreFile_Task', {
      sourceName,
      destinationName,
    });
    if (fault === undefined) this.#copies.push(destinationName);
  }

  async #register(pick: number): Promise<void> {
    const [path] = this.#unregistered.splice(pick % Math.max(1, this.#unregistered.length), 1);
    if (path === undefined) return;
    await this.vc.must(this.vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path,
      asTemplate: false,
      pool: this.#pool,
      name: `again-${++this.#count}`,
    });
  }
}
