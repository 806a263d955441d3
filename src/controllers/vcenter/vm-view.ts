// What the update stream tells about a VM, as the controllers read it: few leaf properties, decoded once per change.
import { MARKER_KEY } from '../../api/identifiers.ts';
import { oneLine } from '../../vsphere/fault-message.ts';
import type { ObjectState } from '../../vsphere/client.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { unescapeName } from '../../vsphere/names.ts';
import type { Marker } from './marker.ts';
import { parseMarker } from './marker.ts';

/** The marker alone, by key: whole extraConfig lists of thousands of VMs would be most of the traffic. */
export const MARKER_PATH = `config.extraConfig["${MARKER_KEY}"].value`;

/** Leaf properties of every VM that is watched; `guest.net` is left out, it changes all the time. */
export const WATCHED_VM_PATHS = [
  'name',
  'parent',
  'config.instanceUuid',
  'config.template',
  'config.changeVersion',
  MARKER_PATH,
  'runtime.powerState',
  'runtime.connectionState',
  'runtime.host',
  'guest.ipAddress',
  'guest.hostName',
  'guest.toolsRunningStatus',
  'guest.customizationInfo.customizationStatus',
  'guest.customizationInfo.errorMsg',
] as const;

export type PowerState = 'poweredOn' | 'poweredOff' | 'suspended';

export interface VmView {
  readonly ref: MoRef;
  readonly name: string;
  readonly parent: MoRef | undefined;
  readonly instanceUuid: string | undefined;
  readonly template: boolean;
  /** Changes whenever the VM's configuration does (API: VirtualMachineConfigInfo.changeVersion). */
  readonly changeVersion: string | undefined;
  readonly marker: Marker | undefined;
  readonly powerState: PowerState | undefined;
  readonly connectionState: string | undefined;
  readonly host: MoRef | undefined;
  readonly ipAddress: string | undefined;
  readonly guestHostname: string | undefined;
  readonly toolsRunning: boolean;
  /** TOOLSDEPLOYPKG_IDLE | _PENDING | _RUNNING | _SUCCEEDED | _FAILED. */
  readonly customization: string | undefined;
  readonly customizationError: string | undefined;
  /** Why something that it's judged by can't be read: nothing is to be concluded from what is here. */
  readonly refused?: Error;
}

/** What a VM is judged by; hidden, it would look like another VM, or one that is off. */
const ESSENTIAL = ['name', 'config.instanceUuid', MARKER_PATH, 'runtime.powerState', 'runtime.connectionState'];

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `missing`: what can't be read, with the reason. */
export function vmView(
  ref: MoRef,
  properties: Readonly<Record<string, unknown>>,
  missing: Readonly<Record<string, Error>> = {},
): VmView {
  const refused = ESSENTIAL.map((path) => missing[path]).find((error) => error !== undefined);
  return {
    ...(refused !== undefined && { refused }),
    ref,
    name: unescapeName(text(properties['name']) ?? ''),
    parent: properties['parent'] as MoRef | undefined,
    instanceUuid: text(properties['config.instanceUuid']),
    template: properties['config.template'] === true,
    changeVersion: text(properties['config.changeVersion']),
    marker: parseMarker(properties[MARKER_PATH]),
    powerState: properties['runtime.powerState'] as PowerState | undefined,
    connectionState: text(properties['runtime.connectionState']),
    host: properties['runtime.host'] as MoRef | undefined,
    ipAddress: text(properties['guest.ipAddress']),
    guestHostname: text(properties['guest.hostName']),
    toolsRunning: properties['guest.toolsRunningStatus'] === 'guestToolsRunning',
    customization: text(properties['guest.customizationInfo.customizationStatus']),
    customizationError: text(oneLine(String(properties['guest.customizationInfo.errorMsg'] ?? ''))),
  };
}

/** `"web-01" (vm-12)`, or the reference alone of a VM whose name can't be read. */
export function titleOf({ ref, properties }: Pick<ObjectState, 'ref' | 'properties'>): string {
  const name = text(properties['name']);
  return name === undefined ? ref.value : `"${unescapeName(name)}" (${ref.value})`;
}

/** What is looked at before a VM is destroyed: one set of paths for victims and sources, so that all of them fit one call. */
export const VICTIM_PATHS = [
  'name',
  'config.instanceUuid',
  MARKER_PATH,
  'runtime.powerState',
  'runtime.connectionState',
  'config.changeVersion',
  'config.files.vmPathName',
  'config.hardware.device',
  'snapshot',
] as const;
