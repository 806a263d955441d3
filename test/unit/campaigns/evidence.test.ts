// What the oracles judge by: none of it may be missing without a word, and a stop that went wrong is no stop.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { auditWrites } from '../../campaigns/harness/audit.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { OperatorExit } from '../../campaigns/harness/operator-process.ts';
import { Health } from '../../campaigns/long-lived/health.ts';
import { endsByPlan } from '../../campaigns/oracles/conduct.ts';
import { noLeak } from '../../campaigns/oracles/leaks.ts';
import type { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();

function exit(more: Partial<OperatorExit>): OperatorExit {
  return { at: 0, code: 0, signal: null, asked: 'stop', tail: '', ...more };
}

const KILLED = exit({ asked: 'kill', code: null, signal: 'SIGKILL' });
const STUCK = exit({ code: null, signal: 'SIGKILL' });
const UNHANDLED_SIGNAL = exit({ code: null, signal: 'SIGTERM' });
const FORMER_LEADER = exit({ code: 1, tail: 'leadership lost' });

describe('how an operator ended', () => {
  const judge = (...exits: readonly OperatorExit[]): number =>
    endsByPlan.check({ exits, texts: new Map() } as unknown as Evidence).length;

  it.each<[string, readonly OperatorExit[], number]>([
    ['killed by plan, and stopped', [KILLED, exit({})], 0],
    ['a stop that took a SIGKILL', [STUCK], 1],
    ['a stop that was the signal itself', [UNHANDLED_SIGNAL], 1],
    ['a stop with an error, though others followed', [exit({ code: 3 }), exit({})], 1],
    ['a stop of one that had lost the Lease', [FORMER_LEADER], 0],
    ['by itself', [exit({ asked: undefined, code: 1 })], 1],
  ])('%s', (_, exits, problems) => {
    expect(judge(...exits)).toBe(problems);
  });

  it('excuses what a process leaves behind only where it was killed', () => {
    const left = (...exits: readonly OperatorExit[]): readonly string[] =>
      noLeak.check({
        ...{ exits, installs: 1, sessionsAtRest: 1, sessionsAfterStop: 1, leaseHolderAfterStop: 'somebody' },
        ...{ objects: [], ledger: [], history: [], mayHold: new Set(), inventory: { vms: [], snapshots: [] } },
      } as unknown as Evidence);
    const both = ['1 sessions after the stop, 0 processes were killed', 'the Lease is still held by somebody'];
    expect([left(STUCK), left(UNHANDLED_SIGNAL), left(KILLED)]).toEqual([both, both, []]);
  });
});

describe('the audit log', () => {
  it('that is shorter than it was is no evidence', async () => {
    const file = join(directory, 'audit.log');
    writeFileSync(file, '{}\n');
    await expect(auditWrites(file, 10_000)).rejects.toThrow('what was in it is gone');
    expect(await auditWrites(file, 0)).toEqual([]);
  });
});

describe('the logs of a long-lived operator', () => {
  it('are read to the last process, whatever its number', async () => {
    const auditLogPath = join(directory, 'audit.log');
    writeFileSync(auditLogPath, '');
    const write = (number: number, text: string): void =>
      writeFileSync(join(directory, `operator-${number}.log`), `${text}\n`);
    for (let number = 1; number < 10; number += 1) write(number, 'nothing to see');
    const lab = { controlPlane: { auditLogPath }, operator: { process: { running: true, pid: 1 } } };
    const health = new Health(lab as unknown as Lab, directory, 'the-password');
    try {
      expect(await health.check()).toEqual([]);
      write(10, 'logged in with the-password');
      expect((await health.check()).map(({ oracle }) => oracle)).toEqual(['no secret told']);
      expect(await health.check()).toEqual([]);
    } finally {
      health.stop();
    }
  });
});
