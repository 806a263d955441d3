// Argo CD itself, from its own binary: the application controller and the repository server with a redis, syncing a Git
// repository of this machine. What its installation has beside them (server, UI, SSO) has no part in syncing.
import { chmod, copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findFreePorts } from '../../src/testbed/control-plane/free-ports.ts';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';
import type { ManagedProcess } from '../../src/testbed/process/managed-process.ts';
import { startProcess } from '../../src/testbed/process/start-process.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';
import type { Context } from './context.ts';
import { moduleFolder } from './go-module.ts';

const MODULE = 'github.com/argoproj/argo-cd/v3';
const SCRIPTS = ['git-verify-wrapper.sh', 'gpg-wrapper.sh', 'git-ask-pass.sh'];
const NAMESPACE = 'argocd';
export const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications`;

export interface Application {
  metadata: { name: string; deletionTimestamp?: string; finalizers?: string[]; ownerReferences?: object[] };
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string };
    operationState?: { phase?: string; message?: string };
    conditions?: { type: string; message: string }[];
    resources?: {
      kind: string;
      name: string;
      status?: string;
      health?: { status?: string; message?: string };
      requiresDeletionConfirmation?: boolean;
    }[];
  };
}

export interface RunningArgocd {
  stop(): Promise<void>;
}

/** Starts it with deploy/argocd/argocd-cm.yaml as its ConfigMap, as docs/argocd.md says. */
export async function startArgocd(context: Context): Promise<RunningArgocd> {
  const { cluster, controlPlane, tools, signal, apply } = context;
  const directory = join(cluster.directory, 'argocd');
  const at = (name: string): string => join(directory, name);
  for (const folder of ['bin', 'tls', 'ssh', 'gpg', 'plugins']) await mkdir(at(folder), { recursive: true });
  const source = await sources(signal);
  for (const script of SCRIPTS) {
    await copyFile(join(source, 'hack', script), at(`bin/${script}`));
    await chmod(at(`bin/${script}`), 0o755);
  }
  await symlink(tools.argocd, at('bin/argocd'));
  await symlink(tools.helm, at('bin/helm'));
  for (const crd of ['application', 'applicationset', 'appproject'])
    await apply(await readFile(join(source, 'manifests/crds', `${crd}-crd.yaml`), 'utf8'));
  // discovery learns of a new kind a moment after it is served
  await context.until('the kinds of Argo CD', async () => apply(await configuration()).then(() => true));

  const [redis = 0, repository = 0, ...metrics] = await findFreePorts(7);
  const environment = {
    PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: controlPlane.kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_GPG_ENABLED: 'false',
    ARGOCD_TLS_DATA_PATH: at('tls'),
    ARGOCD_SSH_DATA_PATH: at('ssh'),
    ARGOCD_GNUPGHOME: at('gpg'),
    ARGOCD_GPG_DATA_PATH: at('gpg'),
    ARGOCD_PLUGINSOCKFILEPATH: at('plugins'),
    // answers within seconds, as a person would want them here
    ARGOCD_RECONCILIATION_TIMEOUT: '5s',
    ARGOCD_RECONCILIATION_JITTER: '0s',
    ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_TIMEOUT_SECONDS: '1',
    ARGOCD_DEFAULT_CACHE_EXPIRATION: '1s',
    // what its user interface shows of each resource is then in the Application too
    ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH: 'true',
  };
  const running: ManagedProcess[] = [];
  const start = async (name: string, command: string, args: readonly string[], role?: string): Promise<void> => {
    const env = { ...environment, ...(role === undefined ? {} : { ARGOCD_BINARY_NAME: role }) };
    running.push(await startProcess({ name, command, args, env, logFile: at(`${name}.log`), signal }));
  };
  const stop = async (): Promise<void> => {
    await Promise.all(running.toReversed().map((one) => one.stop()));
  };
  try {
    const noFiles = ['--save', '', '--appendonly', 'no'];
    await start('redis', 'redis-server', ['--port', String(redis), '--bind', '127.0.0.1', ...noFiles]);
    const address = ['--redis', `127.0.0.1:${redis}`];
    await start(
      'repo-server',
      tools.argocd,
      [
        ...['--address', '127.0.0.1', '--port', String(repository), '--metrics-address', '127.0.0.1'],
        ...['--metrics-port', String(metrics[0]), ...address, '--disable-tls', '--client-ca-path', ''],
      ],
      'argocd-repo-server',
    );
    await start(
      'application-controller',
      tools.argocd,
      [
        ...['--kubeconfig', controlPlane.kubeconfig, '--namespace', NAMESPACE, ...address],
        ...[
          '--repo-server',
          `127.0.0.1:${repository}`,
          '--repo-server-plaintext',
          '--metrics-port',
          String(metrics[1]),
        ],
      ],
      'argocd-application-controller',
    );
    const local = (port: number | undefined): string => `127.0.0.1:${port}`;
    await start(
      'applicationset-controller',
      tools.argocd,
      [
        ...['--kubeconfig', controlPlane.kubeconfig, '--namespace', NAMESPACE],
        ...['--argocd-repo-server', `127.0.0.1:${repository}`, '--repo-server-plaintext'],
        ...[
          '--metrics-addr',
          local(metrics[2]),
          '--probe-addr',
          local(metrics[3]),
          '--webhook-addr',
          local(metrics[4]),
        ],
      ],
      'argocd-applicationset-controller',
    );
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Its sources, for what isn't in the binary: CRDs and helper scripts. */
async function sources(signal: AbortSignal): Promise<string> {
  const cwd = repositoryPath('hack/tools/argocd');
  const version = (await runCommandLine('go', ['list', '-m', '-f', '{{.Version}}', MODULE], { cwd, signal })).trim();
  return moduleFolder(MODULE, version, signal, cwd);
}

async function configuration(): Promise<readonly object[]> {
  const labels = { 'app.kubernetes.io/part-of': 'argocd' };
  const metadata = (name: string): object => ({ name, namespace: NAMESPACE, labels });
  const argocdCm = parse(await readFile(repositoryPath('deploy/argocd/argocd-cm.yaml'), 'utf8')) as object;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    argocdCm,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-rbac-cm') },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('argocd-secret'),
      stringData: { 'server.secretkey': 'only-for-a-test' },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: NAMESPACE },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ namespace: '*', server: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
  ];
}
