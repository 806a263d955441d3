// Kubernetes' and etcd's official downloads, for machines without Go: exactly the versions that hack/tools/k8s builds, each
// with the checksum that is published beside it. There are no released API servers for other systems than Linux.
import { ETCD_VERSION, KUBERNETES_VERSION } from './products.ts';
import type { Product } from './products.ts';

export interface ReleasedFile {
  /** File name of the tool. */
  file: string;
  url: string;
  /** A lone SHA-256 digest, or lines of `sha256sum`. */
  checksumUrl: string;
  /** Path of the tool in the archive that `url` is; absent when it is the tool itself. */
  member?: string;
}

/** Environment variables that name a mirror with the same paths. */
export const MIRRORS = {
  KUBERNETES_MIRROR: 'https://dl.k8s.io',
  ETCD_MIRROR: 'https://github.com/etcd-io/etcd/releases/download',
} as const;

const PLATFORMS = new Set(['linux/amd64', 'linux/arm64', 'linux/ppc64le', 'linux/s390x']);

/** The downloads of all tools of the product; undefined when it isn't released for the platform (GOOS/GOARCH), or at all. */
export function releasedFiles(
  product: Product,
  platform: string,
  environment: NodeJS.ProcessEnv,
): readonly ReleasedFile[] | undefined {
  if (product.name !== 'k8s' || !PLATFORMS.has(platform)) return undefined;
  return product.tools.map(({ file }) =>
    file === 'etcd' ? etcd(platform, environment) : kubernetes(file, platform, environment),
  );
}

function kubernetes(file: string, platform: string, environment: NodeJS.ProcessEnv): ReleasedFile {
  const url = `${mirror('KUBERNETES_MIRROR', environment)}/v${KUBERNETES_VERSION}/bin/${platform}/${file}`;
  return { file, url, checksumUrl: `${url}.sha256` };
}

function etcd(platform: string, environment: NodeJS.ProcessEnv): ReleasedFile {
  const folder = `${mirror('ETCD_MIRROR', environment)}/v${ETCD_VERSION}`;
  const name = `etcd-v${ETCD_VERSION}-${platform.replace('/', '-')}`;
  const [url, checksumUrl] = [`${folder}/${name}.tar.gz`, `${folder}/SHA256SUMS`];
  return { file: 'etcd', url, checksumUrl, member: `${name}/etcd` };
}

function mirror(variable: keyof typeof MIRRORS, environment: NodeJS.ProcessEnv): string {
  const set = environment[variable];
  return (set === undefined || set === '' ? MIRRORS[variable] : set).replace(/\/+$/, '');
}
