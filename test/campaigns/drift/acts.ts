// What the second client does to a clone or a parent, by name, and what each leaves behind.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import type { Stage } from '../harness/stage.ts';
import { estrange } from '../harness/strangers.ts';
import { DECIDED_MS, HEARD_LATE_MS } from '../oracles/oracle.ts';
import { ANOTHER_UUID, OWNER_KEY, markOfAnother } from '../stories/identity.ts';
import { insist, insistWhileOff, turnOff } from './insist.ts';
import { recreatePinned, removePinned } from './snapshot-acts.ts';

export type Act = (stage: Stage, machine: SimulatedVm, signal: AbortSignal) => Promise<unknown>;

/** Longer than the operator waits before a machine that is away is lost or an orphan: it decides without the machine. */
const AWAY_MS = 1_500;
/** What it does later it did although it had to know: right before it destroys it reads what is at most so old. */
const HEARD_MS = DECIDED_MS + HEARD_LATE_MS;

async function unregisterAndBack(stage: Stage, { moRef }: SimulatedVm, awayMs = 0): Promise<void> {
  const { other } = stage;
  const ref = vm(moRef);
  const path = await other.property(ref, 'config.files.vmPathName');
  const [folder, pool] = [await other.property(ref, 'parent'), await other.property(ref, 'resourcePool')];
  await insistWhileOff(stage, ref, 'UnregisterVM');
  await sleep(awayMs);
  const register = (name?: string): Promise<unknown> =>
    other.run(folder as MoRef, 'RegisterVM_Task', {
      path,
      asTemplate: false,
      pool,
      ...(name !== undefined && { name }),
    });
  await register().catch((error: unknown) => {
    if (!String(error).includes('DuplicateName')) throw error;
    return register(`returned-${moRef}`); // another was made in its place meanwhile
  });
}

async function copyAndDestroy(stage: Stage, { moRef }: SimulatedVm, folder: MoRef): Promise<void> {
  const spec = { location: {}, powerOn: false, template: false };
  await insist(stage, vm(moRef), 'CloneVM_Task', { folder, name: 'an-impostor', spec });
  await insistWhileOff(stage, vm(moRef), 'Destroy_Task');
}

function marked(value: string): Readonly<Record<string, unknown>> {
  return { extraConfig: [{ $type: 'OptionValue', key: OWNER_KEY, value }] };
}

/** Written into it by hand, and taken back after a while in which the operator may change nothing of it. */
async function anothersForAWhile(
  stage: Stage,
  { moRef, marker, instanceUuid }: SimulatedVm,
  spec: Readonly<Record<string, unknown>>,
  more: { readonly unmarked?: boolean } = {},
): Promise<void> {
  await insist(stage, vm(moRef), 'ReconfigVM_Task', { spec });
  await sleep(HEARD_MS);
  const oursAgain = estrange(stage, moRef, more);
  await sleep(AWAY_MS);
  oursAgain();
  await insist(stage, vm(moRef), 'ReconfigVM_Task', { spec: { instanceUuid, ...marked(JSON.stringify(marker)) } });
}

async function addDisk(stage: Stage, { moRef }: SimulatedVm): Promise<void> {
  const devices = (await stage.other.property(vm(moRef), 'config.hardware.device')) as readonly {
    readonly $type: string;
    readonly controllerKey?: number;
  }[];
  const controllerKey = devices.find((one) => one.$type === 'VirtualDisk')?.controllerKey;
  const backing = { $type: 'VirtualDiskFlatVer2BackingInfo', fileName: '', diskMode: 'persistent' };
  const device = { $type: 'VirtualDisk', key: -1, controllerKey, unitNumber: 5, capacityInKB: 65_536, backing };
  const change = { $type: 'VirtualDeviceConfigSpec', operation: 'add', fileOperation: 'create', device };
  await insist(stage, vm(moRef), 'ReconfigVM_Task', { spec: { deviceChange: [change] } });
}

const BESIDE = 'copy-beside-and-destroy';
/** A clone that is away for so long is lost and replaced, and nobody's when it comes back: this is for parents. */
export const AWAY = 'unregistered-for-a-while';
/** What comes back is an orphan then, unless its clone belongs to no set: orphans are deleted in these plans. */
export const CLONE_AWAY = 'clone-unregistered-for-a-while';
/** For good: a clone's machine is Lost as if it were destroyed, and its files stay; this is for parents. */
export const UNREGISTER = 'unregister';

export const ACTS: Readonly<Record<string, Act>> = {
  'power-off': (stage, { moRef }, signal) => turnOff(stage, vm(moRef), signal),
  suspend: (stage, { moRef }) => insist(stage, vm(moRef), 'SuspendVM_Task'),
  rename: (stage, { moRef }) => insist(stage, vm(moRef), 'Rename_Task', { newName: `renamed-${moRef}` }),
  move: async (stage, { moRef }) =>
    // where no decoy has its name
    insist(stage, await stage.other.at('DC0/vm/Moved'), 'MoveIntoFolder_Task', { list: [vm(moRef)] }),
  'register-again': (stage, machine) => unregisterAndBack(stage, machine),
  [AWAY]: (stage, machine) => unregisterAndBack(stage, machine, AWAY_MS),
  [CLONE_AWAY]: (stage, machine) => unregisterAndBack(stage, machine, AWAY_MS),
  [UNREGISTER]: (stage, { moRef }) => insistWhileOff(stage, vm(moRef), 'UnregisterVM'),
  destroy: (stage, { moRef }) => insistWhileOff(stage, vm(moRef), 'Destroy_Task'),
  snapshot: (stage, { moRef }) =>
    insist(stage, vm(moRef), 'CreateSnapshot_Task', { name: 'theirs', memory: false, quiesce: false }),
  reconfigure: (stage, { moRef }) =>
    insist(stage, vm(moRef), 'ReconfigVM_Task', { spec: { annotation: 'somebody was here' } }),
  hardware: (stage, { moRef }) =>
    insistWhileOff(stage, vm(moRef), 'ReconfigVM_Task', { spec: { numCPUs: 2, memoryMB: 128 } }),
  'add-disk': addDisk,
  'copy-and-destroy': async (stage, machine) =>
    copyAndDestroy(stage, machine, await stage.other.at('DC0/vm/Elsewhere')),
  [BESIDE]: async (stage, machine) =>
    copyAndDestroy(stage, machine, (await stage.other.property(vm(machine.moRef), 'parent')) as MoRef),
  'strip-mark': (stage, machine) => anothersForAWhile(stage, machine, marked(''), { unmarked: true }),
  'change-mark': (stage, machine) =>
    anothersForAWhile(stage, machine, marked(markOfAnother(stage, machine.instanceUuid))),
  'change-identity': (stage, machine) => anothersForAWhile(stage, machine, { instanceUuid: ANOTHER_UUID }),
  'remove-snapshot': removePinned,
  'recreate-snapshot': recreatePinned,
};

/** What is done to parents, too. */
export const ON_PARENT = new Set([
  ...['rename', 'move', 'register-again', AWAY, 'reconfigure', 'snapshot', 'hardware', 'power-off'],
]);
/** What only a parent of the story's own may suffer: nothing that stands on it is the same afterwards. */
export const ENDS_PARENT = new Set(['destroy', UNREGISTER]);
/** No clone suffers them. */
export const ON_PARENT_ONLY = new Set([AWAY, UNREGISTER]);
/** Of the snapshot that a base is pinned to. */
export const ON_SNAPSHOT = new Set(['remove-snapshot', 'recreate-snapshot']);
/** A clone that was detached from its set is Lost for good then: only one of the set is made again. */
export const OF_THE_SET = new Set(['destroy', 'copy-and-destroy', BESIDE]);
/** After them a machine is gone or nobody's, if only for a while, and another may be made in its place. */
export const LOST = new Set(['destroy', 'copy-and-destroy', BESIDE, 'register-again', AWAY, CLONE_AWAY, UNREGISTER]);
/** Nobody takes them back: the machine keeps its new name, folder, snapshot or disk. */
export const SHOWS = new Set(['rename', 'move', 'snapshot', 'add-disk', 'remove-snapshot', 'recreate-snapshot']);
