// What a real node needs of the machine beyond Node, Go and git: root, and Debian's packages for containers. All that is
// missing is said at once, with the line that installs it.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ToolsError } from '../tools/tools-error.ts';

interface Requirement {
  /** A command on PATH, or an absolute path. */
  needs: string;
  /** Debian's package. */
  package: string;
}

export const CNI_PLUGINS = '/usr/lib/cni';

const REQUIREMENTS: readonly Requirement[] = [
  { needs: 'containerd', package: 'containerd' },
  { needs: 'ctr', package: 'containerd' },
  { needs: 'runc', package: 'runc' },
  { needs: 'buildah', package: 'buildah' },
  { needs: `${CNI_PLUGINS}/bridge`, package: 'containernetworking-plugins' },
  { needs: `${CNI_PLUGINS}/host-local`, package: 'containernetworking-plugins' },
  { needs: 'ip', package: 'iproute2' },
  { needs: 'iptables', package: 'iptables' },
  { needs: 'redis-server', package: 'redis-server' },
  { needs: 'git', package: 'git' },
  { needs: 'tar', package: 'tar' },
  { needs: 'ldd', package: 'libc-bin' },
];
/** Where Debian puts commands for root, which a user's PATH may lack. */
const ROOTS_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** PATH with the folders of root's commands. */
export function rootsPath(environment: NodeJS.ProcessEnv = process.env): string {
  return [environment['PATH'] ?? '', ...ROOTS_FOLDERS].join(delimiter);
}

/** One sentence for each thing that is missing; empty on a machine that has all. */
export function findLacking(environment: NodeJS.ProcessEnv = process.env, uid = process.getuid?.()): readonly string[] {
  const lacking: string[] = [];
  if (process.platform !== 'linux') return ['a real node runs on Linux only'];
  if (uid !== 0) lacking.push('a real node needs root: run this as root');
  const missing = REQUIREMENTS.filter(({ needs }) => !isThere(needs, rootsPath(environment)));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((one) => one.package))].join(' ');
    const names = missing.map(({ needs }) => needs).join(', ');
    lacking.push(`missing: ${names}; on Debian and Ubuntu: apt-get install --no-install-recommends ${packages}`);
  }
  return lacking;
}

/** Throws a ToolsError that names everything that is missing. */
export function demandRequirements(environment: NodeJS.ProcessEnv = process.env): void {
  const lacking = findLacking(environment);
  if (lacking.length > 0) throw new ToolsError(lacking.join('\n'));
}

function isThere(needs: string, path: string): boolean {
  if (needs.startsWith('/')) return existsSync(needs);
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, needs), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}
