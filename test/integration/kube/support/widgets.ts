// A kind of the tests' own, with a status subresource and one rule that can be broken.
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { KubeObject, Resource } from '../../../../src/kube/objects.ts';
import type { RestClient } from '../../../../src/kube/rest.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';

export interface WidgetStatus {
  readonly ready?: number;
  readonly note?: string | undefined;
  readonly list?: readonly number[];
}

export type Widget = KubeObject<{ readonly size: number }, WidgetStatus>;

export const WIDGETS: Resource<Widget> = {
  group: 'kube.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

interface Crd extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const CRDS: Resource<Crd> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

const integer = { type: 'integer', minimum: 0 };
const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { size: integer } },
    status: {
      type: 'object',
      properties: { ready: integer, note: { type: 'string' }, list: { type: 'array', items: integer } },
    },
  },
};

/** Installs the kind, if no other test file has, and waits until it's served. */
export async function installWidgets(rest: RestClient): Promise<void> {
  const { group, plural, kind, version } = WIDGETS;
  const name = `${plural}.${group}`;
  const spec = {
    group,
    names: { plural, kind },
    scope: 'Namespaced',
    versions: [
      { name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } },
    ],
  };
  await rest.create(CRDS, '', { metadata: { name }, spec }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.alreadyExists)) throw error;
  });
  await waitUntil(`${name} to be served`, () => rest.list(WIDGETS).then(() => true));
}
