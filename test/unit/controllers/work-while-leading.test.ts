// Work and leadership: work begins with the Lease, the Lease is given back only after the work has ended, and when the
// Lease is lost nothing is waited for.
import { describe, expect, it } from '@jest/globals';
import type { ElectionEnd, LeaderElector } from '../../../src/kube/leader-election.ts';
import { LeadershipBegin, workWhileLeading } from '../../../src/kube/work-while-leading.ts';
import { settle } from '../../support/fake-clock.ts';

/** An elector that is told when it wins and when it loses; it gives the Lease back when its signal fires. */
function rig() {
  const log: string[] = [];
  const leading = new LeadershipBegin();
  const election = Promise.withResolvers<ElectionEnd>();
  const elector = {
    run: (signal: AbortSignal) => {
      log.push('candidate');
      signal.addEventListener('abort', () => {
        log.push(`lease given back: ${(signal.reason as Error).message}`);
        election.resolve('released');
      });
      if (signal.aborted) election.resolve('released');
      return election.promise;
    },
  };
  const work = Promise.withResolvers<void>();
  const stop = new AbortController();
  const run = workWhileLeading(elector as unknown as LeaderElector, leading, stop.signal, async (signal) => {
    log.push('work begins');
    await work.promise;
    log.push(signal.aborted ? 'work ends after the stop' : 'work ends');
  });
  const win = async (): Promise<void> => {
    leading.begin();
    await settle();
  };
  return { log, run, win, work, stop, lose: () => election.resolve('lost') };
}

describe('workWhileLeading', () => {
  it('does not work before it leads', async () => {
    const { log, run, win, work } = rig();
    await settle();
    expect(log).toEqual(['candidate']);
    await win();
    work.resolve();
    await expect(run).resolves.toBe('released');
    expect(log).toEqual(['candidate', 'work begins', 'work ends', 'lease given back: the work has ended']);
  });

  it('gives the Lease back only when the work has ended, however long it takes after the stop', async () => {
    const { log, run, win, work, stop } = rig();
    await win();
    stop.abort(new Error('SIGTERM'));
    await settle();
    expect(log).toEqual(['candidate', 'work begins']);
    work.resolve();
    await expect(run).resolves.toBe('released');
    expect(log.slice(2)).toEqual(['work ends after the stop', 'lease given back: the work has ended']);
  });

  it('waits for nothing when the Lease is lost', async () => {
    const { log, run, win, lose } = rig();
    await win();
    lose();
    await expect(run).resolves.toBe('lost');
    expect(log).toEqual(['candidate', 'work begins']);
  });

  it('stops being a candidate when it is stopped before it leads', async () => {
    const { log, run, stop } = rig();
    stop.abort(new Error('SIGTERM'));
    await expect(run).resolves.toBe('released');
    expect(log).toEqual(['candidate', 'lease given back: SIGTERM']);
  });

  it('does not work when it was stopped before it began', async () => {
    const elector = {
      run: (signal: AbortSignal) =>
        new Promise<ElectionEnd>((resolve) => signal.addEventListener('abort', () => resolve('released'))),
    };
    const worked: string[] = [];
    const run = workWhileLeading(
      elector as unknown as LeaderElector,
      new LeadershipBegin(),
      AbortSignal.abort(new Error('SIGTERM')),
      async () => void worked.push('work'),
    );
    await expect(run).resolves.toBe('released');
    expect(worked).toEqual([]);
  });

  it('gives the Lease back and then throws what the work threw by itself', async () => {
    const { log, run, win, work } = rig();
    await win();
    const failed = run.catch((error: unknown) => error);
    work.reject(new Error('the cache could not be read'));
    expect(await failed).toEqual(new Error('the cache could not be read'));
    expect(log.at(-1)).toBe('lease given back: the work has ended');
  });

  it('takes what the work throws after the stop for its end', async () => {
    const { run, win, work, stop } = rig();
    await win();
    stop.abort(new Error('SIGTERM'));
    work.reject(new Error('aborted'));
    await expect(run).resolves.toBe('released');
  });
});
