// From a set's template to a clone, pure: the object to create, and what of the template is applied to clones that exist.
// Top-level labels and annotations of the set are never copied: Argo CD would take the clones for its own and prune them.
import type { LinkedClone, LinkedCloneSet, LinkedCloneSpec } from '../../api/types.generated.ts';
import type { NewObject } from '../../kube/objects.ts';
import { API_VERSION, FINALIZERS, LABELS } from '../../api/identifiers.ts';
import { cloneName, defaultPattern, fillOrdinal } from '../../api/names.ts';
import { isUntouched, ordinalOf } from './plan.ts';

/** Name of the VM of an ordinal. */
export function vmNameOf(set: LinkedCloneSet, ordinal: number): string {
  return fillOrdinal(set.spec.naming?.pattern ?? defaultPattern(set.metadata.name), ordinal);
}

/** The spec that the clone of an ordinal should have. */
export function specOf(set: LinkedCloneSet, ordinal: number): LinkedCloneSpec {
  const { template } = set.spec;
  const customization = template.spec.customization;
  const hostname = customization?.hostname;
  return {
    ...template.spec,
    vmName: vmNameOf(set, ordinal),
    ...(customization === undefined
      ? {}
      : {
          customization: {
            ...customization,
            ...(hostname === undefined ? {} : { hostname: fillOrdinal(hostname, ordinal) }),
          },
        }),
    ...(set.spec.powerPolicy === undefined ? {} : { powerPolicy: set.spec.powerPolicy }),
  };
}

export function newClone(set: LinkedCloneSet, ordinal: number): NewObject<LinkedClone> {
  const { labels, annotations } = set.spec.template.metadata ?? {};
  return {
    metadata: {
      name: cloneName(set.metadata.name, ordinal),
      namespace: set.metadata.namespace ?? '',
      labels: { ...labels, [LABELS.set]: set.metadata.name },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      finalizers: [FINALIZERS.vm],
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'LinkedCloneSet',
          name: set.metadata.name,
          uid: set.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: specOf(set, ordinal),
  };
}

/** Applied to clones that exist: the rest of a changed template is for clones made after it. */
const IN_PLACE = [
  'powerPolicy',
  'notes',
  'readiness',
  'deletionPolicy',
  'hardware',
] as const satisfies readonly (keyof LinkedCloneSpec)[];

/**
 * The merge patch that brings an existing clone in line with the template; undefined when it is. A clone for which nothing
 * was recorded yet takes the whole template, so a typo is mended by editing it.
 */
export function inPlacePatch(
  set: LinkedCloneSet,
  clone: LinkedClone,
  revision: string | undefined,
): Record<string, unknown> | undefined {
  const wanted = specOf(set, ordinalOf(set, clone));
  const keys = isUntouched(clone)
    ? (Object.keys({ ...clone.spec, ...wanted }) as (keyof LinkedCloneSpec)[]).filter(
        (key) => key !== 'paused' && key !== 'adopt',
      )
    : IN_PLACE;
  const spec: Record<string, unknown> = {};
  for (const key of keys) {
    const patch = mergePatch(clone.spec[key], wanted[key]);
    if (patch !== undefined) spec[key] = patch.value;
  }
  const metadata = metadataPatch(set, clone, isUntouched(clone) ? revision : undefined);
  if (Object.keys(spec).length === 0 && metadata === undefined) return undefined;
  return { ...(Object.keys(spec).length === 0 ? {} : { spec }), ...(metadata === undefined ? {} : { metadata }) };
}

function metadataPatch(
  set: LinkedCloneSet,
  clone: LinkedClone,
  revision: string | undefined,
): Record<string, unknown> | undefined {
  const { labels = {}, annotations = {} } = set.spec.template.metadata ?? {};
  const wantedLabels: Record<string, string> = {
    ...labels,
    [LABELS.set]: set.metadata.name,
    ...(revision === undefined ? {} : { [LABELS.revision]: revision }),
  };
  const changedLabels = Object.fromEntries(
    Object.entries(wantedLabels).filter(([key, value]) => clone.metadata.labels?.[key] !== value),
  );
  const changedAnnotations = Object.fromEntries(
    Object.entries(annotations).filter(([key, value]) => clone.metadata.annotations?.[key] !== value),
  );
  const patch = {
    ...(Object.keys(changedLabels).length === 0 ? {} : { labels: changedLabels }),
    ...(Object.keys(changedAnnotations).length === 0 ? {} : { annotations: changedAnnotations }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** JSON merge patch (RFC 7386) from `has` to `wants`; undefined when they are equal. Fields that the server defaulted stay. */
function mergePatch(has: unknown, wants: unknown): { value: unknown } | undefined {
  if (wants === undefined) return has === undefined ? undefined : { value: null };
  if (JSON.stringify(sorted(has)) === JSON.stringify(sorted(wants))) return undefined;
  if (!isRecord(has) || !isRecord(wants)) return { value: wants };
  const value: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(has), ...Object.keys(wants)])) {
    const patch = mergePatch(has[key], wants[key]);
    if (patch !== undefined) value[key] = patch.value;
  }
  return Object.keys(value).length === 0 ? undefined : { value };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value with its keys in order, so that equal values compare equal as text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
