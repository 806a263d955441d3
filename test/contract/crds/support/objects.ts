// Objects that the API server accepts, with as little as each kind needs, and a way to change one place of them.

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export type Spec = Readonly<Record<string, unknown>>;

const API_VERSION = 'linkedclone.dev/v1alpha1';

export function vCenter(spec: Spec = {}, name = `crds-${process.pid}`): KubeObject {
  const minimal = { server: 'vcenter.example.org', credentialsSecretRef: { name: 'vc-credentials' } };
  return { apiVersion: API_VERSION, kind: 'VCenter', metadata: { name }, spec: { ...minimal, ...spec } };
}

export function baseSnapshot(namespace: string, spec: Spec = {}, name = 'base'): KubeObject {
  const minimal = { vCenterRef: { name: 'vc' }, source: { vm: { inventoryPath: 'Templates/win11' } } };
  return {
    apiVersion: API_VERSION,
    kind: 'BaseSnapshot',
    metadata: { name, namespace },
    spec: { ...minimal, ...spec },
  };
}

export function linkedClone(namespace: string, spec: Spec = {}, name = 'clone'): KubeObject {
  const minimal = { baseSnapshotRef: { name: 'base' } };
  return { apiVersion: API_VERSION, kind: 'LinkedClone', metadata: { name, namespace }, spec: { ...minimal, ...spec } };
}

/** `template` is the template's spec; `spec` what stands beside the template. */
export function linkedCloneSet(namespace: string, spec: Spec = {}, template: Spec = {}, name = 'lab'): KubeObject {
  const minimal = { template: { spec: { baseSnapshotRef: { name: 'base' }, ...template } } };
  return {
    apiVersion: API_VERSION,
    kind: 'LinkedCloneSet',
    metadata: { name, namespace },
    spec: { ...minimal, ...spec },
  };
}
