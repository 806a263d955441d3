// The objects of labs, as people write them.
const API_VERSION = 'linkedclone.dev/v1alpha1';

export function vCenter(name: string, spec: Record<string, unknown>, annotations: Record<string, string> = {}): object {
  return { apiVersion: API_VERSION, kind: 'VCenter', metadata: { name, annotations }, spec };
}

export function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export interface BaseOptions {
  name: string;
  namespace?: string;
  vCenter: string;
  /** Name of the parent's build: Capture, Packaging, Verification. */
  build?: string;
  annotations?: Record<string, string>;
}

export function base({ name, namespace: into, vCenter: of, build = 'Capture', annotations = {} }: BaseOptions): object {
  return {
    apiVersion: API_VERSION,
    kind: 'BaseSnapshot',
    metadata: { name, ...(into === undefined ? {} : { namespace: into }), annotations },
    spec: {
      vCenterRef: { name: of },
      source: { vm: { inventoryPath: `Templates/Tmpl ${build} 1.0` } },
      snapshot: { existing: { current: true } },
    },
  };
}

export interface SetOptions {
  name: string;
  namespace?: string;
  base: string;
  /** Left out where an autoscaler owns it. */
  replicas?: number;
  annotations?: Record<string, string>;
}

export function set({ name, namespace: into, base: of, replicas, annotations = {} }: SetOptions): object {
  return {
    apiVersion: API_VERSION,
    kind: 'LinkedCloneSet',
    metadata: { name, ...(into === undefined ? {} : { namespace: into }), annotations },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      naming: { pattern: `${name}-##` },
      template: { spec: { baseSnapshotRef: { name: of } } },
    },
  };
}

export interface SetObject {
  metadata: { name: string; generation: number; deletionTimestamp?: string };
  spec: { replicas?: number };
  status?: { replicas?: number; readyReplicas?: number; conditions?: Condition[] };
}

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastTransitionTime: string;
}

export function setPath(into: string, name: string): string {
  return `/apis/linkedclone.dev/v1alpha1/namespaces/${into}/linkedclonesets/${name}`;
}

export function basePath(into: string, name: string): string {
  return `/apis/linkedclone.dev/v1alpha1/namespaces/${into}/basesnapshots/${name}`;
}

/** Scales the set by the external metric that this run serves, one machine for each of its value. */
export function autoscaler(name: string, into?: string): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, ...(into === undefined ? {} : { namespace: into }) },
    spec: {
      scaleTargetRef: { apiVersion: API_VERSION, kind: 'LinkedCloneSet', name },
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        {
          type: 'External',
          external: { metric: { name: 'seats' }, target: { type: 'AverageValue', averageValue: '1' } },
        },
      ],
    },
  };
}
