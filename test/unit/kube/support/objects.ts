// Objects for the unit tests of src/kube: a made-up kind, with as little in it as a test needs.
import type { KubeObject, Resource } from '../../../../src/kube/objects.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';

export type Widget = KubeObject<{ readonly size?: number }, Readonly<Record<string, unknown>>>;

export const WIDGETS: Resource<Widget> = {
  group: 'kube.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

export const silent = createLogger('silent');

export interface WidgetFields {
  uid?: string;
  namespace?: string;
  spec?: Widget['spec'];
  status?: Record<string, unknown>;
  finalizers?: string[];
}

/** A widget as the API server would send it. */
export function widget(name: string, version: number, fields: WidgetFields = {}): Widget {
  const { uid = `uid-${name}`, namespace = 'ns', spec = {}, status, finalizers } = fields;
  return {
    apiVersion: 'kube.test/v1',
    kind: 'Widget',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: String(version),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(finalizers !== undefined && { finalizers }),
    },
    spec,
    ...(status !== undefined && { status }),
  };
}
