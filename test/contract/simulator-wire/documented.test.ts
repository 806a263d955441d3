// The commands of docs/simulator.md that start it and disturb it: each is taken from the page, run, and says what the page
// says. Those of govc are in ../foreign-clients/documented.test.ts.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it, jest } from '@jest/globals';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { commandBlocks } from '../../support/documented-commands.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

jest.setTimeout(60_000);

const PAGE = 'docs/simulator.md';
const PROMPT = '$ ';
const SCRIPT = '$ npm run -s simulator';
const directory = useTemporaryDirectory();
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Every command of the page with what it prints. */
const STEPS = commandBlocks(PAGE).flatMap(({ text }) =>
  `\n${text}`
    .split(`\n${PROMPT}`)
    .slice(1)
    .map((step) => {
      const [command = '', ...output] = step.split('\n');
      return { command: `${PROMPT}${command}`, output: output.join('\n').trim() };
    }),
);
const starts = STEPS.filter(({ command }) => command.startsWith(SCRIPT));
const requests = STEPS.filter(({ command }) => command.startsWith('$ curl '));

/** The smallest useful inventory, as the page has it. */
function sample(): string {
  const page = readFileSync(repositoryPath(PAGE), 'utf8');
  const [, text = ''] = /## Fill it[\s\S]*?```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  return text;
}

/** `npm run -s simulator -- args`, in the folder with lab.yaml. */
function start(command: string): ChildProcess {
  const [, args = ''] = /^\$ npm run -s simulator(?: -- (.*))?$/.exec(command) ?? [];
  const flags = ['--disable-warning=ExperimentalWarning', repositoryPath('src/simulator/main.ts')];
  const all = [...flags, ...args.split(' ').filter((one) => one !== '')];
  const child = spawn(process.execPath, all, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function readyLine({ stdout }: ChildProcess): Promise<Record<string, string>> {
  if (stdout === null) throw new Error('no standard output');
  const [line] = (await once(createInterface(stdout), 'line')) as [string];
  return JSON.parse(line) as Record<string, string>;
}

it('are all known here or to govc', () => {
  const govc = STEPS.filter(({ command }) => /^\$ (govc|export GOVC)/.test(command));
  expect(starts).toHaveLength(3);
  expect(requests.length).toBeGreaterThan(5);
  expect(starts.length + requests.length + govc.length).toBe(STEPS.length);
});

it('starts and says how to reach it', async () => {
  const [first] = starts;
  const said = await readyLine(start(first?.command ?? ''));
  expect(Object.keys(said)).toEqual(Object.keys(JSON.parse(first?.output ?? '') as object));
});

it('says where the mistake in the file is', async () => {
  writeFileSync(join(directory, 'lab.yaml'), sample().replace('used: 4 GB', 'used: 40 GB'));
  const child = start(starts[1]?.command ?? '');
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect([code, said.trim()]).toEqual([2, starts[1]?.output]);
});

it('keeps what it has', async () => {
  writeFileSync(join(directory, 'lab.yaml'), sample());
  const command = starts[2]?.command ?? '';
  for (const time of ['first', 'second']) {
    const child = start(command);
    const { adminUrl } = await readyLine(child);
    const { vms } = (await (await fetch(`${adminUrl}/v1/inventory`)).json()) as { vms: { name: string }[] };
    expect([time, vms.map(({ name }) => name)]).toEqual([time, ['base']]);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(existsSync(join(directory, 'lab.state'))).toBe(true);
  }
});

it('is disturbed by each request of the page', async () => {
  const inventory = readFileSync(repositoryPath('deploy/simulator/inventory.yaml'), 'utf8');
  const vcenter = await startSimulator({ inventory, speed: 1000 });
  try {
    for (const { command, output } of requests) {
      const [, method, body, path] = /^\$ curl (?:-X (\w+) )?(?:-d '(.*?)' )?"?\$ADMIN(\/[^"]+)"?$/.exec(command) ?? [];
      const init = { method: method ?? 'POST', ...(body === undefined ? {} : { body }) };
      const answer = await fetch(`${vcenter.adminUrl}${path}`, init);
      const text = await answer.text();
      expect({ command, status: answer.status, text }).toMatchObject({ command, status: 200 });
      if (output !== '') expect([command, text.trim()]).toEqual([command, output]);
    }
  } finally {
    await vcenter.stop();
  }
});
