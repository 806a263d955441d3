// What vCenter says about a base's source VM, in one or two reads: found by its pin, by the intent of a snapshot that is being
// taken, or by what the spec names when there is neither. Repeated only when the update stream reported a change of the source.
import type { BaseSnapshot } from '../../api/types.generated.ts';
import { refuseMissing } from '../../vsphere/client.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import { VSphereError, isExcess } from '../../vsphere/faults.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { NotReady } from '../shared/not-ready.ts';
import type { VCenterConnection } from '../vcenter/connection.ts';
import { escapeName, unescapeName } from '../../vsphere/names.ts';
import type { Device, LayoutEx } from './disks.ts';
import { findByPath } from './find-by-path.ts';
import { machinesThere } from './machines-there.ts';
import type { NameSearch } from './name-search.ts';
import type { SnapshotInfo } from './snapshot-tree.ts';

const INSPECTED_PATHS = [
  'name',
  'parent',
  'config.instanceUuid',
  'config.template',
  'config.keyId',
  'config.hardware.device',
  'runtime.host',
  'runtime.powerState',
  'resourcePool',
  'snapshot',
] as const;
/** Files and what each snapshot has of them: for figures alone, and as long as the snapshots are many and their chains deep. */
const LAYOUT_PATHS = ['layoutEx.file', 'layoutEx.snapshot'] as const;

export interface Inspection {
  readonly ref: MoRef;
  readonly name: string;
  /** Absolute inventory path. */
  readonly path: string;
  readonly instanceUuid: string;
  readonly template: boolean;
  /** Its configuration is encrypted (VirtualMachineConfigInfo.keyId). */
  readonly encrypted: boolean;
  readonly host: MoRef | undefined;
  readonly powerState: string | undefined;
  readonly resourcePool: MoRef | undefined;
  readonly devices: readonly Device[];
  readonly snapshots: SnapshotInfo | undefined;
  /** Undefined where vCenter has none yet, or where it's more than can be read. */
  readonly layout: LayoutEx | undefined;
  readonly layoutTooLong: boolean;
}

/** Reads the source VM. Throws NotReady SourceNotFound or SourceAmbiguous. */
export async function inspectSource(
  connection: VCenterConnection,
  base: BaseSnapshot,
  datacenter: string | undefined,
  search: NameSearch,
): Promise<Inspection> {
  const pinned = pinOf(base);
  const ref =
    pinned === undefined
      ? await resolveSource(connection, base, datacenter, search)
      : await findPinnedSource(connection, pinned);
  try {
    return await inspectionOf(connection, await connection.client.read(ref, [...INSPECTED_PATHS, ...LAYOUT_PATHS]));
  } catch (error) {
    if (!isExcess(error)) throw error;
    return {
      ...(await inspectionOf(connection, await connection.client.read(ref, INSPECTED_PATHS))),
      layoutTooLong: true,
    };
  }
}

interface SourcePin {
  readonly moRef: string;
  readonly instanceUuid?: string | undefined;
  readonly name?: string | undefined;
}

/**
 * The machine of a snapshot that is pinned, or that may have been asked for: the name that the spec gives may be another one's
 * by now, and a snapshot whose outcome isn't known is looked for where it was asked for.
 */
function pinOf({ status }: BaseSnapshot): SourcePin | undefined {
  const { source, operation } = status ?? {};
  if (status?.snapshot !== undefined) return source;
  if (operation?.sourceVm === undefined) return undefined;
  return { ...source, moRef: operation.sourceVm };
}

async function inspectionOf(connection: VCenterConnection, state: ObjectState): Promise<Inspection> {
  const { properties } = state;
  refuseMissing(state); // what we may not read is not absent
  if (properties['config.instanceUuid'] === undefined) throw untold(state);
  const name = unescapeName(String(properties['name'] ?? ''));
  const parent = properties['parent'] as MoRef | undefined;
  const tree = await connection.tree(parent !== undefined && (await connection.tree()).get(parent) === undefined);
  return {
    ref: state.ref,
    name,
    path: `${parent === undefined ? '' : (tree.get(parent)?.path ?? '')}/${escapeName(name)}`,
    instanceUuid: String(properties['config.instanceUuid'] ?? ''),
    template: properties['config.template'] === true,
    encrypted: properties['config.keyId'] !== undefined,
    host: properties['runtime.host'] as MoRef | undefined,
    powerState: properties['runtime.powerState'] as string | undefined,
    resourcePool: properties['resourcePool'] as MoRef | undefined,
    devices: (properties['config.hardware.device'] as readonly Device[] | undefined) ?? [],
    snapshots: properties['snapshot'] as SnapshotInfo | undefined,
    layout: layoutOf(properties),
    layoutTooLong: false,
  };
}

/** `config` is unset while its files can't be reached: a machine without disks and snapshots looks the same. */
function untold({ ref, properties }: ObjectState, known?: string): NotReady {
  const name = known ?? unescapeName(String(properties['name'] ?? ''));
  return new NotReady(
    'SourceInaccessible',
    `vCenter doesn't tell the configuration of the source VM "${name}" (${ref.value}), as while its files can't be reached: nothing is concluded and nothing done until it does`,
  );
}

function layoutOf(properties: ObjectState['properties']): LayoutEx | undefined {
  const [file, snapshot] = LAYOUT_PATHS.map((path) => properties[path]);
  if (file === undefined) return undefined;
  return { file, snapshot } as LayoutEx;
}

/** The pinned source by its reference, or after a re-registration by its instanceUuid. */
async function findPinnedSource(connection: VCenterConnection, pin: SourcePin): Promise<MoRef> {
  const ref = { type: 'VirtualMachine', value: pin.moRef };
  try {
    const state = await connection.client.read(ref, ['config.instanceUuid']);
    refuseMissing(state);
    const instanceUuid = state.properties['config.instanceUuid'];
    if (instanceUuid === undefined) throw untold(state, pin.name);
    if (pin.instanceUuid === undefined || instanceUuid === pin.instanceUuid) return ref;
  } catch (error) {
    if (!(error instanceof VSphereError) || error.kind !== 'notFound') throw error;
  }
  const again =
    pin.instanceUuid === undefined ? [] : await connection.client.findAllByUuid(pin.instanceUuid, { instance: true });
  const [only, other] = again;
  if (only !== undefined && other === undefined) return only;
  if (other !== undefined)
    throw new NotReady(
      'SourceAmbiguous',
      `${again.length} VMs have the instanceUuid ${pin.instanceUuid} of the source "${pin.name ?? pin.moRef}": ${again.map((hit) => hit.value).join(', ')}`,
      { condition: 'SnapshotFound' },
    );
  throw new NotReady(
    'SourceNotRegistered',
    `the source VM "${pin.name ?? ''}" (${pin.moRef}) isn't registered in the vCenter any more; register it again and this goes on`,
    { condition: 'SnapshotFound' },
  );
}

function uuidOf({ properties }: ObjectState): string {
  return String(properties['config.instanceUuid'] ?? 'its instanceUuid is hidden');
}

async function resolveSource(
  connection: VCenterConnection,
  base: BaseSnapshot,
  datacenter: string | undefined,
  search: NameSearch,
): Promise<MoRef> {
  const { inventoryPath, instanceUuid, moRef } = base.spec.source.vm;
  if (moRef !== undefined) {
    const ref = { type: 'VirtualMachine', value: moRef };
    const found = await connection.client.readMany([ref], ['name']);
    if ([...found.values()][0] === undefined)
      throw new NotReady(
        'SourceNotFound',
        `there is no VM with the reference ${moRef}${await machinesThere(connection, datacenter, (one) => one.ref.value)}`,
        { condition: 'SnapshotFound' },
      );
    return ref;
  }
  if (instanceUuid !== undefined) {
    const hits = await connection.client.findAllByUuid(instanceUuid, { instance: true });
    const [only, other] = hits;
    if (other !== undefined)
      throw new NotReady(
        'SourceAmbiguous',
        `${hits.length} VMs have the instanceUuid ${instanceUuid}: ${hits.map((hit) => hit.value).join(', ')}; name one by moRef`,
        { condition: 'SnapshotFound' },
      );
    if (only === undefined)
      throw new NotReady(
        'SourceNotFound',
        `there is no VM with the instanceUuid ${instanceUuid}${await machinesThere(connection, datacenter, uuidOf)}`,
        { condition: 'SnapshotFound' },
      );
    return only;
  }
  return findByPath(connection, inventoryPath ?? '', datacenter, search);
}
