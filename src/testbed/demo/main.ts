// `npm run demo`: the whole operator on this machine, against a real Kubernetes API server and a simulated vCenter, with a
// live table. Ctrl-C or SIGTERM at any moment ends all of it and leaves nothing behind.
import { runCommand } from '../command.ts';
import { DEMO_FLAGS, readDemoOptions } from './options.ts';
import { runDemo } from './run-demo.ts';

const HELP = `Starts a Kubernetes control plane, a simulated vCenter and the linked-clone operator on this machine, applies
deploy/samples/ and shows how 75 linked clones of three bases come up, and what space they take.

The first run builds etcd, kubectl, kube-apiserver and kube-controller-manager with Go, once a machine (about 7 minutes), or
downloads their releases where there is no Go; KUBEBUILDER_ASSETS names a folder that has them. It goes on until Ctrl-C, which
leaves no process, port or folder behind.

Usage: npm run demo -- [flags]

  --speed N           simulated durations are divided by N (default 1: clone 5 s, power-on 3 s, customization 2 s)
  --exit-when-ready   end when all is ready, with exit code 0; 1 when it isn't within the timeout
  --timeout SECONDS   from the first apply (default 300; 0.001 to 2147483)
  --output text|json  json: standard output carries one line when all is ready, everything else goes to standard error:
                      {"kubeconfig", "vcenterUrl", "username", "password", "adminUrl", "metricsUrl",
                       "labs": [{"name", "replicas", "ready", "seconds", "storage"}],
                       "storage": {"fullBytes", "thinBytes", "linkedBytes", "savedBytes", "savedPercent"}, "seconds"};
                      or, when it failed, {"error", "reasons": [{"kind", "namespace", "name", "reason", "message"}]}
  -h, --help          this text
`;

await runCommand({
  name: 'demo',
  help: HELP,
  options: DEMO_FLAGS,
  run: async (values, signal) => runDemo(readDemoOptions(values), signal),
});
