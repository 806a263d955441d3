// Takes away what containers leave on a machine when their runtime is gone: shims, mounts, network namespaces with their
// virtual cables, the bridge, addresses on the loopback interface. Everything is found by the folder of the run or by names
// that are only ours, so that another containerd is never touched. Safe to repeat, also after a run that was killed.
import { existsSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SERVICE_RANGE } from '../control-plane/pki.ts';
import { waitUntil } from '../wait-until.ts';
import { BRIDGE, HOST_ADDRESS } from './node-folder.ts';
import { runCommandLine } from './run-command.ts';

const SERVICE_PREFIX = SERVICE_RANGE.replace(/0\/\d+$/, '');
const GONE_WITHIN_MS = 10_000;
const LOG_LINKS = '/var/log/containers';

/** Of every run whose folder's path begins with `prefix`; nothing of them may be wanted any more. */
export async function cleanUpNode(prefix: string): Promise<void> {
  const shims = processesOf(prefix);
  for (const pid of shims) killTree(pid);
  await waitUntil('container shims to end', () => shims.every((pid) => !existsSync(`/proc/${pid}`) || isDead(pid)), {
    timeoutMs: GONE_WITHIN_MS,
  });
  const containers = containersOf(prefix);
  for (const path of mountsOf(prefix)) await runCommandLine('umount', ['--lazy', path]).catch(ignoreGone);
  // a connection that is still closing keeps a Pod's network namespace, and so its cable, for minutes
  for (const cable of await cables()) await runCommandLine('ip', ['link', 'delete', cable]).catch(ignoreGone);
  await runCommandLine('ip', ['link', 'delete', BRIDGE]).catch(ignoreGone);
  for (const address of await serviceAddresses())
    await runCommandLine('ip', ['address', 'delete', address, 'dev', 'lo']).catch(ignoreGone);
  for (const id of containers) await removeControlGroups(id);
  removeLogLinks(prefix);
}

/** The bridge, an address or a mount may be gone already; that is what is wanted. */
function ignoreGone(): void {
  return undefined;
}

/** Shims name containerd's socket, which is below the folder, in their command line. */
function processesOf(prefix: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [program = '', ...args] = readOr(`/proc/${pid}/cmdline`).split('\0');
      return program.includes('containerd-shim') && args.some((arg) => arg.startsWith(prefix));
    });
}

/** The containers of a shim are its children; they first, or they would be init's. */
function killTree(pid: number): void {
  const children = readOr(`/proc/${pid}/task/${pid}/children`).trim();
  for (const child of children === '' ? [] : children.split(' ')) killTree(Number(child));
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function isDead(pid: number): boolean {
  const stat = readOr(`/proc/${pid}/stat`);
  return stat === '' || /^\d+ \(.*\) [ZX]/s.test(stat);
}

/** Innermost first. */
function mountsOf(prefix: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(prefix))
    .toSorted()
    .toReversed();
}

/** Of Pods, at the end that is plugged into the bridge. */
async function cables(): Promise<string[]> {
  const text = await runCommandLine('ip', ['-json', 'link', 'show', 'master', BRIDGE]).catch(() => '[]');
  return (JSON.parse(text || '[]') as { ifname?: string }[]).flatMap(({ ifname }) => ifname ?? []);
}

async function serviceAddresses(): Promise<string[]> {
  const text = await runCommandLine('ip', ['-json', 'address', 'show', 'dev', 'lo']);
  const [loopback] = JSON.parse(text) as [{ addr_info: { local: string; prefixlen: number }[] }];
  return loopback.addr_info
    .filter(({ local }) => local.startsWith(SERVICE_PREFIX) || local === HOST_ADDRESS)
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/** Identities of the containers that ran, by the folders that containerd has for them. */
function containersOf(prefix: string): string[] {
  const tasks = join('containerd-state', 'io.containerd.runtime.v2.task', 'k8s.io');
  const runs = readdirSync(dirname(prefix)).map((name) => join(dirname(prefix), name));
  return [prefix, ...runs.filter((path) => path.startsWith(prefix))]
    .map((path) => join(path, 'node', tasks))
    .flatMap((path) => (existsSync(path) ? readdirSync(path) : []));
}

/** A container that was killed leaves its control groups, empty; in version 1 there is one for each controller. */
async function removeControlGroups(id: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const parents = [root, ...readdirSync(root).map((name) => join(root, name))].map((path) => join(path, 'k8s.io'));
  for (const parent of parents) await rmdir(join(parent, id)).catch(ignoreGone);
}

/** The kubelet keeps links to its logs in a folder that it has no setting for. */
function removeLogLinks(prefix: string): void {
  if (!existsSync(LOG_LINKS)) return;
  for (const name of readdirSync(LOG_LINKS)) {
    const path = join(LOG_LINKS, name);
    if (linkTarget(path).startsWith(prefix)) rmSync(path);
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // not a link, so not the kubelet's
  }
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process is gone
  }
}
