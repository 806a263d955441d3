// What Helm renders of the operator's chart, as single documents: their text, comments included, without what only Helm needs,
// and their objects.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { repositoryPath } from '../../src/testbed/repository.ts';
import { ensureTools } from '../../src/testbed/tools/ensure-tools.ts';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export interface Document {
  readonly text: string;
  readonly object: KubernetesObject;
}

export const NAMESPACE = 'linked-clone-system';
const RELEASE = 'linked-clone-operator';
/** Labels that say that Helm owns the object, and of which chart it is. */
const HELM_LABELS = /^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by):.*\n/gm;
/** What plain manifests can't have: hooks, and annotations for Helm alone. */
export const PLAIN_VALUES = {
  crds: { keep: false },
  tests: { enabled: false },
  admissionPolicies: { uninstallGuard: { hook: false } },
};

/** Renders with the pinned Helm 4, which is built on the first call of a machine unless HELM and HELM3 name binaries. */
export async function renderDocuments(values: Readonly<Record<string, unknown>> = {}): Promise<readonly Document[]> {
  const { helm } = await ensureTools(['helm']);
  const home = await mkdtemp(join(tmpdir(), 'lco-render-'));
  try {
    const args = ['template', RELEASE, repositoryPath('deploy/chart'), `--namespace=${NAMESPACE}`, '--values=-'];
    const running = promisify(execFile)(helm, args, {
      env: { HOME: home, KUBECONFIG: join(home, 'none') },
      maxBuffer: 64 * 1024 * 1024,
    });
    running.child.stdin?.end(stringify({ ...PLAIN_VALUES, ...values }));
    return split((await running).stdout);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function split(rendered: string): readonly Document[] {
  return rendered
    .split(/^---$/m)
    .map((part) => part.replaceAll(/^# (?:Source: .*|Generated .*)\n/gm, '').replaceAll(HELM_LABELS, ''))
    .map((part) => part.replaceAll(/^ *\n/gm, ''))
    .filter((part) => part.trim() !== '')
    .map((text) => ({ text: `${text.trimEnd()}\n`, object: parse(text) as KubernetesObject }));
}

/** Kind, namespace and name: what makes two documents the same object. */
export function idOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

export function joined(documents: readonly Document[], header: string): string {
  return `${header}${documents.map(({ text }) => text).join('---\n')}`;
}

/** The operator's namespace, under the standard that its Pods keep. */
export function namespaceDocument(): Document {
  const object = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  };
  return { object, text: stringify(object) };
}
