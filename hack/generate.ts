// Writes every *.generated.ts, or with --check fails when one isn't what the sources give now. Needs no network.
import { readFileSync, writeFileSync } from 'node:fs';
import { generateVimTable } from './generate-vim-table.ts';

const outputs: readonly [path: string, make: () => string | Promise<string>][] = [['src/vsphere/schema.generated.ts', generateVimTable]];

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [path, make] of outputs) {
  const url = new URL(`../${path}`, import.meta.url);
  const text = await make();
  if (!check) writeFileSync(url, text);
  else if (text !== readFileSync(url, 'utf8')) stale.push(path);
}
if (stale.length > 0) {
  process.stderr.write(`not current: ${stale.join(', ')}; run: npm run generate\n`);
  process.exit(1);
}
