// What somebody else does in the vCenter while a story runs.
import { modelOf } from '../../../src/simulator/inventory/model-state.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import { vm } from '../../support/second-client.ts';
import { OTHER_ACCOUNT } from '../harness/lab-inventory.ts';
import { callRaw } from '../harness/raw-soap.ts';
import type { Stage } from '../harness/stage.ts';

async function machineNamed(stage: Stage, name: string, folder?: string): Promise<SimulatedVm> {
  const { vms } = await stage.vcenter.inventory();
  const found = vms.find((one) => one.name === name && (folder === undefined || one.folder.endsWith(folder)));
  if (found === undefined) throw new Error(`the vCenter has no virtual machine "${name}"`);
  return found;
}

interface Registration {
  readonly path: unknown;
  readonly folder: MoRef;
  readonly pool: unknown;
}

const unregistered = new WeakMap<Stage, Map<string, Registration>>();

/** Takes a VM out of the inventory, for `registerAgain`. */
export async function unregister(stage: Stage, name: string): Promise<void> {
  const ref = vm((await machineNamed(stage, name)).moRef);
  const path = await stage.other.property(ref, 'config.files.vmPathName');
  const folder = (await stage.other.property(ref, 'parent')) as MoRef;
  const pool = await stage.other.property(ref, 'resourcePool');
  await stage.other.run(ref, 'UnregisterVM');
  const known = unregistered.get(stage) ?? new Map<string, Registration>();
  unregistered.set(stage, known.set(name, { path, folder, pool }));
}

/** Under new references. */
export async function registerAgain(stage: Stage, name: string): Promise<void> {
  const known = unregistered.get(stage)?.get(name);
  if (known === undefined) throw new Error(`"${name}" was never unregistered`);
  const { path, folder, pool } = known;
  await stage.other.run(folder, 'RegisterVM_Task', { path, asTemplate: false, pool });
}

export const DOOMED = 'Doomed';

/** A parent that no decoy stands on: a full copy of another, with a snapshot "release". */
export async function makeParent(stage: Stage, name = DOOMED): Promise<void> {
  const { moRef } = await machineNamed(stage, 'Tmpl-2');
  const spec = { location: {}, powerOn: false, template: false };
  const copy = await stage.other.run(vm(moRef), 'CloneVM_Task', {
    folder: await stage.other.at('DC0/vm/Templates'),
    name,
    spec,
  });
  await stage.other.run(copy as MoRef, 'CreateSnapshot_Task', { name: 'release', memory: false, quiesce: false });
}

/** The virtual machine goes with its snapshots, and all files of it that no registered machine uses. */
export async function destroyParent(stage: Stage, name = DOOMED): Promise<void> {
  await stage.other.run(vm((await machineNamed(stage, name)).moRef), 'Destroy_Task');
}

/** All disks of a clone of the story to another datastore. */
export async function moveDisks(stage: Stage, name: string, datastore: string): Promise<void> {
  const { moRef } = await machineNamed(stage, name, stage.namespace);
  const target = (await stage.vcenter.inventory()).datastores.find((one) => one.name === datastore) as
    { readonly moRef?: string } | undefined;
  await stage.other.run(vm(moRef), 'RelocateVM_Task', {
    spec: { datastore: { type: 'Datastore', value: target?.moRef ?? '' } },
  });
}

/** The host is away for long enough to be missed. */
export async function removeHostAndAdd(stage: Stage, name: string, awayMs: number): Promise<void> {
  const host = await stage.other.at(`DC0/host/Lab Cluster/${name}`);
  const cluster = (await stage.other.property(host, 'parent')) as MoRef;
  await stage.other.run(host, 'DisconnectHost_Task');
  await stage.other.run(host, 'Destroy_Task');
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  const spec = [
    `<hostName>${name}</hostName><sslThumbprint>${modelOf(stage.simulator.world).outside.thumbprintOf(name)}</sslThumbprint>`,
    '<userName>root</userName><password>secret</password><force>true</force>',
  ];
  const { url } = stage.simulator;
  await callRaw(
    { url, ...OTHER_ACCOUNT },
    cluster,
    'AddHost_Task',
    `<spec>${spec.join('')}</spec><asConnected>true</asConnected>`,
  );
}
