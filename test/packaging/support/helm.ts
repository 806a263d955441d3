// Helm as people run it: a process for each command, with a home of its own, so that nothing of the machine's is read.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import type { HelmTools } from '../../../src/testbed/tools/tool-paths.ts';
import { testRun } from '../../support/test-run.ts';

export const OPERATOR_CHART = repositoryPath('deploy/chart');
export const LAB_CHART = repositoryPath('deploy/lab-chart');

export type HelmVersion = keyof HelmTools;
export const HELM_VERSIONS: readonly HelmVersion[] = ['helm', 'helm3'];

export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HelmOptions {
  readonly version?: HelmVersion;
  readonly kubeconfig?: string;
  /** Standard input, which `-f -` reads. */
  readonly input?: string;
}

/** Runs `helm args`; any exit code is a result. */
export function helm(args: readonly string[], options: HelmOptions = {}): Promise<HelmResult> {
  const { helm: tools } = testRun();
  if (tools === undefined) throw new Error('this run has no Helm: only tests below test/packaging get it');
  const home = mkdtempSync(join(tmpdir(), 'lco-helm-'));
  const environment = {
    PATH: process.env['PATH'],
    HOME: home,
    KUBECONFIG: options.kubeconfig ?? join(home, 'no-kubeconfig'),
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      tools[options.version ?? 'helm'],
      args,
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(new Error(`helm could not be run: ${error.message}`, { cause: error }));
      },
    );
    child.stdin?.end(options.input ?? '');
  });
}

/** As `helm`, but rejects with what it said unless it ends with 0. */
export async function helmOk(args: readonly string[], options: HelmOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await helm(args, options);
  if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  return stdout;
}
