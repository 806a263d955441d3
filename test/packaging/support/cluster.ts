// A control plane for tests that install charts: none of our CRDs are on it, those of the Prometheus operator are. kubectl
// with its warnings, which are answers of admission.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ControlPlane, ControlPlaneClient } from '../../../src/testbed/control-plane/control-plane.ts';
import { startControlPlane } from '../../../src/testbed/control-plane/start-control-plane.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { testRun } from '../../support/test-run.ts';

export const MONITORING_CRDS = repositoryPath('test/packaging/fixtures/prometheus-operator');

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function startBareControlPlane(): Promise<ControlPlane> {
  return startControlPlane({ tools: testRun().tools, crdDirectory: MONITORING_CRDS });
}

/** Any exit code is a result. */
export function kubectl(
  { kubeconfig, tools, directory }: Pick<ControlPlaneClient, 'kubeconfig' | 'tools' | 'directory'>,
  args: readonly string[],
  input = '',
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const cache = join(directory, 'kubectl-cache'); // else below the current folder, where there is no home
    const environment = { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, KUBECACHEDIR: cache };
    const child = execFile(
      tools.kubectl,
      [...args],
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(new Error(`kubectl could not be run: ${error.message}`, { cause: error }));
      },
    );
    child.stdin?.end(input);
  });
}

/** As a user who has no certificate: the API server is asked to take the request for theirs. */
export function as(user: string, ...groups: readonly string[]): string[] {
  return [`--as=${user}`, ...groups.map((group) => `--as-group=${group}`)];
}
