// The guard: what a process started and made doesn't outlive it, even when it is killed with SIGKILL; and the guard
// process itself is gone as soon as there is nothing to guard.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { guard } from '../../../src/testbed/process/guard.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { childProcesses } from '../../support/child-processes.ts';
import { processState } from '../../support/process-state.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();

/** Starts a child, guards a folder, says so, and stays. */
const PARENT = `
  import { mkdirSync, writeFileSync } from 'node:fs';
  import { guard } from '${repositoryPath('src/testbed/process/guard.ts')}';
  import { startProcess } from '${repositoryPath('src/testbed/process/start-process.ts')}';
  const folder = process.argv[2];
  guard({ kind: 'path', path: folder });
  mkdirSync(folder);
  // Deaf to everything but SIGKILL, and writing into the folder as long as it lives.
  const script = "const fs = require('fs'); for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {});" +
    "setInterval(() => fs.writeFileSync(" + JSON.stringify(folder) + " + '/' + Math.random(), ''), 1)";
  const child = await startProcess({ name: 'child', command: process.execPath, args: ['-e', script] });
  console.log(JSON.stringify({ child: child.pid }));
  setInterval(() => undefined, 1000);
`;

/** With one worker jest's own set-up lives in this process and has a guard, too. */
const OTHERS = new Set(childProcesses('guard-main.ts'));

/** Guard processes of this file. */
function guards(): number[] {
  return childProcesses('guard-main.ts').filter((pid) => !OTHERS.has(pid));
}

describe('guard', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)('cleans up behind a process that ends by %s', async (signal) => {
    const script = join(directory, `parent-${signal}.mts`);
    const folder = join(directory, `guarded-${signal}`);
    writeFileSync(script, PARENT);
    const parent = await startProcess({
      name: 'parent',
      command: process.execPath,
      args: [script, folder],
      readyLine: true,
    });
    const child = Number(parent.ready['child']);
    expect(processState(child)).not.toBe('gone');
    // Only the parent: its guard and its child lead groups of their own.
    process.kill(parent.pid, signal);
    await waitUntil('the child to be gone', () => processState(child) === 'gone');
    await waitUntil('the folder to be gone', () => !existsSync(folder));
    await parent.stop(); // it has ended: its guard, of this process, goes too
  });

  it('is gone for everybody who releases the last thing, whoever does so first', async () => {
    const last = guard({ kind: 'path', path: join(directory, 'twice') });
    await waitUntil('the guard', () => guards().length > 0);
    const first = last.release();
    await last.release();
    expect(guards()).toEqual([]);
    await first;
  });

  it('leaves alone what was released, and goes with the last release', async () => {
    const released = join(directory, 'released');
    const kept = join(directory, 'kept');
    for (const path of [released, kept]) mkdirSync(path);
    const first = guard({ kind: 'path', path: released });
    const second = guard({ kind: 'path', path: kept });
    await first.release();
    expect(guards()).toHaveLength(1);
    await second.release();
    expect(guards()).toHaveLength(0);
    expect(existsSync(released) && existsSync(kept)).toBe(true);
  });

  it('is replaced when somebody kills it, and its successor knows everything', async () => {
    const path = join(directory, 'still-guarded');
    mkdirSync(path);
    const held = guard({ kind: 'path', path });
    const [first = 0] = await waitUntil('the guard', () => [guards()].find((found) => found.length === 1));
    process.kill(first, 'SIGKILL');
    const other = await waitUntil('its successor', () => guards().find((pid) => pid !== first));
    expect(existsSync(path)).toBe(true);
    await held.release();
    await waitUntil('the successor to be gone', () => processState(other) === 'gone');
    expect(existsSync(path)).toBe(true);
  });
});
