// The real control plane that a job's runs share, one after the other: each run has namespaces of its own, and what is
// cluster-wide (VCenters, the Lease) is swept away between them, finalizers and all.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { applyCrds } from '../../../src/testbed/control-plane/apply-crds.ts';
import { OPERATOR_NAMESPACE, OPERATOR_SERVICE_ACCOUNT } from '../../../src/testbed/control-plane/operator-user.ts';
import { startControlPlane } from '../../../src/testbed/control-plane/start-control-plane.ts';
import { silentProgress } from '../../../src/testbed/progress/progress.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { LabApi } from '../../support/lab-api.ts';
import { OUR_KINDS } from './history.ts';
import type { KnownObject } from './history.ts';
import { rulesIn } from './second-rules.ts';

export const OPERATOR_USER = `system:serviceaccount:${OPERATOR_NAMESPACE}:linked-clone-operator`;
/** Of a second installation in the same cluster. */
export const SECOND_NAMESPACE = 'second-system';
/** Of its ServiceAccount, roles and bindings. */
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const leasePath = (namespace: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/linked-clone-operator`;

interface Kubeconfig {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: Record<string, unknown> }[];
}

/** Whoever waits for it waits a second. */
export async function shortenLease({ raw }: LabApi, namespace = OPERATOR_NAMESPACE): Promise<void> {
  await raw.request('PATCH', leasePath(namespace), {
    body: { spec: { leaseDurationSeconds: 1 } },
    contentType: 'application/merge-patch+json',
  });
}

export class Cluster {
  readonly controlPlane: ControlPlane;
  readonly api: LabApi;
  /** UID of kube-system: the cluster's id in markers. */
  readonly id: string;
  readonly #operatorKubeconfig: string;
  #runs = 0;

  private constructor(controlPlane: ControlPlane, id: string, operatorKubeconfig: string) {
    this.controlPlane = controlPlane;
    this.api = new LabApi(controlPlane.api);
    this.id = id;
    this.#operatorKubeconfig = operatorKubeconfig;
  }

  static async start(signal: AbortSignal): Promise<Cluster> {
    const controlPlane = await startControlPlane({ signal, progress: silentProgress });
    const system = await controlPlane.api.call<KnownObject>('GET', '/api/v1/namespaces/kube-system');
    return new Cluster(controlPlane, system.metadata.uid, await controlPlane.operatorKubeconfig());
  }

  /** A number of its own for each run. */
  nextRun(): number {
    this.#runs += 1;
    return this.#runs;
  }

  /** A kubeconfig with the operator's rights for the API server behind `url`, a proxy on the loopback. */
  async operatorKubeconfig(url: string, directory: string, name: string, token?: string): Promise<string> {
    const config = parse(await readFile(this.#operatorKubeconfig, 'utf8')) as Kubeconfig;
    for (const entry of config.clusters) entry.cluster = { server: url, 'insecure-skip-tls-verify': true };
    if (token !== undefined) for (const entry of config.users) entry.user = { token };
    const path = join(directory, `${name}.kubeconfig`);
    await writeFile(path, stringify(config), { mode: 0o600 });
    return path;
  }

  /** A token of a second installation's ServiceAccount: the same rules, with a namespace and names of its own. */
  async secondInstall(): Promise<string> {
    const { controlPlane } = this;
    const rules = rulesIn(SECOND_NAMESPACE, await readFile(repositoryPath('deploy/rbac.yaml'), 'utf8'));
    await this.api.ensureNamespace(SECOND_NAMESPACE);
    await controlPlane.kubectl(['apply', '--server-side', '-f', '-'], { input: rules });
    return (await controlPlane.kubectl(['create', 'token', OPERATOR_SERVICE_ACCOUNT, '-n', SECOND_NAMESPACE])).trim();
  }

  /** The dead holder's Lease ends a second after it's seen: its real length is there for loaded machines only. */
  shortenLease(namespace: string): Promise<void> {
    return shortenLease(this.api, namespace);
  }

  /** The API server's resourceVersion now. */
  async version(): Promise<string> {
    const list = await this.api.raw.call<{ readonly metadata: { readonly resourceVersion: string } }>(
      'GET',
      '/apis/linkedclone.dev/v1alpha1/linkedclones?limit=1',
    );
    return list.metadata.resourceVersion;
  }

  /** Bytes of the audit log so far. */
  async auditSize(): Promise<number> {
    return (await stat(this.controlPlane.auditLogPath)).size;
  }

  /** Empty where nobody has the Lease of that namespace. */
  async leaseHolder(namespace = OPERATOR_NAMESPACE): Promise<string> {
    const { status, text } = await this.api.raw.request('GET', leasePath(namespace));
    if (status !== 200) return '';
    return (JSON.parse(text) as { spec?: { holderIdentity?: string } }).spec?.holderIdentity ?? '';
  }

  objects(): Promise<KnownObject[]> {
    return objectsOf(this.api);
  }

  /** Nothing of an earlier run is left but namespaces that are on their way out. */
  async sweep(namespaces: readonly string[]): Promise<void> {
    await this.collectGarbage(true);
    await this.#endDefinitions();
    await applyCrds(this.controlPlane.api, repositoryPath('crds'));
    for (const name of [OPERATOR_NAMESPACE, SECOND_NAMESPACE]) await this.api.raw.request('DELETE', leasePath(name));
    await waitUntil(
      'the objects of the last run to be gone',
      async () => {
        const objects = await this.objects();
        await Promise.all(objects.map((object) => this.#strip(object)));
        return objects.length === 0;
      },
      { timeoutMs: 30_000 },
    );
    for (const name of namespaces) await this.api.delete('namespaces', name, '');
  }

  /** Definitions that are being deleted go with what they still have, so that they can be applied again. */
  async #endDefinitions(): Promise<void> {
    await waitUntil(
      'deleted definitions to be gone',
      async () => {
        const { items } = await this.api.raw.call<{ readonly items: readonly KnownObject[] }>('GET', CRDS);
        const ending = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
        const kinds = OUR_KINDS.filter((plural) =>
          ending.some(({ metadata }) => metadata.name.startsWith(`${plural}.`)),
        );
        const objects = await Promise.all(
          kinds.map((plural) => this.api.list<KnownObject>(plural, '').catch(() => [])),
        );
        await Promise.all(objects.flat().map((object) => this.#strip(object)));
        return ending.length === 0;
      },
      { timeoutMs: 30_000 },
    );
  }

  async #strip({ kind, metadata }: KnownObject): Promise<void> {
    const plural = `${kind.toLowerCase()}s`;
    const namespace = metadata.namespace ?? '';
    await this.api.delete(plural, metadata.name, namespace);
    // gone meanwhile is as good
    await this.api.patch(plural, metadata.name, { metadata: { finalizers: null } }, namespace).catch(() => undefined);
  }

  /** Stops the garbage collector, and all else that the controller manager does, or lets it go on. */
  collectGarbage(on: boolean): Promise<void> {
    const manager = this.controlPlane.process('kube-controller-manager');
    if (on) manager.resume();
    else manager.freeze();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    await this.controlPlane.stop();
  }
}

/** All objects of our kinds, in all namespaces. */
export async function objectsOf(api: LabApi): Promise<KnownObject[]> {
  const lists = await Promise.all(OUR_KINDS.map((plural) => api.list<KnownObject>(plural, '')));
  return lists.flat();
}
