// A Git repository of this machine, as Argo CD's source: files in, commits out.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../src/testbed/node/run-command.ts';

export interface GitRepository {
  url: string;
  /** Makes exactly these files the content, by path; gives the commit. */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
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
  };
}
