// `npm run -s control-plane`: a Kubernetes control plane with the project's CRDs, for trying things by hand. One line of
// JSON on standard output when it is ready, everything else on standard error; on SIGINT or SIGTERM all of it ends.
import { interrupted, runCommand } from '../command.ts';
import type { FlagValues } from '../command.ts';
import { createProgress } from '../progress/progress.ts';
import { requireCrds } from './crds-flag.ts';
import { startControlPlane } from './start-control-plane.ts';

const HELP = `Starts etcd, kube-apiserver and kube-controller-manager on free ports of this machine, with the CRDs of the
linked-clone operator, and prints one line of JSON when they are ready:

  {"kubeconfig": "/path/of/the/administrator's/kubeconfig"}

They run until Ctrl-C or SIGTERM, which leaves no process, port or folder behind. The binaries are built once with Go,
or taken from the folder that KUBEBUILDER_ASSETS names (etcd, kubectl, kube-apiserver, kube-controller-manager).

Usage: npm run -s control-plane -- [flags]

  --crds FOLDER     install the CustomResourceDefinitions of this folder instead of the project's
  -h, --help        this text
`;

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const progress = createProgress();
  const failed = Promise.withResolvers<Error>();
  const crds = values['crds'];
  if (typeof crds === 'string') await requireCrds(crds);
  const controlPlane = await startControlPlane({
    signal,
    progress,
    onUnexpectedExit: failed.resolve,
    ...(typeof crds === 'string' ? { crdDirectory: crds } : {}),
  });
  process.stdout.write(`${JSON.stringify({ kubeconfig: controlPlane.kubeconfig })}\n`);
  const failure = await Promise.race([failed.promise, interrupted(signal)]);
  if (failure !== undefined) progress.note(failure.message);
  await controlPlane.stop();
  return failure === undefined ? 0 : 1;
}

await runCommand({ name: 'control-plane', help: HELP, options: { crds: { type: 'string' } }, run });
