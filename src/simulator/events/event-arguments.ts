// The entity arguments of an event (`vm`, `host`, `computeResource`, `datacenter`, `ds`): names as they are at that moment.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';

/** Managed type → [field of Event, field of its argument that holds the reference]. */
const ARGUMENTS: Readonly<Record<string, readonly [string, string]>> = {
  VirtualMachine: ['vm', 'vm'],
  HostSystem: ['host', 'host'],
  ClusterComputeResource: ['computeResource', 'computeResource'],
  Datacenter: ['datacenter', 'datacenter'],
  Datastore: ['ds', 'datastore'],
  Network: ['net', 'network'],
};

/** Those that Event has no field for: only as arguments of events about them. */
const OTHERS: Readonly<Record<string, string>> = {
  ResourcePool: 'resourcePool',
  ComputeResource: 'computeResource',
};

/** The entity itself and what it is in or on. */
export function eventArguments(registry: Registry, entity: SimObject | undefined): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  if (entity === undefined) return found;
  const host = entity.type === 'VirtualMachine' ? (entity.get('runtime.host') as MoRef | undefined) : undefined;
  const starts = [entity, host === undefined ? undefined : registry.get(host)];
  for (const start of starts) {
    for (let at = start; at !== undefined; at = parentOf(registry, at)) {
      const names = ARGUMENTS[at.type];
      if (names !== undefined && !Object.hasOwn(found, names[0])) found[names[0]] = argumentOf(at, names[1]);
    }
  }
  return found;
}

/** The argument of one entity: its name and reference. */
export function entityArgument(entity: SimObject): Record<string, unknown> {
  const field = ARGUMENTS[entity.type]?.[1] ?? OTHERS[entity.type] ?? 'folder';
  return argumentOf(entity, field);
}

function argumentOf(entity: SimObject, field: string): Record<string, unknown> {
  return { name: String(entity.get('name') ?? ''), [field]: entity.ref };
}

function parentOf(registry: Registry, object: SimObject): SimObject | undefined {
  const parent = object.get('parent') as MoRef | undefined;
  return parent === undefined ? undefined : registry.get(parent);
}
