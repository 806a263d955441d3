// The govc commands of docs/simulator.md, run one after the other against the demo's inventory: each says what the page says.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../src/simulator/start-simulator.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { toolPaths } from '../../support/control-plane.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { PATIENCE_MS } from './support/govc-lab.ts';

const PAGE = readFileSync(repositoryPath('docs/simulator.md'), 'utf8');
const DOCUMENTED_URL = 'https://127.0.0.1:43617/sdk';
const BETWEEN = '=== the next command ===';
const home = useTemporaryDirectory();

let vcenter: RunningSimulator;

beforeAll(async () => {
  const inventory = readFileSync(repositoryPath('deploy/simulator/inventory.yaml'), 'utf8');
  vcenter = await startSimulator({ inventory, speed: 200 });
});
afterAll(() => vcenter?.stop());

interface Step {
  readonly command: string;
  /** With `…` for whatever may stand there. */
  readonly output: string;
}

function documentedSteps(): readonly Step[] {
  const section = PAGE.slice(PAGE.indexOf('## Point govc and pyvmomi at it'));
  const block = /```console\n(.*?)```/s.exec(section)?.[1] ?? '';
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...output] = text.split('\n');
      return { command, output: output.join('\n').trim() };
    });
}

function pattern(output: string): RegExp {
  const escaped = output.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('…', String.raw`[\s\S]*`)}$`);
}

it(
  'says what the page says',
  async () => {
    const steps = documentedSteps();
    expect(steps.length).toBeGreaterThan(10);
    const script = steps.map(({ command }) => `${command}\necho '${BETWEEN}'`).join('\n');
    const env = { HOME: home, PATH: `${dirname(toolPaths().govc)}:${process.env['PATH'] ?? ''}` };
    const run = await promisify(execFile)('sh', ['-eu', '-c', script.replace(DOCUMENTED_URL, vcenter.url)], { env });
    const said = run.stdout.split(`${BETWEEN}\n`).map((text) => text.trim());
    for (const [index, { command, output }] of steps.entries())
      expect([command, said[index]]).toEqual([command, expect.stringMatching(pattern(output))]);
  },
  PATIENCE_MS,
);
