// The commands of the pages about installing, upgrading and uninstalling, run as they stand there: each section from a clean
// cluster, by Helm 4. A block that isn't run says why, right above it.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { testRun } from '../../support/test-run.ts';
import type { Said } from '../support/cluster.ts';
import { kubectl, startBareControlPlane } from '../support/cluster.ts';

interface Section {
  readonly title: string;
  readonly script: string;
}

/** Longest that the commands of a section take, milliseconds. */
const RUN_MS = 60_000;
const PAGES = ['install.md', 'upgrade.md', 'uninstall.md', 'tenants.md'];
const directory = useTemporaryDirectory();
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  mkdirSync(join(directory, 'bin'));
  symlinkSync(testRun().helm?.helm ?? '', join(directory, 'bin', 'helm'));
  symlinkSync(cluster.tools.kubectl, join(directory, 'bin', 'kubectl'));
}, 60_000);
afterAll(() => cluster?.stop());

/** The blocks of each section that are to be run, in one script. */
function sections(page: string): readonly Section[] {
  const [, ...parts] = `\n${readFileSync(repositoryPath(`docs/${page}`), 'utf8')}`.split(/\n## /);
  return parts.flatMap((part) => {
    const blocks = [...part.matchAll(/(<!-- not executed: .+ -->\n\n)?```sh\n([\s\S]*?)```/g)];
    const script = blocks.flatMap(([, excuse, text = '']) => (excuse === undefined ? [text] : [])).join('');
    return script === '' ? [] : [{ title: part.split('\n')[0] ?? '', script }];
  });
}

function run(script: string): Promise<Said> {
  const environment = {
    PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: directory,
    KUBECONFIG: cluster.kubeconfig,
  };
  return new Promise((resolve) => {
    // each command is said before it runs: the last one is what didn't end in time
    const options = { cwd: repositoryPath('.'), env: environment, maxBuffer: 64 * 1024 * 1024, timeout: RUN_MS };
    execFile('sh', ['-euxc', script], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

/** Nothing of a section before is left. */
async function clean(): Promise<void> {
  const clusterWide = 'clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding';
  const ours = ['-l', 'app.kubernetes.io/part-of=linked-clone-operator'];
  const commands = [
    // before the CRDs: a namespace is searched for objects of every kind that was heard of, for minutes if one is gone
    ['delete', 'namespace', 'linked-clone-system', 'linked-clone-system-2', 'lab'],
    [
      'delete',
      'crd',
      ...['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'].map((kind) => `${kind}.linkedclone.dev`),
    ],
    ['delete', clusterWide, ...ours],
    ['delete', 'role,rolebinding', '-n', 'default', ...ours],
  ];
  for (const args of commands) {
    const { code, stderr } = await kubectl(cluster, [...args, '--ignore-not-found', '--timeout=45s']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  }
}

describe.each(PAGES)('docs/%s', (page) => {
  it.each(sections(page).map(({ title, script }) => [title, script] as const))(
    '%s',
    async (_, script) => {
      await clean();
      const { code, stderr } = await run(script);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    },
    120_000,
  );
});

it('runs most of what the pages say, and has a reason for the rest', () => {
  const all = PAGES.flatMap((page) => [...readFileSync(repositoryPath(`docs/${page}`), 'utf8').matchAll(/```sh\n/g)]);
  const excused = PAGES.flatMap((page) => [
    ...readFileSync(repositoryPath(`docs/${page}`), 'utf8').matchAll(/<!-- not executed: .{10,} -->\n\n```sh\n/g),
  ]);
  expect(all.length).toBeGreaterThan(10);
  expect(excused.length).toBeLessThan(all.length / 2);
});
