// Runs the real kubectl, as its users do, without touching the files in their home folder.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubectlOptions } from './control-plane.ts';

const KUBECTL_TIMEOUT_MS = 60_000;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

export interface KubectlRun extends KubectlOptions {
  kubectl: string;
  kubeconfig: string;
  /** Where kubectl keeps what it learned from discovery. */
  cacheDirectory: string;
}

/** Standard output; rejects with the command line and standard error, and after a minute. */
export async function runKubectl(args: readonly string[], run: KubectlRun): Promise<string> {
  const { kubectl, kubeconfig, cacheDirectory, input, signal } = run;
  const environment = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: cacheDirectory };
  const options = { env: environment, signal, timeout: KUBECTL_TIMEOUT_MS, maxBuffer: LARGEST_OUTPUT };
  const running = promisify(execFile)(kubectl, [...args], options);
  running.child.stdin?.end(input ?? '');
  try {
    return (await running).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`kubectl ${args.join(' ')}: ${said === '' ? 'failed' : said}`, { cause: error });
  }
}
