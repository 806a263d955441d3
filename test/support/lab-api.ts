// Our kinds and a few others by plain requests, as an administrator: tests see what any client sees, and share no code with
// the operator.
import type { AdminApi } from '../../src/testbed/control-plane/admin-api.ts';

interface AnyManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  Secret: 'secrets',
  VCenter: 'vcenters',
  BaseSnapshot: 'basesnapshots',
  LinkedClone: 'linkedclones',
  LinkedCloneSet: 'linkedclonesets',
};

function pathOf(plural: string, name: string | undefined, namespace: string): string {
  const core = plural === 'namespaces' || plural === 'secrets' || plural === 'events';
  const group = core ? '/api/v1' : '/apis/linkedclone.dev/v1alpha1';
  return `${group}${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}${name === undefined ? '' : `/${name}`}`;
}

export class LabApi {
  readonly raw: AdminApi;

  constructor(api: AdminApi) {
    this.raw = api;
  }

  /** Server-side apply. */
  async apply(manifest: AnyManifest): Promise<void> {
    const plural = PLURALS[manifest.kind];
    if (plural === undefined) throw new Error(`tests don't apply ${manifest.kind}`);
    const path = pathOf(plural, manifest.metadata.name, manifest.metadata.namespace ?? '');
    await this.raw.call('PATCH', `${path}?fieldManager=test&force=true`, {
      body: manifest,
      contentType: 'application/apply-patch+yaml',
    });
  }

  async ensureNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.raw.call('PATCH', `/api/v1/namespaces/${name}?fieldManager=test&force=true`, {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** The object; undefined for 404. */
  async get<T>(plural: string, name: string, namespace = 'lab'): Promise<T | undefined> {
    const { status, text } = await this.raw.request(
      'GET',
      pathOf(plural, name, plural === 'vcenters' || plural === 'namespaces' ? '' : namespace),
    );
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${plural}/${name}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  async list<T>(plural: string, namespace = 'lab'): Promise<T[]> {
    const { items } = await this.raw.call<{ items: T[] }>(
      'GET',
      pathOf(plural, undefined, plural === 'vcenters' ? '' : namespace),
    );
    return items;
  }

  async patch(plural: string, name: string, patch: unknown, namespace = 'lab'): Promise<void> {
    await this.raw.call(
      'PATCH',
      pathOf(plural, name, plural === 'vcenters' || plural === 'namespaces' ? '' : namespace),
      { body: patch, contentType: 'application/merge-patch+json' },
    );
  }

  async scale(set: string, replicas: number, namespace = 'lab'): Promise<void> {
    await this.patch('linkedclonesets', set, { spec: { replicas } }, namespace);
  }

  async annotate(
    plural: string,
    name: string,
    annotations: Readonly<Record<string, string | null>>,
    namespace = 'lab',
  ): Promise<void> {
    await this.patch(plural, name, { metadata: { annotations } }, namespace);
  }

  /** Deletes; a 404 is fine. */
  async delete(
    plural: string,
    name: string,
    namespace = 'lab',
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan' = 'Background',
  ): Promise<void> {
    const path = pathOf(plural, name, plural === 'vcenters' || plural === 'namespaces' ? '' : namespace);
    const { status, text } = await this.raw.request('DELETE', path, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy },
    });
    if (status !== 200 && status !== 202 && status !== 404)
      throw new Error(`DELETE ${plural}/${name}: ${status} ${text.slice(0, 300)}`);
  }
}
