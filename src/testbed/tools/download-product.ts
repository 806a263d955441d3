// Takes one product as it is released, into the cache under its lock: each file is checked against the checksum published
// beside it, and the entry gets its name when all are there. An interrupted download goes on where it stopped.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ProgressStep } from '../progress/progress.ts';
import { removeLeftovers } from './build-product.ts';
import { isExecutable } from './overrides.ts';
import { downloadFile, downloadText } from './download-file.ts';
import { installEntry } from './install-entry.ts';
import { makeEntryOnce } from './lock-entry.ts';
import type { EntryMaking } from './lock-entry.ts';
import type { ReleasedFile } from './released-files.ts';
import { ToolsError } from './tools-error.ts';

export interface ProductDownload extends EntryMaking {
  files: readonly ReleasedFile[];
}

const MEGABYTE = 1_000_000;

/** Name of the cache entry of these files: k8s-0123456789abcdef. Mirrors hold the same, so they don't count. */
export function downloadKey(product: string, files: readonly ReleasedFile[]): string {
  const names = files.map(({ file, url, member }) => [file, new URL(url).pathname.split('/').slice(-5), member]);
  const hash = createHash('sha256').update(JSON.stringify(['download', ...names]));
  return `${product}-${hash.digest('hex').slice(0, 16)}`;
}

/** Paths by tool key. Rejects with a ToolsError, or with the signal's reason. */
export function downloadProduct(download: ProductDownload): Promise<Record<string, string>> {
  return makeEntryOnce(download, () => downloadUnderLock(download));
}

async function downloadUnderLock(download: ProductDownload): Promise<Record<string, string>> {
  const { product, files, entry, progress, signal } = download;
  // Not temporary: what is in it saves the next run the time.
  const partial = `${entry}.partial`;
  mkdirSync(partial, { recursive: true });
  const step = progress.step(`downloading ${product.name} tools`);
  try {
    for (const [index, file] of files.entries()) {
      if (isExecutable(join(partial, file.file))) continue;
      await downloadTool(file, partial, `${file.file}, ${index + 1} of ${files.length}`, step, signal);
    }
    const paths = installEntry(download, partial, 'download');
    removeOtherPartials(entry, product.name);
    step.end(`downloaded ${product.name} tools`);
    return paths;
  } finally {
    step.end();
    removeLeftovers(entry);
  }
}

async function downloadTool(
  { file, url, checksumUrl, member }: ReleasedFile,
  directory: string,
  what: string,
  step: ProgressStep,
  signal: AbortSignal | undefined,
): Promise<void> {
  const arriving = join(directory, `${file}.part`);
  step.detail(what);
  const sha256 = publishedDigest(await downloadText(checksumUrl, signal), basename(url), checksumUrl);
  const onProgress = (received: number, total: number | undefined): void => {
    const ofAll = total === undefined ? '' : ` of ${Math.round(total / MEGABYTE)}`;
    step.detail(`${what}, ${Math.floor(received / MEGABYTE)}${ofAll} MB`);
  };
  await downloadFile({ url, sha256, path: arriving, signal, onProgress });
  const tool = member === undefined ? arriving : await extract(arriving, member, directory, signal);
  chmodSync(tool, 0o755);
  renameSync(tool, join(directory, file));
  rmSync(arriving, { force: true });
}

/** From a file that holds nothing else, or the line of `name` in what sha256sum wrote. */
function publishedDigest(text: string, name: string, url: string): string {
  const lines = text.trim().split('\n');
  const line = lines.length === 1 ? lines[0] : lines.find((each) => each.trim().split(/\s+\*?/)[1] === name);
  const digest = /^[0-9a-f]{64}\b/.exec(line?.trim() ?? '')?.[0];
  if (digest === undefined) throw new ToolsError(`${url} has no SHA-256 checksum of ${name}`);
  return digest;
}

async function extract(
  archive: string,
  member: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = ['--extract', '--gzip', '--no-same-owner', `--strip-components=${member.split('/').length - 1}`];
  const to = join(directory, 'extracted');
  mkdirSync(to, { recursive: true });
  try {
    await promisify(execFile)('tar', [...options, `--file=${archive}`, `--directory=${to}`, member], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new ToolsError(`tar can't take ${member} out of ${archive}`, { cause: error });
  }
  const extracted = join(directory, `${basename(member)}.extracted`);
  renameSync(join(to, basename(member)), extracted);
  rmSync(to, { recursive: true });
  return extracted;
}

function removeOtherPartials(entry: string, product: string): void {
  const isPartial = new RegExp(`^${product}-[0-9a-f]{16}\\.partial$`);
  for (const name of readdirSync(dirname(entry))) {
    if (isPartial.test(name)) rmSync(join(dirname(entry), name), { recursive: true, force: true });
  }
}
