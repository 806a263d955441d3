// What must hold for the disk model after any sequence of operations, in any order, whether they succeed or not.
// A failing run prints its seed and the shortest sequence that breaks the rule.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { VimFault } from '../../../../src/simulator/core/vim-fault.ts';
import { chainOf } from '../../../../src/simulator/disks/disk-file.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { holdsOf } from '../../../../src/simulator/vm/vm.ts';
import { Vcenter } from './harness.ts';
import type { Args } from './harness.ts';
import { fullClone, linkedClone } from './inventories.ts';

const INVENTORY = `
datacenter: DC
clusters: [{ name: C, hosts: [h1, h2] }]
datastores: [{ name: a, capacity: 30 GB }, { name: b, capacity: 8 GB }]
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

/** The operations, each on the VM that `pick` chooses of those registered; what makes no sense just fails. */
const OPERATIONS = [
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
  'on',
  'off',
  'relocate',
  'unregister',
  'destroy',
  'register',
] as const;
type Operation = (typeof OPERATIONS)[number];

interface Step {
  readonly operation: Operation;
  readonly pick: number;
}

const steps = fc.array(fc.record({ operation: fc.constantFrom(...OPERATIONS), pick: fc.nat(30) }), {
  minLength: 1,
  maxLength: 30,
  size: 'max',
});

class Story {
  readonly vc = new Vcenter(INVENTORY);
  readonly unregistered: string[] = [];
  #names = 0;

  async run({ operation, pick }: Step): Promise<void> {
    const vms = this.vc.describe().vms;
    const vm = vms[pick % Math.max(1, vms.length)];
    if (operation === 'register') return this.#register(pick);
    if (vm === undefined) return;
    await this.#attempt({ type: 'VirtualMachine', value: vm.moRef }, operation, pick);
  }

  /** Destroys everything, the unregistered VMs too. */
  async destroyEverything(): Promise<void> {
    while (this.unregistered.length > 0) await this.#register(0);
    for (const vm of this.vc.describe().vms) {
      const ref = { type: 'VirtualMachine', value: vm.moRef };
      if (vm.power !== 'poweredOff') await this.vc.must(ref, 'PowerOffVM_Task');
      await this.vc.must(ref, 'Destroy_Task');
    }
  }

  async #attempt(vm: MoRef, operation: Operation, pick: number): Promise<void> {
    const { vc } = this;
    const name = `vm-${++this.#names}`;
    const snapshots = vc.describe().snapshots.filter((snapshot) => snapshot.vm === vm.value);
    const snapshot = snapshots[pick % Math.max(1, snapshots.length)];
    const snapshotRef = { type: 'VirtualMachineSnapshot', value: snapshot?.moRef ?? '' };
    const b = vc.named('Datastore', 'b');
    // Some tasks fail late, after everything was made.
    const options = pick % 7 === 6 ? { taskFault: new VimFault('SystemError', { reason: 'late' }) } : {};
    const task = (self: MoRef, method: string, args: Args = {}): Promise<unknown> =>
      this.#quietly(() => vc.run(self, method, args, options));
    switch (operation) {
      case 'linked':
        return void (await task(
          vm,
          'CloneVM_Task',
          linkedClone(vc, vm, { name, spec: snapshot === undefined ? {} : { snapshot: snapshotRef } }),
        ));
      case 'childMost':
        return void (await task(
          vm,
          'CloneVM_Task',
          fullClone(vc, { name, location: { diskMoveType: 'moveChildMostDiskBacking' } }),
        ));
      case 'full':
        return void (await task(vm, 'CloneVM_Task', fullClone(vc, { name, location: { datastore: b } })));
      case 'otherStore':
        return void (await task(vm, 'CloneVM_Task', linkedClone(vc, vm, { name, location: { datastore: b } })));
      case 'snapshot':
        return void (await task(vm, 'CreateSnapshot_Task', { name, memory: pick % 2 === 0, quiesce: false }));
      case 'removeSnapshot':
      case 'removeTree':
        if (snapshot !== undefined)
          await task(snapshotRef, 'RemoveSnapshot_Task', {
            removeChildren: operation === 'removeTree',
            consolidate: pick % 3 !== 0,
          });
        return;
      case 'revert':
        if (snapshot !== undefined) await task(snapshotRef, 'RevertToSnapshot_Task');
        return;
      case 'removeAll':
        return void (await task(vm, 'RemoveAllSnapshots_Task'));
      case 'consolidate':
        return void (await task(vm, 'ConsolidateVMDisks_Task'));
      case 'promote':
        return void (await task(vm, 'PromoteDisks_Task', { unlink: pick % 4 !== 0 }));
      case 'on':
        return void (await task(vm, 'PowerOnVM_Task'));
      case 'off':
        return void (await task(vm, 'PowerOffVM_Task'));
      case 'relocate':
        return void (await task(vm, 'RelocateVM_Task', {
          spec: { datastore: pick % 2 === 0 ? b : vc.named('Datastore', 'a') },
        }));
      case 'destroy':
        return void (await task(vm, 'Destroy_Task'));
      case 'unregister':
        return this.#unregister(vm);
      case 'register':
    }
  }

  #unregister(vm: MoRef): Promise<void> {
    const path = String(this.vc.get(vm, 'config.files.vmPathName'));
    return this.#quietly(() => {
      this.vc.call(vm, 'UnregisterVM');
      this.unregistered.push(path);
    });
  }

  async #register(pick: number): Promise<void> {
    const [path] = this.unregistered.splice(pick % Math.max(1, this.unregistered.length), 1);
    if (path === undefined) return;
    const pool = this.vc.get(this.vc.named('ClusterComputeResource', 'C'), 'resourcePool');
    const end = await this.vc.run(this.vc.named('Folder', 'labs'), 'RegisterVM_Task', {
      path,
      asTemplate: false,
      pool,
      name: `again-${++this.#names}`,
    });
    if (end.fault !== undefined) throw new Error(`RegisterVM_Task of ${path}: ${end.fault}`);
  }

  /** Faults are answers; anything else is a mistake of the simulator. */
  async #quietly(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof VimFault)) throw error;
    }
  }
}

function checkSpace(vc: Vcenter): void {
  for (const datastore of vc.describe().datastores) {
    const used = datastore.files.reduce((sum, file) => sum + file.bytes, 0);
    expect(datastore.capacityBytes - datastore.freeBytes).toBe(used);
    expect(datastore.freeBytes).toBeGreaterThanOrEqual(0);
    expect(vc.get({ type: 'Datastore', value: datastore.moRef }, 'summary.freeSpace')).toBe(datastore.freeBytes);
    expect(new Set(datastore.files.map(({ file }) => file)).size).toBe(datastore.files.length);
  }
}

function checkChains(vc: Vcenter, anyUnregistered: boolean): void {
  const onDatastore = new Set(vc.describe().datastores.flatMap((datastore) => datastore.files.map(({ file }) => file)));
  for (const vm of vc.describe().vms) {
    expect(vm.unsharedBytes).toBeLessThanOrEqual(vm.committedBytes);
    for (const disk of vm.disks) {
      // Only an unregistered VM lets a base go under a chain that comes back later.
      if (!anyUnregistered) expect(disk.chain.map((file) => file.missing)).not.toContain(true);
      for (const file of disk.chain) if (!file.missing) expect(onDatastore).toContain(file.file);
    }
  }
}

/** `uses` is what makes files stay or go: recounted from scratch. */
function checkUses(vc: Vcenter): void {
  const model = modelOf(vc.world);
  const uses = new Map<unknown, number>();
  for (const vm of model.vms.all)
    for (const leaf of holdsOf(vm)) for (const file of chainOf(leaf)) uses.set(file, (uses.get(file) ?? 0) + 1);
  for (const [file, count] of uses) expect((file as { uses: number }).uses).toBe(count);
}

/** What clients read says what the model knows. */
function checkBackings(vc: Vcenter): void {
  for (const vm of modelOf(vc.world).vms.all) {
    for (const disk of vm.disks) {
      const names: unknown[] = [];
      let backing = vm.object.get(`config.hardware.device[${disk.key}].backing`) as
        { fileName: string; parent?: unknown } | undefined;
      for (; backing !== undefined; backing = backing.parent as typeof backing) names.push(backing.fileName);
      expect(names).toEqual([...chainOf(disk.file)].map((file) => file.file.path));
    }
  }
}

function checkIdentities(vc: Vcenter): void {
  const { vms } = vc.describe();
  for (const values of [
    vms.map((vm) => vm.instanceUuid),
    vms.flatMap((vm) => vm.macAddresses),
    vms.map((vm) => `${vm.folder}/${vm.name}`.toLowerCase()),
  ]) {
    expect(new Set(values).size).toBe(values.length);
  }
}

describe('after any sequence of operations', () => {
  it('space, chains, counts, backings and identities are right, and destroying everything gives back all space', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const story = new Story();
        let everUnregistered = false;
        for (const step of sequence) {
          await story.run(step);
          everUnregistered ||= story.unregistered.length > 0;
          checkSpace(story.vc);
          checkChains(story.vc, everUnregistered);
          checkUses(story.vc);
          checkBackings(story.vc);
          checkIdentities(story.vc);
        }
        await story.destroyEverything();
        const left = story.vc.describe().datastores.flatMap((datastore) => datastore.files);
        // A base that went while its VM was unregistered leaves that VM's own files, which its destruction then takes.
        expect(left).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
