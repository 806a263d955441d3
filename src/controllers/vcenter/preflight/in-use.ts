// What of a vCenter is in use, as far as privileges are concerned: parents with what their bases need, features, places of
// clones. From the cache alone. Bases and sets decide when it's asked again; clones, of which there are thousands, are only
// looked at when it is.
import type { BaseSnapshot, LinkedCloneSpec, VCenter } from '../../../api/types.generated.ts';
import { formatKey, keyOf } from '../../../kube/objects.ts';
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import { moRefKey } from '../../../vsphere/mo-ref.ts';
import { clonesPinnedTo, isPinnedTo } from '../../shared/pinned-to.ts';
import { INDEX } from '../../shared/runtime.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { VCenterConnection } from '../connection.ts';
import type { Feature } from './privilege-table.ts';
import type { Parent } from './targets.ts';

type Template = Pick<LinkedCloneSpec, 'customization' | 'hardware' | 'notes'>;

export interface InUse {
  readonly parents: readonly Parent[];
  readonly features: ReadonlySet<Feature>;
}

/** By bases and their sets. */
export function inUse(runtime: Runtime, vCenter: VCenter, connection: VCenterConnection): InUse {
  const parents = new Map<string, Parent & { readonly features: Set<Feature> }>();
  const features = new Set<Feature>();
  for (const base of runtime.stores.bases.byIndex(INDEX.vCenter, vCenter.metadata.name)) {
    const source = base.status?.source;
    if (source === undefined || !isPinnedTo(base.status?.vCenter, connection)) continue;
    const ref = { type: 'VirtualMachine', value: source.moRef };
    const parent = parents.get(moRefKey(ref)) ?? {
      ref,
      path: source.path ?? source.name ?? source.moRef,
      features: new Set(),
    };
    parents.set(moRefKey(ref), parent);
    addAll(parent.features, featuresOfBase(base, connection.isTemplate(ref)));
    for (const set of runtime.stores.sets.byIndex(INDEX.base, formatKey(keyOf(base))))
      addAll(features, featuresOf(set.spec.template.spec));
  }
  return { parents: [...parents.values()].toSorted((a, b) => (a.ref.value < b.ref.value ? -1 : 1)), features };
}

/** Changes whenever the account should be asked about again. */
export function fingerprintOf({ spec }: VCenter, { parents, features }: InUse): string {
  const sorted = (set: ReadonlySet<Feature>): readonly Feature[] => [...set].toSorted();
  return JSON.stringify([
    spec.access ?? [],
    spec.datacenter ?? '',
    parents.map((parent) => [parent.ref.value, sorted(parent.features)]),
    sorted(features),
  ]);
}

/** Folders, pools and datastores that clones are in, and what clones ask for by themselves. */
export function usedByClones(
  runtime: Runtime,
  connection: VCenterConnection,
): { used: readonly MoRef[]; features: Set<Feature> } {
  const used = new Map<string, MoRef>();
  const features = new Set<Feature>();
  for (const clone of clonesPinnedTo(runtime, connection)) {
    addAll(features, featuresOf(clone.spec));
    const { folder, resourcePool, datastore } = clone.status?.vm ?? {};
    const places = [
      ['Folder', folder],
      ['ResourcePool', resourcePool],
      ['Datastore', datastore],
    ] as const;
    for (const [type, value] of places) if (value !== undefined) used.set(`${type}:${value}`, { type, value });
  }
  return { used: [...used.values()].toSorted((a, b) => (moRefKey(a) < moRefKey(b) ? -1 : 1)), features };
}

function featuresOf({ customization, hardware, notes }: Template): readonly Feature[] {
  return [
    ...(customization === undefined ? [] : (['customization'] as const)),
    ...(hardware === undefined ? [] : (['hardware'] as const)),
    ...(notes === undefined ? [] : (['notes'] as const)),
  ];
}

/** Until it's known what the source is, neither sort is asked for. */
function featuresOfBase({ spec }: BaseSnapshot, isTemplate: boolean | undefined): readonly Feature[] {
  return [
    ...(isTemplate === undefined ? [] : isTemplate ? (['template'] as const) : (['machine'] as const)),
    ...(spec.snapshot?.create === undefined ? [] : (['createSnapshot'] as const)),
    ...(spec.deletionPolicy === 'Delete' ? (['removeSnapshot'] as const) : []),
  ];
}

function addAll(set: Set<Feature>, features: readonly Feature[]): void {
  for (const feature of features) set.add(feature);
}
