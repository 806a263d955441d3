// The lists in a cluster's configuration that clients change entry by entry: rules, groups of machines and hosts, and what
// DRS and HA do differently with one machine. They are kept as they are given; nobody here moves machines by them.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { isMoRef } from '../../vsphere/mo-ref.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { invalidArgument } from '../vm/vm-call.ts';
import { sameRef } from './links.ts';
import type { Model } from './model-state.ts';

type Entry = Readonly<Record<string, unknown>>;

/** ArrayUpdateSpec with its `info`. */
interface Update {
  readonly operation: string;
  readonly removeKey?: unknown;
  readonly info?: Entry;
}

/** A list: its property in the configuration, the field of the spec that changes it, and what tells its entries apart. */
interface ListKind {
  readonly property: string;
  readonly spec: string;
  readonly key: string;
  /** Whether ClusterConfigInfo, the older type, has it too. */
  readonly isOld: boolean;
}

const LISTS: readonly ListKind[] = [
  { property: 'rule', spec: 'rulesSpec', key: 'key', isOld: true },
  { property: 'group', spec: 'groupSpec', key: 'name', isOld: false },
  { property: 'drsVmConfig', spec: 'drsVmConfigSpec', key: 'key', isOld: true },
  { property: 'dasVmConfig', spec: 'dasVmConfigSpec', key: 'key', isOld: true },
];

export interface ClusterLists {
  readonly old: Entry;
  readonly extended: Entry;
}

/** The lists after a spec, for `configuration` and `configurationEx`. Throws InvalidArgument or DuplicateName, changing nothing. */
export function updatedLists(model: Model, cluster: SimObject, spec: Entry): ClusterLists {
  const before = cluster.get('configurationEx') as Entry;
  const old: Record<string, unknown> = {};
  const extended: Record<string, unknown> = {};
  for (const kind of LISTS) {
    let list = (before[kind.property] as readonly Entry[] | undefined) ?? [];
    for (const [index, update] of ((spec[kind.spec] as readonly Update[] | undefined) ?? []).entries())
      list = updated(model, cluster, list, kind, update, `spec.${kind.spec}[${index}]`);
    extended[kind.property] = list;
    if (kind.isOld) old[kind.property] = list;
  }
  return { old, extended };
}

function updated(
  model: Model,
  cluster: SimObject,
  list: readonly Entry[],
  kind: ListKind,
  update: Update,
  path: string,
): readonly Entry[] {
  const { operation, info } = update;
  if (operation === 'remove') {
    const left = list.filter((entry) => !sameKey(entry[kind.key], update.removeKey));
    if (left.length === list.length) throw invalidArgument(`${path}.removeKey`);
    return left;
  }
  if (info === undefined) throw invalidArgument(`${path}.info`);
  const known = list.find((entry) => sameKey(entry[kind.key], info[kind.key]));
  if (operation === 'edit') {
    if (known === undefined) throw invalidArgument(`${path}.info.${kind.key}`);
    return list.map((entry) => (entry === known ? { ...known, ...defined(info) } : entry));
  }
  const twin = kind.property === 'rule' ? list.find((entry) => entry['name'] === info['name']) : known;
  if (twin !== undefined && (kind.property === 'rule' || kind.property === 'group'))
    throw new VimFault(
      'DuplicateName',
      { name: String(info['name']), object: cluster.ref },
      `The name '${String(info['name'])}' already exists.`,
    );
  if (twin !== undefined) throw invalidArgument(`${path}.info.key`);
  return [
    ...list,
    kind.property === 'rule'
      ? newRule(model, list, info)
      : { ...info, ...(kind.property === 'group' ? { userCreated: true } : {}) },
  ];
}

function newRule(model: Model, list: readonly Entry[], info: Entry): Entry {
  const key = Math.max(0, ...list.map((entry) => Number(entry['key']))) + 1;
  const { $type, enabled, mandatory, ...rest } = info;
  return {
    $type,
    ...rest,
    key,
    status: 'green',
    enabled: enabled ?? true,
    mandatory: mandatory ?? false,
    userCreated: true,
    inCompliance: true,
    ruleUuid: model.identities.uuid(),
  };
}

/** The rules that name a machine, or a group with it. */
export function rulesFor(cluster: SimObject, vm: MoRef): readonly Entry[] {
  const { rule = [], group = [] } = cluster.get('configurationEx') as {
    readonly rule?: readonly Entry[];
    readonly group?: readonly Entry[];
  };
  const holds = (entry: Entry): boolean =>
    ((entry['vm'] as readonly MoRef[] | undefined) ?? []).some((other) => sameRef(other, vm));
  const groups = new Set(group.filter(holds).map((entry) => entry['name']));
  return rule.filter((entry) => holds(entry) || groups.has(entry['vmGroupName']) || groups.has(entry['vmGroup']));
}

/** Machines and hosts that leave the inventory leave rules, groups and exceptions. Once for a registry. */
export function forgetInClusterLists(registry: Registry): void {
  registry.subscribe((change) => {
    if (change.kind !== 'leave' || !['VirtualMachine', 'HostSystem'].includes(change.object.type)) return;
    for (const cluster of registry.ofType('ClusterComputeResource')) forgetIn(cluster, change.object.ref);
  });
}

function forgetIn(cluster: SimObject, gone: MoRef): void {
  const extended = cluster.get('configurationEx') as Entry;
  for (const { property, isOld } of LISTS) {
    const list = extended[property] as readonly Entry[] | undefined;
    if (list === undefined || list.length === 0) continue;
    const left = list
      .filter((entry) => !sameKey(entry['key'], gone))
      .map((entry) => without(without(entry, 'vm', gone), 'host', gone));
    if (left.length === list.length && left.every((entry, index) => entry === list[index])) continue;
    cluster.set(`configurationEx.${property}`, left);
    if (isOld) cluster.set(`configuration.${property}`, left);
  }
}

function without(entry: Entry, field: string, gone: MoRef): Entry {
  const refs = entry[field] as readonly MoRef[] | undefined;
  if (refs === undefined || !refs.some((ref) => sameRef(ref, gone))) return entry;
  return { ...entry, [field]: refs.filter((ref) => !sameRef(ref, gone)) };
}

function sameKey(one: unknown, other: unknown): boolean {
  if (isMoRef(one) && isMoRef(other)) return sameRef(one, other);
  return one !== undefined && one === other;
}

function defined(info: Entry): Entry {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined));
}
