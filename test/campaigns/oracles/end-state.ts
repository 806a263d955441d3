// Oracle 5: the end is that of the undisturbed run, whatever happened on the way. What differs from run to run by design
// (uids, references, hosts, addresses, times) isn't part of it.
import type { SimulatedInventory } from '../../support/simulator-admin.ts';
import type { Evidence } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import { byOperator } from './oracle.ts';

export interface EndState {
  readonly objects: readonly string[];
  readonly vms: readonly string[];
  readonly snapshots: readonly string[];
  readonly files: number;
}

/** Successes by what they did, of stories that are the same each time. */
export type Counts = Readonly<Record<string, number>>;

const COUNTED = new Set(['CloneVM_Task', 'Destroy_Task', 'CreateSnapshot_Task', 'RemoveSnapshot_Task']);
const COUNTERS = [
  'replicas',
  'readyReplicas',
  'availableReplicas',
  'upToDateReplicas',
  'lostReplicas',
  'failedReplicas',
];

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** `machines`: names of all virtual machines by their instanceUuid, which differ from run to run. */
function objectLine({ kind, metadata, spec, status }: KnownObject, machines: ReadonlyMap<string, string>): unknown {
  const conditions = (status?.['conditions'] ?? []) as readonly Condition[];
  const { server: _server, tls: _tls, adopt, ...rest } = spec;
  const wanted = kind === 'LinkedClone' ? (adopt as { readonly instanceUuid?: string } | undefined) : undefined;
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    spec: { ...rest, adopt: machines.get(wanted?.instanceUuid ?? '') ?? adopt },
    deleting: metadata.deletionTimestamp !== undefined,
    finalizers: metadata.finalizers?.toSorted(),
    owners: metadata.ownerReferences?.map(({ kind: owner, name }) => `${owner}/${name}`),
    conditions: conditions.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`).toSorted(),
    counters: Object.fromEntries(COUNTERS.map((name) => [name, status?.[name]])),
    vmName: (status?.['vm'] as { readonly name?: string } | undefined)?.name,
  };
}

function vmLine(one: SimulatedInventory['vms'][number], withFolder: boolean): unknown {
  const marker = one.marker as { readonly name?: string; readonly state?: string } | null | undefined;
  return {
    name: one.name,
    ...(withFolder && { folder: one.folder }),
    power: one.power,
    marker: marker === null || marker === undefined ? null : { name: marker.name, state: marker.state },
    chains: one.disks.map((disk) => disk.chain.length),
  };
}

/** Namespaces have numbers of the run in them. */
function text(value: unknown, evidence: Evidence): string {
  return JSON.stringify(value).replaceAll(evidence.namespace, 'lab');
}

interface Ranked {
  /** Its own, and its machine's. */
  readonly names: readonly string[];
  readonly rank: string;
}

function setOf({ metadata }: KnownObject): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === 'LinkedCloneSet')?.name;
}

/** The clones of sets in the order of their ordinals, by their uids and by the references of their machines. */
function rankedClones(objects: readonly KnownObject[]): ReadonlyMap<string, Ranked> {
  const ranked = new Map<string, Ranked>();
  const ordinalOf = ({ metadata }: KnownObject): number => Number(/\d+$/.exec(metadata.name)?.[0]);
  const clones = Map.groupBy(objects, setOf);
  clones.delete(undefined); // they have no ordinals
  for (const [set = '', ofSet] of clones)
    for (const [i, { metadata, status }] of ofSet.toSorted((a, b) => ordinalOf(a) - ordinalOf(b)).entries()) {
      const vm = status?.['vm'] as { readonly name?: string; readonly moRef?: string } | undefined;
      const names = [metadata.name, ...(vm?.name === undefined ? [] : [vm.name])];
      for (const id of [metadata.uid, ...(vm?.moRef === undefined ? [] : [vm.moRef])])
        ranked.set(id, { names, rank: `${set}[${i + 1}]` });
    }
  return ranked;
}

/** The line with the rank where there was a name. */
function withRank(line: string, one: Ranked | undefined): string {
  return (one?.names ?? []).reduce((ranked, name) => ranked.replaceAll(`"${name}"`, `"${one?.rank ?? ''}"`), line);
}

export function endStateOf(evidence: Evidence, { withFolders = true, withOrdinals = true } = {}): EndState {
  const { inventory, objects } = evidence;
  const ranked = withOrdinals ? new Map<string, Ranked>() : rankedClones(objects);
  const machines = new Map(inventory.vms.map((one) => [one.instanceUuid, one.name]));
  const names = new Map(inventory.vms.map((one) => [one.moRef, one.name]));
  return {
    objects: objects
      .map((one) => withRank(text(objectLine(one, machines), evidence), ranked.get(one.metadata.uid)))
      .toSorted(),
    vms: inventory.vms
      .map((one) => withRank(text(vmLine(one, withFolders), evidence), ranked.get(one.moRef)))
      .toSorted(),
    snapshots: inventory.snapshots.map((one) => `${names.get(one.vm) ?? one.vm}: ${one.name}`).toSorted(),
    files: inventory.datastores.reduce((sum, { files }) => sum + files.length, 0),
  };
}

export function countsOf(evidence: Evidence): Counts {
  const counts: Record<string, number> = {};
  const add = (key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (const entry of evidence.ledger)
    if (entry.phase === 'end' && byOperator(entry) && entry.fault === undefined && COUNTED.has(entry.method))
      add(entry.method);
  // by the objects' own history: a create whose reply was lost is one
  const uids = new Map<string, string>();
  for (const { object } of evidence.history) uids.set(object.metadata.uid, object.kind);
  for (const kind of uids.values()) add(`objects ${kind}`);
  for (const { type, object } of evidence.history) if (type === 'DELETED') add(`deleted ${object.kind}`);
  return counts;
}

/** Each line as often as the others have it less often. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function difference(what: string, reference: readonly string[], actual: readonly string[]): string[] {
  const missing = without(reference, actual);
  const extra = without(actual, reference);
  return [
    ...missing.map((line) => `${what}: undisturbed there is ${line}`),
    ...extra.map((line) => `${what}: here there is ${line}`),
  ];
}

/** How an end differs from that of the undisturbed run. */
export function differences(reference: EndState, actual: EndState): readonly string[] {
  return [
    ...difference('objects', reference.objects, actual.objects),
    ...difference('VMs', reference.vms, actual.vms),
    ...difference('snapshots', reference.snapshots, actual.snapshots),
    ...(reference.files === actual.files
      ? []
      : [`files on datastores: ${reference.files} undisturbed, ${actual.files} here`]),
  ];
}

export function countDifferences(reference: Counts, actual: Counts): readonly string[] {
  const keys = new Set([...Object.keys(reference), ...Object.keys(actual)]);
  return [...keys]
    .filter((key) => (reference[key] ?? 0) !== (actual[key] ?? 0))
    .map((key) => `${key}: ${reference[key] ?? 0} undisturbed, ${actual[key] ?? 0} here`);
}
