// Custom resources as the API server would send them, with as little in them as a test needs: what matters is given, the
// rest is plausible and the same everywhere.
import type {
  BaseSnapshot,
  Condition,
  ConditionStatus,
  LinkedClone,
  LinkedCloneSet,
  VCenter,
} from '../../../../src/api/types.generated.ts';

const API_VERSION = 'linkedclone.dev/v1alpha1';
export const CREATED = '2026-01-01T00:00:00Z';

interface MetaFields {
  name: string;
  uid?: string;
  namespace?: string;
  created?: string;
  deleted?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  owner?: { uid: string; name: string };
}

type Meta = LinkedClone['metadata'];

function meta(fields: MetaFields): Meta {
  const {
    name,
    uid = `uid-${name}`,
    namespace = 'lab',
    created = CREATED,
    deleted,
    labels,
    annotations,
    owner,
  } = fields;
  return {
    name,
    namespace,
    uid,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: created,
    ...(deleted === true && { deletionTimestamp: CREATED }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(owner !== undefined && {
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'LinkedCloneSet', controller: true, ...owner }],
    }),
  };
}

export function condition(
  type: string,
  status: ConditionStatus,
  reason: string,
  fields: Partial<Condition> = {},
): Condition {
  return { type, status, reason, message: reason, lastTransitionTime: CREATED, observedGeneration: 1, ...fields };
}

/** The base `win` unless told otherwise. */
export function baseSnapshot(
  fields: Partial<MetaFields> & { spec?: Partial<BaseSnapshot['spec']>; status?: BaseSnapshot['status'] } = {},
): BaseSnapshot {
  const { spec, status, ...rest } = fields;
  return {
    apiVersion: API_VERSION,
    kind: 'BaseSnapshot',
    metadata: meta({ name: 'win', ...rest }),
    spec: { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath: 'Parents/win' } }, ...spec },
    ...(status !== undefined && { status }),
  };
}

/** The pinned part of a base's status. */
export function pinned(
  fields: { moRef?: string; id?: number; vm?: string; vCenter?: string; createTime?: string } = {},
) {
  const { moRef = 'snapshot-1', id = 1, vm = 'vm-uuid', createTime = CREATED } = fields;
  return {
    vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid: fields.vCenter ?? 'vc-uuid' },
    source: { moRef: 'vm-1', instanceUuid: vm, name: 'win' },
    snapshot: { moRef, id, name: 'gold', createTime, createdByOperator: false },
  } satisfies BaseSnapshot['status'];
}

export function linkedClone(
  fields: MetaFields & { spec?: Partial<LinkedClone['spec']>; status?: LinkedClone['status'] },
): LinkedClone {
  const { spec, status, ...rest } = fields;
  return {
    apiVersion: API_VERSION,
    kind: 'LinkedClone',
    metadata: meta(rest),
    spec: { baseSnapshotRef: { name: 'win' }, ...spec },
    ...(status !== undefined && { status }),
  };
}

/** The set `web` of one clone of the base `win` unless told otherwise. */
export function linkedCloneSet(
  fields: Partial<MetaFields> & {
    spec?: Partial<LinkedCloneSet['spec']>;
    template?: Partial<LinkedCloneSet['spec']['template']['spec']>;
    templateMetadata?: LinkedCloneSet['spec']['template']['metadata'];
    status?: LinkedCloneSet['status'];
  } = {},
): LinkedCloneSet {
  const { spec, template, templateMetadata, status, ...rest } = fields;
  return {
    apiVersion: API_VERSION,
    kind: 'LinkedCloneSet',
    metadata: meta({ name: 'web', ...rest }),
    spec: {
      template: {
        ...(templateMetadata !== undefined && { metadata: templateMetadata }),
        spec: { baseSnapshotRef: { name: 'win' }, ...template },
      },
      ...spec,
    },
    ...(status !== undefined && { status }),
  };
}

export function vCenter(
  fields: Partial<MetaFields> & { spec?: Partial<VCenter['spec']>; status?: VCenter['status'] } = {},
): VCenter {
  const { spec, status, ...rest } = fields;
  const { namespace: _, ...metadata } = meta({ name: 'vc', ...rest });
  return {
    apiVersion: API_VERSION,
    kind: 'VCenter',
    metadata,
    spec: { server: 'vc.example.com', credentialsSecretRef: { name: 'vc-login' }, ...spec },
    ...(status !== undefined && { status }),
  };
}

/** A clone of the set `web` with that ordinal: Ready unless told otherwise. */
export function webClone(
  ordinal: number,
  fields: Partial<MetaFields> & { conditions?: readonly Condition[]; status?: LinkedClone['status'] } = {},
): LinkedClone {
  const { conditions = [condition('Ready', 'True', 'Ready')], status, ...rest } = fields;
  return linkedClone({
    name: `web-${ordinal}`,
    owner: { uid: 'uid-web', name: 'web' },
    ...rest,
    status: {
      vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid: 'vc-uuid' },
      vm: { moRef: `vm-${ordinal}`, instanceUuid: `uid-web-${ordinal}` },
      conditions,
      ...status,
    },
  });
}
