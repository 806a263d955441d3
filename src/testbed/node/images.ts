// The images that the node runs, made here without a registry: the operator's from the Dockerfile as it is, upon a base image
// made of this machine's Node, npm and a few commands, and the pause image. buildah keeps its layers in the tools' cache.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Progress } from '../progress/progress.ts';
import { repositoryPath } from '../repository.ts';
import { toolsCacheDirectory } from '../tools/cache-directory.ts';
import { PAUSE_IMAGE } from './node-folder.ts';
import { runCommandLine } from './run-command.ts';

export interface ImageOptions {
  /** Path of the pause program. */
  pause: string;
  progress: Progress;
  signal?: AbortSignal | undefined;
}

export interface BuiltImages {
  /** In which Pods find the operator: `localhost/linked-clone-operator:e2e`. */
  operator: string;
  /** Docker archives to import. */
  archives: readonly string[];
  /** Bytes of the operator's image, unpacked. */
  unpackedBytes: number;
  /** Paths of its programs that could be a shell or a package manager. */
  shells: readonly string[];
  /** Its configuration as OCI has it. */
  config: OciConfig;
}

export interface OciConfig {
  User?: string;
  Entrypoint?: string[];
  Labels?: Record<string, string>;
}

const OPERATOR_IMAGE = 'localhost/linked-clone-operator:e2e';
const BASE_IMAGE = 'localhost/node:24';
/** What the Dockerfile's commands and npm need. */
const COMMANDS = ['bash', 'cat', 'chmod', 'cp', 'env', 'find', 'grep', 'ldd', 'mkdir', 'rm', 'sed', 'sh', 'uname'];
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Where the build sees the npm cache of this machine. */
const NPM_CACHE = '/npm-cache';
const SHELLS = /\/(sh|bash|dash|ash|busybox|npm|npx|yarn|apt|apt-get|apk|dpkg)$/;

/** Builds them, or takes what has not changed from the last time. Into `directory`. */
export async function buildImages(directory: string, options: ImageOptions): Promise<BuiltImages> {
  const { pause, progress, signal } = options;
  const store = join(toolsCacheDirectory(process.env), '..', 'buildah');
  await mkdir(store, { recursive: true });
  const buildah = (...args: readonly string[]): Promise<string> =>
    runCommandLine('buildah', ['--root', join(store, 'root'), '--runroot', join(store, 'run'), ...args], { signal });
  const bud = ['bud', '--quiet', '--layers', '--isolation', 'chroot', '--timestamp', '0'];

  const step = progress.step('building the images');
  const work = await mkdtemp(join(tmpdir(), 'linked-clone-operator-images-'));
  try {
    step.detail('base image');
    await makeBaseRoot(join(work, 'base'));
    await writeFile(join(work, 'base.Dockerfile'), BASE_DOCKERFILE);
    await buildah(...bud, '--tag', BASE_IMAGE, '--file', join(work, 'base.Dockerfile'), join(work, 'base'));
    step.detail('pause');
    await mkdir(join(work, 'pause'));
    await cp(pause, join(work, 'pause', 'pause'));
    await writeFile(join(work, 'pause.Dockerfile'), 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n');
    await buildah(...bud, '--tag', PAUSE_IMAGE, '--file', join(work, 'pause.Dockerfile'), join(work, 'pause'));
    step.detail("the operator's, from the Dockerfile");
    const npmCache = (await runCommandLine('npm', ['config', 'get', 'cache'], { signal })).trim();
    await mkdir(npmCache, { recursive: true });
    const { version } = JSON.parse(await readFile(repositoryPath('package.json'), 'utf8')) as { version: string };
    await buildah(
      ...bud,
      ...['--volume', `${npmCache}:${NPM_CACHE}`],
      ...['--build-arg', `NODE_IMAGE=${BASE_IMAGE}`, '--build-arg', `VERSION=${version}`],
      ...['--tag', OPERATOR_IMAGE, repositoryPath('.')],
    );
    step.detail('writing them');
    const archives = await Promise.all(
      [PAUSE_IMAGE, OPERATOR_IMAGE].map(async (image, index) => {
        const archive = join(directory, `image-${index}.tar`);
        await rm(archive, { force: true });
        await buildah('push', '--quiet', image, `docker-archive:${archive}:${image}`);
        return archive;
      }),
    );
    const built = { operator: OPERATOR_IMAGE, archives, ...(await inspect(buildah)) };
    step.end(`images built: the operator's has ${Math.round(built.unpackedBytes / 1e6)} MB unpacked`);
    return built;
  } finally {
    step.end();
    await rm(work, { recursive: true, force: true });
  }
}

const BASE_DOCKERFILE = `FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin NODE_EXTRA_CA_CERTS=${AUTHORITIES} npm_config_cache=${NPM_CACHE} npm_config_prefer_offline=true
`;

/** The files of the base image: what Debian's Node image has and the build uses. */
async function makeBaseRoot(root: string): Promise<void> {
  for (const folder of ['usr/bin', 'usr/lib', 'usr/lib64', 'usr/sbin', 'usr/local/bin', 'etc/ssl/certs', 'tmp', 'root'])
    await mkdir(join(root, folder), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) await symlink(`usr/${name}`, join(root, name));
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await cp(realpathSync(from), join(root, to), { recursive: true });
  };
  await put(process.execPath, 'usr/local/bin/node');
  await put(npmFolder(), 'usr/local/lib/node_modules/npm');
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  for (const command of COMMANDS) {
    const path = (await runCommandLine('sh', ['-c', 'command -v "$0"', command])).trim();
    await put(path, join('usr/bin', command));
    for (const library of await librariesOf(path)) await put(library, library);
  }
  for (const library of await librariesOf(process.execPath)) await put(library, library);
  await put(AUTHORITIES, AUTHORITIES);
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
}

/** Of the npm that runs us, or of the one on PATH. */
function npmFolder(): string {
  const script = process.env['npm_execpath'];
  if (script === undefined) throw new Error('start this with npm run: the image is built with the same npm');
  return dirname(dirname(realpathSync(script)));
}

/** Absolute paths, as the program asks for them; none for a script. */
async function librariesOf(program: string): Promise<string[]> {
  const text = await runCommandLine('ldd', [realpathSync(program)]).catch(() => '');
  return [...new Set(text.match(/\/[^\s)]+/g) ?? [])].filter((path) => path !== program && !path.endsWith(':'));
}

type Buildah = (...args: readonly string[]) => Promise<string>;

async function inspect(buildah: Buildah): Promise<Pick<BuiltImages, 'unpackedBytes' | 'shells' | 'config'>> {
  const text = await buildah('inspect', '--type', 'image', OPERATOR_IMAGE);
  const { OCIv1 } = JSON.parse(text) as { OCIv1: { config: OciConfig } };
  const container = (await buildah('from', OPERATOR_IMAGE)).trim();
  try {
    const root = (await buildah('mount', container)).trim();
    const files = (await runCommandLine('find', [root, '-type', 'f', '-printf', '%s %P\n'])).trim().split('\n');
    const unpackedBytes = files.reduce((sum, line) => sum + Number(line.slice(0, line.indexOf(' '))), 0);
    const names = files.map((line) => `/${line.slice(line.indexOf(' ') + 1)}`);
    return { unpackedBytes, shells: names.filter((name) => SHELLS.test(name)), config: OCIv1.config };
  } finally {
    await buildah('rm', container);
  }
}
