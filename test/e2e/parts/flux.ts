// The examples for Flux are what its own CRDs take, strictly. Its controllers aren't run here, and its Helm controller's CRD can't
// be had from Go's module proxy, so the HelmRelease isn't judged.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { Context } from '../context.ts';
import { moduleFolder } from '../go-module.ts';
import { namespace } from '../objects.ts';

const VERSION = 'v1.9.4';
const CRDS = {
  'source-controller': 'source.toolkit.fluxcd.io_gitrepositories.yaml',
  'kustomize-controller': 'kustomize.toolkit.fluxcd.io_kustomizations.yaml',
} as const;
const NAMESPACE = 'flux-system';
const EXAMPLES = ['labs.yaml', 'operator.yaml'];

export async function flux({ check, apply, kubectl, signal }: Context): Promise<void> {
  const files = Object.entries(CRDS).map(async ([name, file]) => {
    const folder = await moduleFolder(`github.com/fluxcd/${name}`, VERSION, signal);
    return join(folder, 'config/crd/bases', file);
  });
  const flags = (await Promise.all(files)).flatMap((file) => ['-f', file]);
  await check("Flux' own definitions take the examples, with no field that they don't know", async () => {
    await kubectl(['apply', '--server-side', ...flags]);
    await kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...flags]);
    await apply([namespace(NAMESPACE)]);
    for (const example of EXAMPLES) {
      const documents = parseAllDocuments(await readFile(repositoryPath(`deploy/flux/${example}`), 'utf8'));
      const items = documents.map((one) => one.toJS() as { kind: string }).filter(({ kind }) => kind !== 'HelmRelease');
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await kubectl(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], list);
    }
    await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    await kubectl(['delete', ...flags]);
  });
}
