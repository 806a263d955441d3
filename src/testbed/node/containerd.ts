// Debian's containerd with a root, a state and a socket of its own, so that it meets no other one on the machine. Network
// namespaces of Pods are mounted below its state, where the clean-up finds them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerProcess } from '../control-plane/server-process.ts';
import { startServer } from '../control-plane/server-process.ts';
import { BRIDGE, PAUSE_IMAGE, POD_RANGE } from './node-folder.ts';
import type { NodeFolder } from './node-folder.ts';
import { CNI_PLUGINS } from './requirements.ts';
import { runCommandLine } from './run-command.ts';

export interface ServerOptions {
  signal?: AbortSignal | undefined;
  onUnexpectedExit: (error: Error) => void;
}

/** Starts it; ready when it answers. */
export async function startContainerd(folder: NodeFolder, options: ServerOptions): Promise<ServerProcess> {
  const { directory, socket } = folder;
  const cni = join(directory, 'cni');
  await mkdir(cni, { recursive: true });
  await writeFile(join(cni, '10-bridge.conflist'), JSON.stringify(bridgeNetwork(directory)));
  const config = join(directory, 'containerd.toml');
  await writeFile(config, configuration(folder, cni));
  return startServer(
    {
      name: 'containerd',
      command: 'containerd',
      args: ['--config', config],
      logFile: join(directory, 'containerd.log'),
      isReady: async (signal) => {
        await runCommandLine('ctr', ['--address', socket, 'version'], { signal, timeoutMs: 5000 });
        return true;
      },
      onUnexpectedExit: options.onUnexpectedExit,
    },
    options.signal,
  );
}

function bridgeNetwork(directory: string): unknown {
  const ranges = [[{ subnet: POD_RANGE }]];
  const ipam = { type: 'host-local', dataDir: join(directory, 'ipam'), ranges, routes: [{ dst: '0.0.0.0/0' }] };
  // the Pod itself may be an endpoint of the Service that it calls
  const bridge = { type: 'bridge', bridge: BRIDGE, isGateway: true, hairpinMode: true, ipam };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge, { type: 'loopback' }] };
}

function configuration({ directory, socket }: NodeFolder, cni: string): string {
  const at = (name: string): string => JSON.stringify(join(directory, name));
  return `version = 2
root = ${at('containerd-root')}
state = ${at('containerd-state')}
[grpc]
  address = ${JSON.stringify(socket)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(PAUSE_IMAGE)}
  # without the right to lower it, the process of a container doesn't start
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(CNI_PLUGINS)}
    conf_dir = ${JSON.stringify(cni)}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}
