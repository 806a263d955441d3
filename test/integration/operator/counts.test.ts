// What 75 clones of three bases cost, counted from outside: calls by the simulator's counters, slots by its ledger, writes by
// the API server's audit log. The operator runs with the flags it ships with. One story in four acts: made, idle,
// restarted, deleted. Times are the benchmark's business; these are counts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FLAGS } from '../../../src/config-flags.ts';
import type { BaseSnapshot, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { auditedWrites } from '../../../src/testbed/audit-log.ts';
import type { AuditedWrite } from '../../../src/testbed/audit-log.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { FAST_FLAGS, Lab } from '../../support/lab.ts';
import type { Stats } from '../../support/simulator-admin.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { mostAtOnce, soundCensus, successfulClones, takeCensus } from '../../support/vm-census.ts';

const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
const LABS = ['capture', 'packaging', 'verification'];
const EACH = 25;
const CLONES = LABS.length * EACH;
/** Simulated seconds in a real one; at more the waves of tasks blur into each other. */
const SPEED = 3;
/** The shortest time between two status writes of one parent, with some room for the way to the server. */
const STATUS_GAP_MS = 900;
const GIB = 2 ** 30;
/** What the lab's people published, GB as vSphere clients show them; deploy/samples/simulator-inventory.yaml has the parts. */
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
    speed: SPEED,
    operatorFlags: { ...shipped, 'log-level': 'info' },
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

function total({ calls }: Stats): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
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
    (await auditedWrites(path, 'linked-clone-testbed:admin', from)).some(({ name }) => name === mark),
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

/** Status writes of one parent that came sooner than the interval after the one before. */
function tooSoon(writes: readonly AuditedWrite[]): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { resource, name, at } of writes) {
    if (resource !== 'linkedclonesets/status' && resource !== 'basesnapshots/status') continue;
    const before = last.get(`${resource} ${name}`);
    if (before !== undefined && at - before < STATUS_GAP_MS) found.push(`${resource} ${name}: after ${at - before} ms`);
    last.set(`${resource} ${name}`, at);
  }
  return found;
}

async function allReady(): Promise<void> {
  for (const name of LABS) await lab.setReady(name, EACH, 120_000);
}

describe('75 clones of three bases', () => {
  it('are made with few calls and few writes, and never more at once than the slots', async () => {
    await allReady();
    const stats = await lab.vcenter.stats();
    const ledger = await lab.vcenter.ledger();
    const seconds = (Date.now() - startedAt) / 1000;
    const writes = await writesSince(startedAt);
    const calls = total(stats) - total(atStart);

    expect(await takeCensus(lab)).toEqual(soundCensus(CLONES));
    expect([...successfulClones(ledger).values()]).toEqual(Array.from({ length: CLONES }, () => 1));
    expect(stats.queued).toBe(0);
    expect(stats.maxInFlight['clone']).toBeLessThanOrEqual(20);
    // each parent is on a host of its own: at once on the parent is at once on its host
    expect(Math.max(...mostAtOnce(ledger, 'CloneVM_Task').values())).toBeLessThanOrEqual(8);
    expect({ perClone: calls / CLONES, methods: byMethod(stats, atStart) }).toEqual({
      perClone: expect.closeTo(0, 0),
      methods: expect.anything(),
    });
    expect(writes.length).toBeGreaterThan(seconds);
  });
});
