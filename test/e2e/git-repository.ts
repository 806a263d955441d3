// A Git repository of this machine, as Argo CD's source: files in, commits out.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';
import { repositoryPath } from '../../src/testbed/repository.ts';

export interface GitRepository {
  url: string;
  /** Makes exactly these files the content, by path; gives the commit. */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Names the last commit. */
  tag(name: string): Promise<void>;
}

export async function createRepository(directory: string): Promise<GitRepository> {
  await mkdir(directory, { recursive: true });
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  const git = (...args: readonly string[]): Promise<string> =>
    runCommandLine('git', ['-C', directory, ...identity, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  return {
    url: `file://${directory}`,
    async commit(message, files) {
      await git('rm', '-r', '--quiet', '--ignore-unmatch', '.');
      for (const [path, text] of Object.entries(files)) {
        await rm(join(directory, path), { force: true });
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return (await git('rev-parse', 'HEAD')).trim();
    },
    tag: async (name) => void (await git('tag', '--force', name)),
  };
}

/** The files of a folder of this project, as `commit` takes them. */
export async function projectFiles(folder: string): Promise<Readonly<Record<string, string>>> {
  const found = await readdir(repositoryPath(folder), { recursive: true, withFileTypes: true });
  const paths = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const root = repositoryPath('.');
  const files = paths.map(async (path) => [path.slice(root.length).replace(/^\/+/, ''), await readFile(path, 'utf8')]);
  return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
}
