// What the oracles judge by: none of it may be missing without a word, and a stop that went wrong is no stop.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { auditDeletes, auditWrites } from '../../campaigns/harness/audit.ts';
import { formsOf, keepEvidence, readAllMetrics } from '../../campaigns/harness/evidence.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { OperatorExit, OperatorProcess } from '../../campaigns/harness/operator-process.ts';
import type { Witnessed } from '../../campaigns/harness/witness.ts';
import { Health } from '../../campaigns/long-lived/health.ts';
import { endsByPlan, noSecret } from '../../campaigns/oracles/conduct.ts';
import { noLeak } from '../../campaigns/oracles/leaks.ts';
import type { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { evidenceOf } from './made-up.ts';

const directory = useTemporaryDirectory();

function exit(more: Partial<OperatorExit>): OperatorExit {
  return { at: 0, code: 0, signal: null, asked: 'stop', tail: '', ...more };
}

const KILLED = exit({ asked: 'kill', code: null, signal: 'SIGKILL' });
const STUCK = exit({ code: null, signal: 'SIGKILL' });
const UNHANDLED_SIGNAL = exit({ code: null, signal: 'SIGTERM' });
const FORMER_LEADER = exit({
  ...{ code: 1, tail: 'leadership lost' },
  lost: { renewDeadlineMs: 6000, hinderedMs: 6000, excuse: 'by plan 6000 ms' },
});
const WITHOUT_NEED = exit({ ...FORMER_LEADER, lost: { renewDeadlineMs: 6000, hinderedMs: 100 } });

describe('how an operator ended', () => {
  const judge = (...exits: readonly OperatorExit[]): number =>
    endsByPlan.check({ exits, texts: new Map() } as unknown as Evidence).length;

  it.each<[string, readonly OperatorExit[], number]>([
    ['killed by plan, and stopped', [KILLED, exit({})], 0],
    ['a stop that took a SIGKILL', [STUCK], 1],
    ['a stop that was the signal itself', [UNHANDLED_SIGNAL], 1],
    ['a stop with an error, though others followed', [exit({ code: 3 }), exit({})], 1],
    ['a stop of one that had lost the Lease', [FORMER_LEADER], 0],
    ['one that lost the Lease and was kept from renewing it', [{ ...FORMER_LEADER, asked: undefined }], 0],
    ['one that lost the Lease, and nothing kept it', [{ ...WITHOUT_NEED, asked: undefined }], 1],
    ['a stop of one that lost the Lease, and nothing kept it', [WITHOUT_NEED], 1],
    ['by itself', [exit({ asked: undefined, code: 1 })], 1],
  ])('%s', (_, exits, problems) => {
    expect(judge(...exits)).toBe(problems);
  });

  it('excuses what a process leaves behind only where it was killed, or could not renew its Lease', () => {
    const left = (...exits: readonly OperatorExit[]): readonly string[] =>
      noLeak.check({
        ...{ exits, installs: 1, sessionsAtRest: 1, sessionsAfterStop: 1 },
        leases: [{ namespace: 'system', holder: 'somebody', last: exits.at(-1) }],
        ...{ objects: [], ledger: [], history: [], mayHold: new Set(), inventory: { vms: [], snapshots: [] } },
      } as unknown as Evidence);
    const both = [
      '1 sessions after the stop, 0 processes were killed',
      'the Lease in system is still held by somebody',
    ];
    expect([left(STUCK), left(UNHANDLED_SIGNAL), left(KILLED)]).toEqual([both, both, []]);
    expect([left(WITHOUT_NEED), left(FORMER_LEADER)]).toEqual([both, []]);
  });

  it('judges the Lease of each installation by how the last of its own processes ended', () => {
    const leases = [
      { namespace: 'first', holder: 'somebody', last: KILLED },
      { namespace: 'second', holder: 'another', last: exit({}) },
      { namespace: 'third', holder: '', last: exit({}) },
    ];
    expect(noLeak.check(evidenceOf({ leases, exits: [exit({}), KILLED] }))).toEqual([
      'the Lease in second is still held by another',
    ]);
  });
});

describe('the audit log', () => {
  it('that is shorter than it was is no evidence', async () => {
    const file = join(directory, 'audit.log');
    writeFileSync(file, '{}\n');
    await expect(auditWrites(file, 10_000)).rejects.toThrow('what was in it is gone');
    expect(await auditWrites(file, 0)).toEqual([]);
  });

  it('tells of what anybody deleted, or may have, and when', async () => {
    const file = join(directory, 'audit-of-deletes.log');
    const time = (ms: number): string => `2026-11-22T02:00:00.${ms}000Z`;
    const event = (verb: string, resource: string, code: number, more: object = {}): object => ({
      ...{ stage: 'ResponseComplete', verb, user: { username: 'somebody' }, responseStatus: { code } },
      ...{ objectRef: { resource, namespace: 'lab', name: 'one' } },
      ...{ requestReceivedTimestamp: time(100), stageTimestamp: time(140), ...more },
    });
    const all = [
      event('delete', 'linkedclones', 200),
      event('delete', 'linkedclones', 404),
      event('delete', 'pods', 200),
      event('patch', 'linkedclones', 200),
      event('delete', 'linkedclones', 200, { stage: 'RequestReceived' }),
      event('delete', 'basesnapshots', 504, { objectRef: { resource: 'basesnapshots', name: 'two' } }),
      event('deletecollection', 'linkedclones', 200, { objectRef: { resource: 'linkedclones', namespace: 'lab' } }),
    ];
    const before = `${JSON.stringify(event('delete', 'linkedclones', 200))}\n`;
    writeFileSync(file, `${before}${all.map((one) => `${JSON.stringify(one)}\n`).join('')}`);
    const [at, answeredAt] = [Date.parse(time(100)), Date.parse(time(140))];
    expect(await auditDeletes(file, before.length)).toEqual([
      { resource: 'linkedclones', namespace: 'lab', name: 'one', at, answeredAt },
      { resource: 'basesnapshots', namespace: '', name: 'two', at, answeredAt },
      { resource: 'linkedclones', namespace: 'lab', name: '', at, answeredAt },
    ]);
  });
});

describe('a secret that was planted', () => {
  it('is found in whatever an operator says, in base64 too, wherever in a longer text it stands', () => {
    const secret = 'canary-1-7-s3cret';
    const told = (text: string): readonly string[] =>
      noSecret.check(evidenceOf({ secrets: formsOf(secret), texts: new Map([['metrics of standby1', text]]) }));
    expect(told('nothing to see')).toEqual([]);
    expect(told(`password="${secret}"`)).toEqual(['in metrics of standby1']);
    for (const user of ['', 'a:', 'op:', 'ops:', 'somebody:'])
      for (const after of ['', '\n', '; more'])
        expect(told(Buffer.from(`${user}${secret}${after}`).toString('base64'))).toHaveLength(1);
  });

  it('is looked for in the metrics of every operator that answers', async () => {
    const server = createServer((_request, answer) => answer.end('up 1\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const metricsUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const operators = [
      { name: 'operator', metricsUrl: '' }, // it ended
      { name: 'standby1', metricsUrl },
      { name: 'second', metricsUrl },
    ] as unknown as readonly OperatorProcess[];
    try {
      const metrics = await readAllMetrics({ operators });
      expect([...metrics]).toEqual([
        ['standby1', 'up 1\n'],
        ['second', 'up 1\n'],
      ]);
    } finally {
      server.close();
    }
  });
});

describe('what is kept of a violation', () => {
  it('has the audit log of its own time, what each call hit, events and metrics', () => {
    const path = join(directory, 'audit.log');
    const [before, own, after] = ['{"of":"the last run"}\n', '{"of":"this run"}\n', '{"of":"the next one"}\n'];
    writeFileSync(path, `${before}${own}${after}`);
    const texts = new Map([
      ['events', '[{"reason":"Lost"}]'],
      ['metrics of standby1', 'up 1\n'],
    ]);
    const auditPart = { path, from: before.length, to: before.length + own.length };
    const witnessed = [{ method: 'Destroy_Task', target: 'vm-1' }] as unknown as readonly Witnessed[];
    const folder = join(directory, 'kept');
    keepEvidence(folder, '{}', [], evidenceOf({ texts, auditPart, witnessed }), []);
    const kept = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(kept('audit.log')).toBe(own);
    expect(JSON.parse(kept('witnessed.json'))).toEqual(witnessed);
    expect(JSON.parse(kept('events.json'))).toEqual([{ reason: 'Lost' }]);
    expect(kept('metrics-of-standby1.txt')).toBe('up 1\n');
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
