// `npm run e2e`: the operator as people install it, on a real cluster of this machine: a kubelet, real Pods of the image that
// the Dockerfile makes, Helm 3 and 4, kubectl, Argo CD. Needs root and Debian's packages for containers; says what is missing.
import { argv } from 'node:process';
import { runCommand } from '../../src/testbed/command.ts';
import type { FlagValues } from '../../src/testbed/command.ts';
import { demandRequirements, findLacking } from '../../src/testbed/node/requirements.ts';
import { startCluster } from '../../src/testbed/node/start-cluster.ts';
import { createProgress } from '../../src/testbed/progress/progress.ts';
import { ensureTools } from '../../src/testbed/tools/ensure-tools.ts';
import { createContext } from './context.ts';
import { PARTS } from './parts.ts';
import { record } from './recorder.ts';
import { createReport } from './report.ts';

const HELP = `Installs the operator on a real one-node cluster of this machine and proves what its users rely on, part by part.
Everything it starts it ends, also on Ctrl-C: no Pod, process, mount, bridge or address is left.

Needs root, Go (once), and Debian's containerd, runc, buildah, containernetworking-plugins and redis-server.

Usage: npm run e2e -- [flags]

  --short           only the parts that CI runs
  --only NAME       only this part; repeat for more
  --requirements    say what this machine lacks, and end: exit code 0 when it lacks nothing
  --hold            keep the cluster after the last part, until Ctrl-C, to look around
  -h, --help        this text

Parts: ${PARTS.map(({ name, short }) => `${name}${short ? '' : ' (not with --short)'}`).join(', ')}
`;

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  if (values['requirements'] === true) {
    const lacking = findLacking();
    for (const line of lacking) process.stderr.write(`${line}\n`);
    return lacking.length === 0 ? 0 : 1;
  }
  const progress = createProgress();
  const only = values['only'];
  const asked = Array.isArray(only) ? only : [];
  const unknown = asked.find((name) => PARTS.every((part) => part.name !== name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown} (see --help)`);
  const parts = PARTS.filter(({ name, short }) =>
    asked.length > 0 ? asked.includes(name) : short || values['short'] !== true,
  );
  demandRequirements();
  const tools = await ensureTools(['k8s', 'kubelet', 'helm', 'argocd', 'kstatus'], { signal, progress });
  const report = createReport(progress);
  const failed = Promise.withResolvers<never>();
  const cluster = await startCluster({ tools, progress, signal, onUnexpectedExit: failed.reject });
  const shared = createContext({ cluster, tools, progress, signal, check: report.check });
  const recorder = record(shared);
  const context = { ...shared, recorder };
  try {
    for (const part of parts) {
      const ran = await Promise.race([
        report.part(part.name, () => part.run(context, values['short'] === true)),
        failed.promise,
      ]);
      signal.throwIfAborted();
      if (!ran) await report.explain(context);
    }
    if (values['hold'] === true) {
      progress.note(`the cluster stays until Ctrl-C: export KUBECONFIG=${cluster.controlPlane.kubeconfig}`);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  } finally {
    await recorder.stop();
    await cluster.stop();
  }
  return report.summary();
}

const options = {
  short: { type: 'boolean' },
  hold: { type: 'boolean' },
  requirements: { type: 'boolean' },
  only: { type: 'string', multiple: true },
} as const;
await runCommand({ name: 'e2e', help: HELP, options, run }, argv.slice(2));
