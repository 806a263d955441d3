// govmomi's vCenter simulator as a child process: the vCenter that nobody here wrote. It keeps files in a temporary folder,
// which is its own here and goes with it even when it is killed or crashes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from './process/guard.ts';
import type { ManagedProcess } from './process/managed-process.ts';
import { readyField } from './process/ready-field.ts';
import { startProcess } from './process/start-process.ts';

export interface VcsimOptions {
  /** Path of the binary, from ensureTools. */
  vcsim: string;
  /** As in `-cluster 1 -host 3 -vm 4 -method-delay CloneVm:500,LockHandoff:0`. */
  args?: readonly string[];
  /** Where the folder with its files is made; the machine's temporary folder by default. */
  directory?: string;
  /** A large inventory takes minutes. */
  readyTimeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface RunningVcsim {
  process: ManagedProcess;
  url: string;
  /** Of its certificate, which is the same in every run. */
  thumbprint: string;
  username: string;
  password: string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Starts vcsim on a free port with TLS and waits until it listens. */
export async function startVcsim(options: VcsimOptions): Promise<RunningVcsim> {
  const { vcsim, args = [], readyTimeoutMs, signal } = options;
  const directory = await mkdtemp(join(options.directory ?? tmpdir(), 'linked-clone-vcsim-'));
  const guarded = guard({ kind: 'path', path: directory });
  const removeFiles = async (): Promise<void> => {
    await rm(directory, { recursive: true, force: true });
    await guarded.release();
  };
  try {
    const started = await startProcess({
      name: 'vcsim',
      command: vcsim,
      args,
      env: { TMPDIR: directory },
      readyLine: true,
      readyTimeoutMs,
      signal,
    });
    const field = (name: string): string => readyField(started, name);
    const stop = async (): Promise<void> => {
      await started.stop();
      await removeFiles();
    };
    return {
      process: started,
      url: field('url'),
      thumbprint: field('thumbprint'),
      username: field('username'),
      password: field('password'),
      stop,
    };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}
