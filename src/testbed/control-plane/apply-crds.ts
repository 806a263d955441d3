// Installs the CRDs of a folder and waits until the API server serves and lists their kinds. Before the controller
// manager starts: its garbage collector looks for new kinds only every 30 seconds, and owner references of kinds that it
// doesn't know do nothing.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { waitUntil } from '../wait-until.ts';
import type { AdminApi } from './admin-api.ts';

interface Crd {
  kind: string;
  metadata: { name: string };
  spec: { group: string; names: { plural: string } };
}

interface DiscoveryList {
  items: { metadata: { name: string }; versions: { resources: { resource: string }[] }[] }[];
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const AGGREGATED_DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Applies all `*.yaml` of `directory`; rejects when there is none or the API server refuses one. */
export async function applyCrds(api: AdminApi, directory: string, signal?: AbortSignal): Promise<void> {
  const crds = await readCrds(directory);
  for (const crd of crds) {
    const path = `${CRDS}/${crd.metadata.name}?fieldManager=testbed&force=true`;
    await api.call('PATCH', path, { body: crd, contentType: 'application/apply-patch+yaml', signal });
  }
  const missing = new Set(crds.map(({ spec }) => `${spec.names.plural}.${spec.group}`));
  await waitUntil(
    `the API server to serve ${[...missing].join(', ')}`,
    async () => {
      const discovery = await api.call<DiscoveryList>('GET', '/apis', { accept: AGGREGATED_DISCOVERY, signal });
      for (const group of discovery.items) {
        for (const { resources } of group.versions) {
          for (const { resource } of resources) missing.delete(`${resource}.${group.metadata.name}`);
        }
      }
      return missing.size === 0;
    },
    { signal },
  );
}

/** Rejects when there is none, or one can't be read. */
export async function readCrds(directory: string): Promise<Crd[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).toSorted();
  const texts = await Promise.all(
    files.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const),
  );
  const crds = texts.flatMap(([name, text]) =>
    parseAllDocuments(text).map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw new Error(`${name} is no YAML: ${error.message.split('\n')[0] ?? ''}`);
      return document.toJS() as Crd | null;
    }),
  );
  const found = crds.filter((crd): crd is Crd => crd?.kind === 'CustomResourceDefinition');
  if (found.length === 0) throw new Error(`no CustomResourceDefinition in ${directory}`);
  return found;
}
