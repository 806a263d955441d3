// What 75 clones of three bases cost, counted from outside: calls by the simulator's counters, slots by its ledger, writes by
// the API server's audit log. Simulated time is driven, so that a busy machine doesn't change the counts: what real time it takes to
// put calls together is generous for that reason, all other flags are those it ships with, and so are all in the benchmark, whose
// business times are. One story in four acts: made, idle, restarted, deleted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FLAGS } from '../../../src/config-flags.ts';
import type { BaseSnapshot, LinkedCloneSet, VCenter } from '../../../src/api/types.generated.ts';
import { auditedWrites, countBy } from '../../../src/testbed/audit-log.ts';
import type { AuditedWrite } from '../../../src/testbed/audit-log.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { driveUntil } from '../../support/driven-clock.ts';
import { FAST_FLAGS, Lab } from '../../support/lab.ts';
import type { LedgerEntry, Stats } from '../../support/simulator-admin.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { mostAtOnce, soundCensus, successfulClones, takeCensus } from '../../support/vm-census.ts';

const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
const LABS = ['capture', 'packaging', 'verification'];
const EACH = 25;
const CLONES = LABS.length * EACH;
const PARENT_STATUSES = new Set(['linkedclonesets/status', 'basesnapshots/status', 'vcenters/status']);
const IDLE_MS = 60_000;
/** Calls of a renewal of the claim; it comes every `--claim-renew`, in one idle minute of three. */
const RENEWAL = ['RetrievePropertiesEx', 'SetField'];
/** A poll that hangs for so long has nothing left to tell of what was done before. */
const QUIET_SECONDS = 6;
/**
 * What becomes due together is worked on for as long as the machine takes, and time stands still meanwhile: a step lasts longer
 * than by the vCenter's clock, and what is asked within an instant of that takes longer to be asked.
 */
const IN_DRIVEN_TIME = { 'step-quiet': 3600, 'batch-window': 0.25, 'poll-coalesce': 0.4, 'poll-rest': 0.4 };
const GIB = 2 ** 30;
/** What the lab's people published, GB as vSphere clients show them; deploy/simulator/inventory.yaml has the parts. */
const PUBLISHED = { full: 675, thin: 238.75, linked: 19.3, percent: 97.1 };

const directory = useTemporaryDirectory();
let lab: Lab;
let atStart: Stats;
let startedAt: number;

beforeAll(async () => {
  const shipped = Object.fromEntries(
    Object.keys(FAST_FLAGS).map((flag) => [flag, FLAGS[flag as keyof typeof FAST_FLAGS].value]),
  );
  lab = await Lab.start({
    directory,
    simulatorFlags: { clock: 'manual' },
    operatorFlags: { ...shipped, ...IN_DRIVEN_TIME, 'log-level': 'info' },
    applyVCenter: false,
  });
  atStart = await lab.vcenter.stats();
  startedAt = Date.now();
  await lab.applyVCenter();
  for (const name of LABS) {
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    await lab.applyBase(name, `Templates/Tmpl ${title} 1.0`);
    await lab.applySet(
      name,
      name,
      EACH,
      { naming: { pattern: `${title}##` } },
      { customization: { specName: 'xp-class' }, notes: 'of {base}' },
    );
  }
}, 120_000);
afterAll(() => lab.stop());

function callsSince(after: Stats, before: Stats): number {
  return sum(Object.values(after.calls)) - sum(Object.values(before.calls));
}

/** As toBeLessThanOrEqual, and says what it was made of. */
function expectAtMost(what: string, value: number, most: number, parts: unknown): void {
  if (value > most) throw new Error(`${what}: ${value.toFixed(2)}, allowed are ${most}: ${JSON.stringify(parts)}`);
}

/** Fails when the story cost more than `most` calls a clone; says what it was made of. */
function expectCalls(what: string, most: number, before: Stats, after: Stats, ledger: readonly LedgerEntry[]): void {
  const [calls, parts] = [callsSince(after, before), { waves: waves(ledger), ...byMethod(after, before) }];
  process.stderr.write(`counts.test.ts: ${what}: ${(calls / CLONES).toFixed(2)} ${JSON.stringify(parts)}\n`);
  expectAtMost(what, calls / CLONES, most, parts);
}

/** Simulated seconds in which some of these calls' tasks ended: time goes on by one, and what ends in it is told together. */
function waves(ledger: readonly LedgerEntry[]): number {
  const from = Date.parse(ledger[0]?.time ?? '');
  const ends = ledger.filter(({ phase }) => phase === 'end').map(({ time }) => Date.parse(time));
  return new Set(ends.map((at) => Math.floor((at - from) / 1000))).size;
}

function byMethod(after: Stats, before: Stats): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after.calls)
      .map(([method, count]) => [method, count - (before.calls[method] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

/** Writes of the operator since `from`, epoch milliseconds. The log is written behind the answers, so an end is waited for. */
async function writesSince(from: number): Promise<AuditedWrite[]> {
  const mark = `audit-mark-${Date.now()}`;
  await lab.api.ensureNamespace(mark);
  const path = lab.controlPlane.auditLogPath;
  await waitUntil('the audit log', async () =>
    (await auditedWrites(path, 'admin', from)).some(({ name }) => name === mark),
  );
  return auditedWrites(path, OPERATOR, from);
}

function onKind(writes: readonly AuditedWrite[], plural: string): AuditedWrite[] {
  return writes.filter(({ resource }) => resource === plural || resource.startsWith(`${plural}/`));
}

/** Names of clones with how many writes they got, where that is more than `most`. A create has no name in its URL. */
function writtenMoreThan(writes: readonly AuditedWrite[], most: number): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { name, verb } of onKind(writes, 'linkedclones'))
    if (verb !== 'create') counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].filter(([, count]) => count > most));
}

/** The operator has looked at everything and waits: queues empty, its poll hangs, the vCenter's last event is noted. */
async function idle(): Promise<void> {
  await waitUntil(
    'an operator with nothing to do',
    async () => {
      const text = await (await fetch(`${lab.operator?.metricsUrl ?? ''}/metrics`)).text();
      const series = (name: string): number[] =>
        [...text.matchAll(new RegExp(`^${name}.* (\\S+)$`, 'gm'))].map((match) => Number(match[1]));
      const looked = series('controller_runtime_reconcile_total\\{controller="linked-clone",');
      const polledAgo = sum(series('linkedclone_poll_age_seconds'));
      return sum(looked) >= CLONES && sum(series('workqueue_depth')) === 0 && polledAgo > QUIET_SECONDS;
    },
    { timeoutMs: 120_000, intervalMs: 250 },
  );
  const lastEnd = Date.parse((await lab.vcenter.ledger()).findLast(({ phase }) => phase === 'end')?.time ?? '');
  await waitUntil(
    'the last event to be noted',
    async () => {
      const noted = (await lab.api.get<VCenter>('vcenters', 'vc'))?.status?.eventHighWaterMark?.createdTime;
      return noted !== undefined && Date.parse(noted) >= Math.floor(lastEnd / 1000) * 1000;
    },
    { timeoutMs: 60_000, intervalMs: 250 },
  );
}

/**
 * Parents that got more status writes in some stretch of time than it has seconds, and one: a pin waits for nobody. A
 * VCenter may have one more: a login is put on record before it's tried, and again with its outcome.
 */
function tooOften(writes: readonly AuditedWrite[]): string[] {
  const times = new Map<string, number[]>();
  for (const { resource, name, at } of writes) {
    if (!PARENT_STATUSES.has(resource)) continue;
    times.set(`${resource} ${name}`, [...(times.get(`${resource} ${name}`) ?? []), at]);
  }
  return [...times].flatMap(([parent, at]) => {
    const ordered = at.toSorted((x, y) => x - y);
    const records = parent.startsWith('vcenters/') ? 1 : 0;
    return ordered.flatMap((from, i) =>
      ordered
        .slice(i + 1)
        .flatMap((to, j) => ((j - records) * 1000 <= to - from ? [] : [`${parent}: ${j + 2} in ${to - from} ms`])),
    );
  });
}

/** Drives simulated time until every set has so many clones, all of them ready. */
async function driveToReady(each: number): Promise<void> {
  await driveUntil(lab, async () => {
    const sets = await lab.api.list<LinkedCloneSet>('linkedclonesets');
    return sets.every(
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation &&
        status.readyReplicas === each &&
        status.terminatingReplicas === 0 &&
        status.replicas === each,
    );
  });
  for (const name of LABS) await lab.setReady(name, each);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('75 clones of three bases', () => {
  let made: { stats: Stats; ledger: LedgerEntry[]; writes: AuditedWrite[] };
  let deleted: { before: Stats; stats: Stats; ledger: LedgerEntry[]; writes: AuditedWrite[] };

  it('are made, each once, and never more at once than there are slots', async () => {
    await driveToReady(EACH);
    const [stats, ledger] = await Promise.all([lab.vcenter.stats(), lab.vcenter.ledger()]);
    made = { stats, ledger, writes: await writesSince(startedAt) };
    expect(await takeCensus(lab)).toEqual(soundCensus(CLONES));
    expect([...successfulClones(ledger).values()]).toEqual(Array.from({ length: CLONES }, () => 1));
    expect(stats.queued).toBe(0);
    expect(stats.maxInFlight['clone']).toBeLessThanOrEqual(20);
    // each parent is on a host of its own: at once on the parent is at once on its host
    expect(Math.max(...mostAtOnce(ledger, 'CloneVM_Task').values())).toBeLessThanOrEqual(8);
  }, 700_000);

  it('cost 3.5 vCenter calls each at most', () => {
    expectCalls('vCenter calls a clone', 3.5, atStart, made.stats, made.ledger);
  });

  it('cost four writes each at most, their parents one a second, and an event', () => {
    const { writes } = made;
    expect(onKind(writes, 'linkedclones').filter(({ verb }) => verb === 'create')).toHaveLength(CLONES);
    expect(writtenMoreThan(writes, 3)).toEqual({}); // with its create: four
    expect(tooOften(writes)).toEqual([]);
    expectAtMost('events a clone', onKind(writes, 'events').length / CLONES, 1, countBy(writes));
  });

  it('publish the storage that their people published', async () => {
    const { vms } = await lab.vcenter.inventory();
    // every file of every chain once: a base's disk is in the chains of all its clones
    const files = new Map(
      vms.flatMap(({ disks }) => disks).flatMap(({ chain }) => chain.map((part) => [part.file, part.ownBytes])),
    );
    expect(sum([...files.values()]) / GIB).toBeCloseTo(PUBLISHED.linked, 1);
    const published = async (): Promise<Record<string, number>> => {
      const storages = (await lab.api.list<BaseSnapshot>('basesnapshots')).map(({ status }) => status?.storage);
      const [full, thin, linked, saved] = (
        ['fullCloneBytes', 'thinCloneBytes', 'linkedBytes', 'savedBytes'] as const
      ).map((field) => sum(storages.map((storage) => storage?.[field] ?? Number.NaN)) / GIB);
      return { full, thin, linked, percent: ((saved ?? Number.NaN) / (full ?? Number.NaN)) * 100 } as Record<
        string,
        number
      >;
    };
    const differ = (figures: Readonly<Record<string, number>>): string[] =>
      Object.entries(PUBLISHED).flatMap(([name, value]) =>
        Math.abs((figures[name] ?? Number.NaN) - value) < 0.05 ? [] : [`${name} is ${figures[name]}, not ${value}`],
      );
    // a base sums up its clones a second after the last of them
    await waitUntil('the figures', async () => differ(await published()).length === 0, { timeoutMs: 60_000 }).catch(
      () => undefined,
    );
    expect(differ(await published())).toEqual([]);
  }, 120_000);

  it('cost nothing while nothing happens', async () => {
    await idle();
    const before = await lab.vcenter.stats();
    const from = Date.now();
    await waitUntil('an idle minute', () => Date.now() - from >= IDLE_MS, {
      timeoutMs: IDLE_MS + 10_000,
      intervalMs: 1000,
    });
    const after = await lab.vcenter.stats();
    expect(countBy(await writesSince(from))).toEqual({});
    const calls = byMethod(after, before);
    const renewals = calls['SetField'] ?? 0;
    expect(calls['RetrievePropertiesEx'] ?? 0).toBe(renewals);
    expect(renewals).toBeLessThanOrEqual(1);
    const claim = renewals * RENEWAL.length;
    const others = ((callsSince(after, before) - claim) * 60_000) / (Date.now() - from);
    expectAtMost('vCenter calls a minute, without the claim', others, 2, calls);
    const polls = 60 / Number(FLAGS['poll-interval'].value);
    expect(polls + (RENEWAL.length * 60) / Number(FLAGS['claim-renew'].value)).toBeLessThanOrEqual(2);
  }, 240_000);

  it('are left alone by an operator that starts again', async () => {
    await lab.stopOperator();
    const seq = (await lab.vcenter.ledger()).at(-1)?.seq ?? 0;
    const from = Date.now();
    await lab.startOperator();
    await idle();
    const writes = await writesSince(from);
    expect(['linkedclones', 'linkedclonesets', 'basesnapshots'].flatMap((kind) => onKind(writes, kind))).toEqual([]);
    const changes = (await lab.vcenter.ledger(seq)).map(({ method }) => method);
    expect(changes.filter((method) => method !== 'SetField')).toEqual([]); // the claim alone
    expect((await lab.vcenter.stats()).sessions).toBe(1);
  }, 180_000);

  it('are deleted, all of them', async () => {
    const [before, from] = [await lab.vcenter.stats(), Date.now()];
    const seq = (await lab.vcenter.ledger()).at(-1)?.seq ?? 0;
    await Promise.all(LABS.map((name) => lab.api.scale(name, 0)));
    await driveToReady(0);
    const stats = await lab.vcenter.stats();
    deleted = { before, stats, ledger: await lab.vcenter.ledger(seq), writes: await writesSince(from) };
    expect(await takeCensus(lab)).toEqual(soundCensus(0));
    expect(stats.queued).toBe(0);
  }, 700_000);

  it('cost 2.7 vCenter calls a delete at most', () => {
    const { before, stats, ledger } = deleted;
    expectCalls('vCenter calls a delete', 2.7, before, stats, ledger);
  });

  it('cost three writes a delete at most, their parents one a second, and an event', () => {
    const { writes } = deleted;
    expect(writtenMoreThan(writes, 3)).toEqual({});
    expect(tooOften(writes)).toEqual([]);
    expectAtMost('events a delete', onKind(writes, 'events').length / CLONES, 1, countBy(writes));
  });
});
