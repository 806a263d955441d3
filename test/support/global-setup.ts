// Runs once before jest's test files: finds or builds the counterparts and starts the control plane that all test files
// share. Only a run of nothing but unit tests goes without. A missing counterpart fails the run; nothing is skipped.
// Ctrl-C needs no handler here: the guard of the testbed's processes cleans up behind a jest that is gone.
import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../../src/testbed/control-plane/start-control-plane.ts';
import type { Progress } from '../../src/testbed/progress/progress.ts';
import { createProgress } from '../../src/testbed/progress/progress.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';
import { ensureTools } from '../../src/testbed/tools/ensure-tools.ts';
import { needsControlPlane, needsHelm } from './needs-control-plane.ts';
import type { TestSelection } from './needs-control-plane.ts';
import { rememberControlPlane } from './running-control-plane.ts';
import type { TestRun } from './test-run.ts';

// oxlint-disable-next-line import/no-default-export -- jest calls the default export
export default async function globalSetup(selection: TestSelection): Promise<void> {
  if (!needsControlPlane(selection)) return;
  const progress = createProgress();
  const counterparts = await findCounterparts(needsHelm(selection), progress);
  const controlPlane = await startControlPlane({ tools: counterparts.tools, progress });
  rememberControlPlane(controlPlane);
  const run: TestRun = { directory: controlPlane.directory, ...counterparts };
  // As long as the operator's rules aren't there, asking for its kubeconfig is what fails.
  if (existsSync(repositoryPath('deploy/rbac.yaml'))) run.operatorKubeconfig = await controlPlane.operatorKubeconfig();
  const file = join(controlPlane.directory, 'test-run.json');
  await writeFile(file, JSON.stringify(run));
  process.env['LCO_TEST_CONTROL_PLANE'] = file;
  process.env['LCO_TEST_KUBECONFIG'] = controlPlane.kubeconfig;
}

/** Asks for all at once, so that whoever lacks several is told of all. */
async function findCounterparts(withHelm: boolean, progress: Progress): Promise<Pick<TestRun, 'helm' | 'tools'>> {
  if (!withHelm) return { tools: await ensureTools(['k8s', 'vsphere'], { progress }) };
  const products = ['k8s', 'vsphere', 'helm', 'kube-score'] as const;
  const { helm, helm3, kubeScore, ...tools } = await ensureTools(products, { progress });
  return { tools, helm: { helm, helm3, kubeScore } };
}
