// What the parts of the end-to-end run share: the cluster, the tools, and short ways to use them.
import { join } from 'node:path';
import type { ControlPlane } from '../../src/testbed/control-plane/control-plane.ts';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';
import type { CommandOptions } from '../../src/testbed/node/run-command.ts';
import type { Cluster } from '../../src/testbed/node/start-cluster.ts';
import type { Progress } from '../../src/testbed/progress/progress.ts';
import type { ToolPaths } from '../../src/testbed/tools/tool-paths.ts';
import type { Recorder } from './recorder.ts';
import { waitUntil } from '../../src/testbed/wait-until.ts';
import type { WaitOptions } from '../../src/testbed/wait-until.ts';

export type E2eTools = ToolPaths<'k8s' | 'kubelet' | 'helm' | 'argocd' | 'kstatus'>;

export interface Context {
  cluster: Cluster;
  controlPlane: ControlPlane;
  tools: E2eTools;
  progress: Progress;
  /** Of what the operator writes during the whole run. */
  recorder: Recorder;
  signal: AbortSignal;
  /** Runs one claim of the part; says that it held, and how long that took. */
  check: <T>(claim: string, prove: () => Promise<T>) => Promise<T>;
  /** Helm 4, and Helm 3 where it is asked for. */
  helm: (args: readonly string[], options?: CommandOptions & { version?: 3 | 4 }) => Promise<string>;
  kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Applies the objects or the YAML, server side. */
  apply: (what: string | readonly object[]) => Promise<void>;
  get: <T>(path: string) => Promise<T>;
  /** As waitUntil, with the run's signal. */
  until: <T>(
    what: string,
    look: () => T | Promise<T>,
    options?: WaitOptions,
  ) => Promise<Exclude<T, false | null | undefined>>;
}

/** The namespace that the operator is installed into. */
export const OPERATOR_NAMESPACE = 'linked-clone-system';
export const RELEASE = 'operator';

export type ContextParts = Pick<Context, 'cluster' | 'tools' | 'progress' | 'signal' | 'check'>;

export function createContext(parts: ContextParts): Omit<Context, 'recorder'> {
  const { cluster, tools, signal } = parts;
  const { controlPlane } = cluster;
  const at = (name: string): string => join(cluster.directory, name);
  const env = {
    KUBECONFIG: controlPlane.kubeconfig,
    HELM_CACHE_HOME: at('helm-cache'),
    HELM_CONFIG_HOME: at('helm-config'),
    HELM_DATA_HOME: at('helm-data'),
  };
  return {
    ...parts,
    controlPlane,
    helm: (args, { version = 4, ...options } = {}) =>
      runCommandLine(version === 3 ? tools.helm3 : tools.helm, args, { signal, ...options, env }),
    kubectl: (args, input) => controlPlane.kubectl(args, input === undefined ? { signal } : { input, signal }),
    async apply(what) {
      const input = typeof what === 'string' ? what : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: what });
      await controlPlane.kubectl(['apply', '--server-side', '-f', '-'], { input, signal });
    },
    get: (path) => controlPlane.api.call('GET', path, { signal }),
    until: (what, look, options) => waitUntil(what, look, { timeoutMs: 60_000, intervalMs: 200, signal, ...options }),
  };
}
