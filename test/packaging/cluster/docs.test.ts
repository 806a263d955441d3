// The commands of the pages about installing, upgrading and uninstalling, run as they stand there: each section from a clean
// cluster, by Helm 4, in a copy of the checkout that has the page's class.yaml. A block that isn't run says why, right above it.
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { RUN_BY_SECTION, commandBlocks } from '../../support/documented-commands.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { testRun } from '../../support/test-run.ts';
import { startBareControlPlane } from '../support/cluster.ts';
import { LAB_CHART, OPERATOR_CHART, helmOk } from '../support/helm.ts';

/** Longest that the commands of a section take, and that it takes to clean up before them, milliseconds: only what hangs. */
const RUN_MS = 240_000;
const CLEAN_MS = 120_000;
const CRDS_MS = 90_000;
/** What a page says has to be there before. */
const BEFORE: Readonly<Record<string, string>> = {
  'deploy/lab-chart/README.md': 'kubectl apply --server-side -f deploy/crds.yaml\n',
};

const NAMESPACE = 'linked-clone-system';

const directory = useTemporaryDirectory();
const checkout = join(directory, 'checkout');
let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startBareControlPlane();
  mkdirSync(join(directory, 'bin'));
  symlinkSync(testRun().helm?.helm ?? '', join(directory, 'bin', 'helm'));
  symlinkSync(cluster.tools.kubectl, join(directory, 'bin', 'kubectl'));
  mkdirSync(checkout);
  for (const name of readdirSync(repositoryPath('.'))) symlinkSync(repositoryPath(name), join(checkout, name));
}, 120_000);
afterAll(() => cluster?.stop());

/** The blocks of each section that are to be run, in one script. */
function sections(page: string): readonly (readonly [title: string, script: string])[] {
  const scripts = new Map<string, string>();
  for (const { language, notExecuted, executedBy, section, text } of commandBlocks(page)) {
    if (language !== 'sh' || notExecuted !== undefined || executedBy !== undefined) continue;
    scripts.set(section, `${scripts.get(section) ?? BEFORE[page] ?? ''}${text}`);
  }
  return [...scripts];
}

/** What goes wrong with the script. After `limitMs` all that it has started is killed, and the last line is what didn't end. */
async function troubleWith(script: string, limitMs: number): Promise<string | undefined> {
  const path = `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`;
  const shell = await startProcess({
    name: 'sh',
    command: 'sh',
    args: ['-euxc', script],
    cwd: checkout,
    env: { PATH: path, HOME: directory, KUBECONFIG: cluster.kubeconfig },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void shell.kill();
  }, limitMs);
  const { code } = await shell.exited;
  clearTimeout(timer);
  return code === 0 ? undefined : `${late ? `not done in ${limitMs} ms` : `exit ${code}`}: ${shell.logTail()}`;
}

/** Nothing of a section before is left. What doesn't go is shown with what Kubernetes says of it. */
async function clean(): Promise<void> {
  const crds = ['vcenters', 'basesnapshots', 'linkedclonesets', 'linkedclones'].map(
    (kind) => `${kind}.linkedclone.dev`,
  );
  const clusterWide = 'clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding';
  const ours = '-l app.kubernetes.io/part-of=linked-clone-operator';
  const script = [
    // before the CRDs: a namespace is searched for objects of every kind that was heard of, for minutes if one is gone
    'delete namespace linked-clone-system linked-clone-system-2 lab',
    `delete ${clusterWide} ${ours}`,
    `delete role,rolebinding -n default ${ours}`,
    // kubectl was seen to wait on after all four were on their way: what is there is looked at here
    `delete crd ${crds.join(' ')} --wait=false`,
  ].map((command) => `kubectl ${command} --ignore-not-found\n`);
  const trouble = await troubleWith(script.join(''), CLEAN_MS);
  const left = async (): Promise<string> =>
    cluster.kubectl(['get', 'crd', ...crds, '--ignore-not-found', '-o', 'json']);
  if (trouble !== undefined) {
    const namespaces = await cluster.kubectl(['get', 'namespaces', '-o', 'jsonpath={.items[*].status}']);
    throw new Error(`the cluster could not be cleaned: ${trouble}; its namespaces: ${namespaces}`);
  }
  let last = '';
  await waitUntil('the CRDs to be gone', async () => (last = await left()) === '', { timeoutMs: CRDS_MS }).catch(
    (cause: unknown) => {
      const { items } = JSON.parse(last) as { items: { metadata: object; status: { conditions: unknown } }[] };
      const said = items.map(({ metadata, status }) => ({ ...metadata, managedFields: '', said: status.conditions }));
      throw new Error(`a CRD stays: ${JSON.stringify(said)}`, { cause });
    },
  );
}

describe.each(RUN_BY_SECTION)('%s', (page) => {
  const classYaml = /^```yaml\n(vCenter:[\s\S]*?)^```$/m.exec(readFileSync(repositoryPath(page), 'utf8'))?.[1];

  it.each(sections(page))(
    '%s',
    async (_, script) => {
      if (classYaml !== undefined) writeFileSync(join(checkout, 'class.yaml'), classYaml);
      await clean();
      expect(await troubleWith(script, RUN_MS)).toBeUndefined();
    },
    RUN_MS + CLEAN_MS + CRDS_MS + 10_000,
  );
});

describe('the notes that Helm prints', () => {
  /** A node, and machines: what the end-to-end run has. */
  const NEEDS_MORE = /rollout status|helm test|kubectl wait|kubectl get lcs .* -w /;

  async function notesOf(...args: readonly string[]): Promise<string> {
    const notes = await helmOk(['install', ...args], { kubeconfig: cluster.kubeconfig });
    return notes.slice(notes.indexOf('NOTES:'));
  }

  /** What is indented is meant to be typed. */
  function commandsOf(notes: string): string {
    const typed = notes.split('\n').filter((line) => line.startsWith('  '));
    return typed.map((line) => (NEEDS_MORE.test(line) ? '' : `${line.slice(2)}\n`)).join('');
  }

  const install = ['linked-clone-operator', OPERATOR_CHART, '-n', NAMESPACE, '--create-namespace'];
  const labs = ['class', LAB_CHART, '-n', 'lab', '--create-namespace', '-f', join(LAB_CHART, 'ci/class-values.yaml')];

  it.each<[string, readonly string[], number]>([
    ['with a vCenter', [], 2],
    ['with the simulator', ['--set', 'simulator.enabled=true'], 1],
  ])(
    'can be followed %s, then those of a lab',
    async (_, values, commands) => {
      await clean();
      const own = commandsOf(await notesOf(...install, ...values));
      expect(own.match(/^kubectl /gm)).toHaveLength(commands);
      // the API server describes a new kind some seconds after it has it: faster than anybody reads notes, not than this
      expect(await troubleWith('until kubectl explain vcenter.spec; do sleep 0.2; done', CRDS_MS)).toBeUndefined();
      expect(await troubleWith(own, RUN_MS / 2)).toBeUndefined();
      const ofLab = commandsOf(await notesOf(...labs));
      expect(ofLab.match(/^kubectl /gm)).toHaveLength(2);
      expect(await troubleWith(ofLab, RUN_MS / 2)).toBeUndefined();
    },
    RUN_MS + CLEAN_MS + 2 * CRDS_MS + 10_000,
  );
});

it('names what did not end in time, though a child of the shell still holds its output', async () => {
  const trouble = await troubleWith('echo before\nsleep 98765\necho after', 3000);
  expect(trouble).toMatch(/^not done in 3000 ms: [^]*\+ sleep 98765/);
  expect(trouble).not.toContain('echo after');
});
