// Writes every generated file, or with --check fails when one isn't what the sources give now. Needs no network once Helm is
// built, which renders the plain manifests (from its Go modules, as the other counterparts; or HELM and HELM3 name binaries).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { generateArgocdCm } from './argocd/generate-argocd-cm.ts';
import type { Output } from './chart/generate-chart.ts';
import { chartOutputs } from './chart/generate-chart.ts';
import { generateCrdSchemas } from './generate-crd-schemas.ts';
import { generateCrdTypes } from './generate-crd-types.ts';
import { plainOutputs } from './chart/plain-manifests.ts';
import { generateApiPage } from './generate-api-page.ts';
import { generateConditionsPage } from './generate-conditions-page.ts';
import { generateFlagsPage } from './generate-flags-page.ts';
import { generateMetricsPage } from './generate-metrics-page.ts';
import { generateSimulatorVimTable, generateVimTable } from './generate-vim-table.ts';

const outputs: readonly Output[] = [
  ['src/vsphere/schema.generated.ts', generateVimTable],
  ['src/simulator/schema/schema-extra.generated.ts', generateSimulatorVimTable],
  ['src/api/types.generated.ts', generateCrdTypes],
  ['src/api/schemas.generated.ts', generateCrdSchemas],
  ['docs/api.md', generateApiPage],
  ['docs/conditions.md', generateConditionsPage],
  ['docs/flags.md', generateFlagsPage],
  ['docs/metrics.md', generateMetricsPage],
  ['deploy/argocd/argocd-cm.yaml', generateArgocdCm],
  ...chartOutputs(),
  ...plainOutputs(), // last: rendered from what the ones before wrote
];

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [path, make] of outputs) {
  const url = new URL(`../${path}`, import.meta.url);
  const text = await make();
  if (!check) {
    mkdirSync(new URL('.', url), { recursive: true });
    writeFileSync(url, text);
  } else if (!existsSync(url) || text !== readFileSync(url, 'utf8')) stale.push(path);
}
if (stale.length > 0) {
  process.stderr.write(`not current: ${stale.join(', ')}; run: npm run generate\n`);
  process.exit(1);
}
