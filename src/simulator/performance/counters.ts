// The performance counters that the model can answer truthfully: guests here use no processor, machines and hosts have been up
// for a while, and the disks of a machine take what their files take. Ids and names are vCenter's.
import type { SimObject } from '../core/sim-object.ts';

export interface Counter {
  readonly id: number;
  readonly group: string;
  readonly name: string;
  readonly rollup: string;
  readonly stats: string;
  readonly unit: readonly [key: string, label: string];
  readonly label: string;
  /** The value now, by managed type; a type that isn't named hasn't the counter. */
  readonly of: Readonly<Record<string, (object: SimObject, now: number) => number>>;
}

const PERCENT = ['percent', '%'] as const;
const MEGAHERTZ = ['megaHertz', 'MHz'] as const;
const KILOBYTES = ['kiloBytes', 'KB'] as const;
const SECONDS = ['second', 's'] as const;

const idle = (): number => 0;

export const COUNTERS: readonly Counter[] = [
  {
    id: 2,
    ...{ group: 'cpu', name: 'usage', rollup: 'average', stats: 'rate', unit: PERCENT, label: 'Usage' },
    of: { VirtualMachine: idle, HostSystem: idle },
  },
  {
    id: 6,
    ...{ group: 'cpu', name: 'usagemhz', rollup: 'average', stats: 'rate', unit: MEGAHERTZ, label: 'Usage in MHz' },
    of: { VirtualMachine: idle, HostSystem: idle },
  },
  {
    id: 155,
    ...{ group: 'sys', name: 'uptime', rollup: 'latest', stats: 'absolute', unit: SECONDS, label: 'Uptime' },
    of: { VirtualMachine: uptime, HostSystem: uptime },
  },
  {
    id: 270,
    ...{
      group: 'disk',
      name: 'used',
      rollup: 'latest',
      stats: 'absolute',
      unit: KILOBYTES,
      label: 'Space actually used',
    },
    of: {
      VirtualMachine: (vm) => kilobytes(vm.get('summary.storage.committed')),
      Datastore: (datastore) =>
        kilobytes(Number(datastore.get('summary.capacity')) - Number(datastore.get('summary.freeSpace'))),
    },
  },
  {
    id: 271,
    ...{
      group: 'disk',
      name: 'provisioned',
      rollup: 'latest',
      stats: 'absolute',
      unit: KILOBYTES,
      label: 'Space potentially used',
    },
    of: {
      VirtualMachine: (vm) =>
        kilobytes(Number(vm.get('summary.storage.committed')) + Number(vm.get('summary.storage.uncommitted'))),
    },
  },
  {
    id: 272,
    ...{ group: 'disk', name: 'capacity', rollup: 'latest', stats: 'absolute', unit: KILOBYTES, label: 'Capacity' },
    of: { Datastore: (datastore) => kilobytes(datastore.get('summary.capacity')) },
  },
  {
    id: 273,
    ...{
      group: 'disk',
      name: 'unshared',
      rollup: 'latest',
      stats: 'absolute',
      unit: KILOBYTES,
      label: 'Space not shared',
    },
    of: { VirtualMachine: (vm) => kilobytes(vm.get('summary.storage.unshared')) },
  },
];

/** PerfCounterInfo. */
export function counterInfo({ id, group, name, rollup, stats, unit, label }: Counter): Record<string, unknown> {
  return {
    key: id,
    nameInfo: { key: name, label, summary: label },
    groupInfo: { key: group, label: group, summary: group },
    unitInfo: { key: unit[0], label: unit[1], summary: unit[1] },
    rollupType: rollup,
    statsType: stats,
    level: 1,
    perDeviceLevel: 3,
  };
}

/** The counters of an entity. */
export function countersOf(entity: SimObject): readonly Counter[] {
  return COUNTERS.filter(({ of }) => Object.hasOwn(of, entity.type));
}

function uptime(object: SimObject, now: number): number {
  const since = object.get('runtime.bootTime');
  return since === undefined ? 0 : Math.max(0, Math.floor((now - Date.parse(String(since))) / 1000));
}

function kilobytes(bytes: unknown): number {
  return Math.floor(Number(bytes ?? 0) / 1024);
}
