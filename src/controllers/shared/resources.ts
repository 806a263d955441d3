// The kinds the operator reads and writes, as the REST layer wants them described.
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, VCenter } from '../../api/types.generated.ts';
import type { KubeObject, ObjectMeta, Resource } from '../../kube/objects.ts';

const GROUP = 'linkedclone.dev';
const VERSION = 'v1alpha1';

export const VCENTERS: Resource<VCenter> = {
  group: GROUP,
  version: VERSION,
  plural: 'vcenters',
  kind: 'VCenter',
  namespaced: false,
};
export const BASE_SNAPSHOTS: Resource<BaseSnapshot> = {
  group: GROUP,
  version: VERSION,
  plural: 'basesnapshots',
  kind: 'BaseSnapshot',
  namespaced: true,
};
export const LINKED_CLONES: Resource<LinkedClone> = {
  group: GROUP,
  version: VERSION,
  plural: 'linkedclones',
  kind: 'LinkedClone',
  namespaced: true,
};
export const LINKED_CLONE_SETS: Resource<LinkedCloneSet> = {
  group: GROUP,
  version: VERSION,
  plural: 'linkedclonesets',
  kind: 'LinkedCloneSet',
  namespaced: true,
};

/** Kinds of which every object goes when its CustomResourceDefinition does. */
export const OUR_KINDS: readonly Resource[] = [VCENTERS, BASE_SNAPSHOTS, LINKED_CLONES, LINKED_CLONE_SETS];

export interface Secret extends KubeObject {
  data?: Readonly<Record<string, string>>;
}

export interface ControllerRevision extends KubeObject {
  data?: unknown;
  revision: number;
}

export interface Namespace extends KubeObject {
  metadata: ObjectMeta;
}

export const SECRETS: Resource<Secret> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
export const NAMESPACES: Resource<Namespace> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
export const CONTROLLER_REVISIONS: Resource<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};
export const CUSTOM_RESOURCE_DEFINITIONS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
