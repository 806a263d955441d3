// Child processes: ready line, what is kept of their output, every way to end them, and the signals.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ManagedProcess } from '../../../src/testbed/process/managed-process.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import type { ProcessOptions } from '../../../src/testbed/process/start-process.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { processState } from '../../support/process-state.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();
const STAY = 'setInterval(() => {}, 1000);';
const READY = 'console.log(JSON.stringify({ url: "here" }));';

function startNode(script: string, more: Partial<ProcessOptions> = {}): Promise<ManagedProcess> {
  return startProcess({ name: 'child', command: process.execPath, args: ['-e', script], ...more });
}

describe('ready line', () => {
  it('is parsed, and what follows goes to the tail, the log file and the listener', async () => {
    const logFile = join(directory, 'child.log');
    const lines: string[] = [];
    const script = `${READY} console.log('more'); console.error('problem');`;
    const child = await startNode(script, { readyLine: true, logFile, onLine: (line) => lines.push(line) });
    expect(child.ready).toEqual({ url: 'here' });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const log = await waitUntil('the log', () =>
      [readFileSync(logFile, 'utf8')].find((text) => text.split('\n').length === 3),
    );
    expect(log.split('\n').toSorted()).toEqual(['', 'more', 'problem']);
    expect([...lines].toSorted()).toEqual(['more', 'problem']);
    expect(child.logTail().split('\n').toSorted()).toEqual(['more', 'problem']);
  });

  it.each([
    ['ends before it', "console.error('no config'); process.exitCode = 3", /child ended .*exit code 3[^]*no config/],
    ['writes something else', `console.log('hello'); ${STAY}`, /isn't JSON: hello/],
    ['writes a list', `console.log('[]'); ${STAY}`, /isn't a JSON object/],
  ])('rejects for a process that %s', async (_, script, message) => {
    await expect(startNode(script, { readyLine: true })).rejects.toThrow(message);
  });

  it('kills a process that is not ready in time', async () => {
    const starting = startNode(`console.error(process.pid); ${STAY}`, { readyLine: true, readyTimeoutMs: 300 });
    const message = await starting.then(String, (error: Error) => error.message);
    expect(message).toMatch(/wasn't ready within 0\.3 s/);
    expect(processState(Number(/\d+$/.exec(message)?.[0] ?? 0))).toBe('gone');
  });

  it('kills a process when the signal fires before it is ready', async () => {
    const stop = new AbortController();
    let pid = 0;
    const onLine = (line: string): void => {
      pid = Number(line);
      stop.abort(new Error('changed my mind'));
    };
    const starting = startNode(`console.error(process.pid); ${STAY}`, { readyLine: true, signal: stop.signal, onLine });
    await expect(starting).rejects.toThrow('changed my mind');
    expect(processState(pid)).toBe('gone');
  });
});

/** State and processor time (user, system) of each thread. */
function threadTimes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return [fields[0], fields[11], fields[12]].join(' ');
  });
}

describe('a running process', () => {
  it('ends on stop, through SIGTERM where it listens and SIGKILL where it does not', async () => {
    const polite = await startNode(`process.on('SIGTERM', () => process.exit(7)); ${READY} ${STAY}`, {
      readyLine: true,
    });
    expect(await polite.stop()).toEqual({ code: 7, signal: null });
    const deaf = await startNode(`process.on('SIGTERM', () => {}); ${READY} ${STAY}`, { readyLine: true });
    expect(await deaf.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(deaf.running).toBe(false);
    expect(await deaf.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('freezes and goes on, and can be stopped politely while it is frozen', async () => {
    const child = await startNode(`process.on('SIGTERM', () => process.exit(7)); ${READY} ${STAY}`, {
      readyLine: true,
    });
    child.freeze();
    expect(processState(child.pid)).toBe('T');
    child.resume();
    await waitUntil('the thaw', () => processState(child.pid) !== 'T');
    child.freeze();
    expect(processState(child.pid)).toBe('T');
    expect(await child.stop()).toEqual({ code: 7, signal: null });
  });

  it('stands still with all its threads when it is frozen, however busy the machine is', async () => {
    // more threads than processors
    const busy = `const { Worker } = require('node:worker_threads');
      const counts = new Int32Array(new SharedArrayBuffer(64));
      for (let i = 0; i < 8; i++) new Worker(
        "const { workerData: { counts, i } } = require('node:worker_threads'); for (;;) Atomics.add(counts, i, 1);",
        { eval: true, workerData: { counts, i } });
      ${READY}`;
    const child = await startNode(busy, { readyLine: true });
    try {
      for (let round = 0; round < 5; round += 1) {
        child.freeze();
        const before = threadTimes(child.pid);
        expect(new Set(before.map((times) => times.charAt(0)))).toEqual(new Set(['T']));
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(threadTimes(child.pid)).toEqual(before);
        child.resume();
      }
    } finally {
      await child.kill();
    }
  });

  it('takes its own children with it', async () => {
    const grandchild = `const c = require('child_process').spawn(process.execPath, ['-e', '${STAY}'], { stdio: 'ignore' });`;
    const child = await startNode(`${grandchild} console.log(JSON.stringify({ pid: c.pid })); ${STAY}`, {
      readyLine: true,
    });
    const pid = Number(child.ready['pid']);
    expect(processState(pid)).not.toBe('gone');
    await child.kill();
    await waitUntil('the grandchild to be gone', () => processState(pid) === 'gone');
  });

  it('cannot be made of a program that is not there', async () => {
    await expect(startProcess({ name: 'nothing', command: '/nonexistent', args: [] })).rejects.toThrow(
      "nothing can't be started",
    );
  });
});
