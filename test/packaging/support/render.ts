// What a chart renders for some values, as objects to look at.
import { parseAllDocuments, stringify } from 'yaml';
import type { HelmVersion } from './helm.ts';
import { OPERATOR_CHART, helm, helmOk } from './helm.ts';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into objects of every kind
  readonly [field: string]: any;
}

export interface RenderOptions {
  readonly chart?: string;
  readonly release?: string;
  readonly namespace?: string;
  readonly version?: HelmVersion;
}

function templateArgs({ chart, release, namespace }: RenderOptions): string[] {
  return [
    'template',
    release ?? 'linked-clone-operator',
    chart ?? OPERATOR_CHART,
    `--namespace=${namespace ?? 'linked-clone-system'}`,
    '-f',
    '-',
  ];
}

/** Every object that the chart renders. */
export async function render(values: unknown = {}, options: RenderOptions = {}): Promise<Manifest[]> {
  const text = await helmOk(templateArgs(options), { ...options, input: stringify(values, { version: '1.1' }) });
  return parseManifests(text);
}

/** As Helm and kubectl read them: YAML 1.1, in which `on` is a boolean, and no key is there twice. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const object = document.toJS() as Manifest | null;
    return object === null ? [] : [object];
  });
}

/** What Helm says of values that it refuses. */
export async function refusal(values: unknown, options: RenderOptions = {}): Promise<string> {
  const { code, stderr } = await helm(templateArgs(options), {
    ...options,
    input: stringify(values, { version: '1.1' }),
  });
  if (code === 0) throw new Error('Helm took these values');
  return stderr;
}

/** The one object of a kind, and of a name where one is given. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = all(manifests, kind).filter(({ metadata }) => name === undefined || metadata.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${found.length} objects ${kind} ${name ?? ''} in ${manifests.map(nameOf).join(', ')}`);
  return first;
}

export function all(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

export function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
