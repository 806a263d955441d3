// Revisions of a set's template: a ControllerRevision over a projection that doesn't depend on the operator's version (an
// upgrade must touch no VM) and that holds the base's pinned identity, so that pointing a set at another BaseSnapshot of
// the same snapshot is no new revision. Fields that are applied in place aren't part of it. The hash is pure.
import { createHash } from 'node:crypto';
import type { BaseSnapshot, LinkedCloneSet } from '../../api/types.generated.ts';
import { API_VERSION, LABELS } from '../../api/identifiers.ts';
import { MAX_LABEL_VALUE, cutName } from '../../api/names.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ApiError } from '../../kube/api-error.ts';
import type { ControllerRevision } from '../shared/resources.ts';
import { CONTROLLER_REVISIONS } from '../shared/resources.ts';
import type { Runtime } from '../shared/runtime.ts';
import { INDEX } from '../shared/runtime.ts';
import { sorted } from './template.ts';

/** What makes a new revision: fields by name, so that a field added to the API later changes no hash until it's used. */
export function projectTemplate(set: LinkedCloneSet, base: BaseSnapshot | undefined): Record<string, unknown> {
  const { baseSnapshotRef, placement, customization } = set.spec.template.spec;
  const pin = base?.status;
  const identity =
    pin?.snapshot === undefined || pin.source === undefined
      ? { name: baseSnapshotRef.name, namespace: baseSnapshotRef.namespace ?? set.metadata.namespace }
      : {
          vCenter: pin.vCenter?.instanceUuid,
          vm: pin.source.instanceUuid,
          snapshot: pin.snapshot.id,
          createTime: pin.snapshot.createTime,
        };
  return {
    base: identity,
    ...(placement === undefined ? {} : { placement }),
    ...(customization === undefined ? {} : { customization }),
    naming: set.spec.naming?.pattern ?? '',
  };
}

const HASH_DIGITS = 10;
/** Longest part of a set's name in a revision's: that name is a label value on the clones. */
const MAX_SET_PART = MAX_LABEL_VALUE - 1 - HASH_DIGITS;

/**
 * `<set>-<10 hex digits>`, at most 63 characters; the same for the same projection, whatever the order of its fields. A
 * long set name is cut, and hashed too: sets that begin alike don't share revisions.
 */
export function revisionName(set: LinkedCloneSet, projection: Record<string, unknown>): string {
  const { name } = set.metadata;
  const isCut = name.length > MAX_SET_PART;
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(projection)) + (isCut ? name : ''))
    .digest('hex')
    .slice(0, HASH_DIGITS);
  return `${isCut ? cutName(name, MAX_SET_PART) : name}-${hash}`;
}

/** Stores the revision unless it's there; its name. */
export async function ensureRevision(
  runtime: Runtime,
  set: LinkedCloneSet,
  base: BaseSnapshot | undefined,
): Promise<string> {
  const projection = projectTemplate(set, base);
  const name = revisionName(set, projection);
  if (set.status?.updateRevision === name) return name;
  const namespace = set.metadata.namespace ?? '';
  const existing = await runtime.rest.list(CONTROLLER_REVISIONS, {
    namespace,
    labelSelector: `linkedclone.dev/set=${set.metadata.name}`,
  });
  const there = existing.items.find((item) => item.metadata.name === name);
  if (there !== undefined && isOf(there, set)) return name;
  // of a set that had the name before: it goes with that one, or stays for good
  if (there !== undefined)
    await runtime.rest.delete(CONTROLLER_REVISIONS, keyOf(there), { uid: there.metadata.uid }).catch(ignoreGone);
  const revision = Math.max(0, ...existing.items.map((item) => item.revision)) + 1;
  const body = {
    metadata: {
      name,
      namespace,
      labels: { 'linkedclone.dev/set': set.metadata.name },
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
    // in the order in which the server writes it again: `data` is immutable, byte by byte (see json-text.ts)
    data: sorted(projection),
    revision,
  };
  try {
    await runtime.rest.create<ControllerRevision>(CONTROLLER_REVISIONS, namespace, body);
  } catch (error) {
    if (!(error as ApiError).alreadyExists) throw error;
  }
  const others = existing.items.filter((item) => item !== there);
  await prune(runtime, set, others, name);
  return name;
}

function isOf({ metadata }: ControllerRevision, set: LinkedCloneSet): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid) === true;
}

function ignoreGone(error: unknown): void {
  if (!(error as ApiError).notFound) throw error;
}

/** How many old revisions are kept (as a Deployment's default). */
const HISTORY = 10;

async function prune(
  runtime: Runtime,
  set: LinkedCloneSet,
  items: readonly ControllerRevision[],
  current: string,
): Promise<void> {
  const inUse = new Set([
    current,
    ...runtime.stores.clones
      .byIndex(INDEX.owner, set.metadata.uid)
      .map((clone) => clone.metadata.labels?.[LABELS.revision]),
  ]);
  const old = items.filter((item) => !inUse.has(item.metadata.name)).toSorted((a, b) => b.revision - a.revision);
  for (const item of old.slice(HISTORY))
    await runtime.rest.delete(CONTROLLER_REVISIONS, keyOf(item), { uid: item.metadata.uid });
}
