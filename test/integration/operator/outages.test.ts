// The API server or the vCenter is away for twenty seconds in the middle of work: frozen (connections stay open, nothing is
// answered), or killed and started again. Nothing is decided on what isn't known, nobody is flooded, and after it the work
// goes on to the end that it would have had.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { auditedWrites } from '../../../src/testbed/audit-log.ts';
import type { AuditedWrite } from '../../../src/testbed/audit-log.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { ObjectWatch } from '../../support/object-watch.ts';
import type { WatchedObject } from '../../support/object-watch.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus, successfulClones } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import { applySet, callsOf, freshNamespace, setReady, soundAfter } from './support/sets.ts';
import { PATIENCE_MS, lastSeq, secondClient } from './support/story.ts';

const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
const AWAY_MS = 20_000;
const CLONES = 24;
/** Requests that fail or hang during an outage: one for each object and second would be too many already. */
const PATIENT_REQUESTS = ((CLONES + 5) * AWAY_MS) / 1000;
/** Writes that a clone may get in a disturbed life: four in an undisturbed one. */
const PATIENT_WRITES = 8;
/** A leader that outlives an outage of the API server; the pauses between tries as they ship, but for the longest. */
const FLAGS = {
  'lease-duration': 60,
  'lease-renew-deadline': 45,
  'lease-retry': 2,
  'retry-max': 5,
  'connect-retry': 2,
  'vcenter-request-timeout': 3,
  'poll-interval': 5,
  'status-interval': 1,
  'conflict-retry': 5,
  'storage-interval': 1800,
} as const;

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({ directory, speed: 10, inventory: inventory(), operatorFlags: FLAGS });
  other = await secondClient(lab);
}, 120_000);
afterAll(async () => {
  await other.close();
  await lab.stop();
});

async function away(): Promise<void> {
  const from = performance.now();
  await waitUntil('the end of the outage', () => performance.now() - from >= AWAY_MS, {
    timeoutMs: AWAY_MS + 5000,
    intervalMs: 200,
  });
}

async function metrics(): Promise<string> {
  return (await fetch(`${lab.operator?.metricsUrl ?? ''}/metrics`)).text();
}

/** Requests to the API server, answered or not, by the operator's own count: nobody else sees those that fail. */
async function requestsTried(): Promise<number> {
  let sum = 0;
  for (const [, count] of (await metrics()).matchAll(/^linkedclone_kube_requests_total\{(?!.*leases).* (\S+)$/gm))
    sum += Number(count);
  return sum;
}

async function begun(seq: number, method: string, count: number): Promise<void> {
  await waitUntil(
    `${count} calls of ${method}`,
    async () => callsOf(await lab.vcenter.ledger(seq), method).length >= count,
    { timeoutMs: PATIENCE_MS, intervalMs: 3 },
  );
}

/** Most writes that any clone of the namespace got. */
function mostWrites(writes: readonly AuditedWrite[], ns: string): number {
  const counts = new Map<string, number>();
  for (const { resource, namespace, name } of writes)
    if (namespace === ns && resource.startsWith('linkedclones') && !resource.startsWith('linkedclonesets'))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** Clones of the namespace that said more than once, in these versions of them, why they aren't Ready. */
function repeated(versions: readonly WatchedObject[], ns: string): string[] {
  const said = versions
    .filter(({ kind, metadata }) => kind === 'LinkedClone' && metadata.namespace === ns)
    .map((clone) => `${clone.metadata.name}: ${reasonOf(clone)}`);
  return said.filter((line, i) => said.indexOf(line) !== i);
}

function auditLog(from: number): Promise<AuditedWrite[]> {
  return auditedWrites(lab.controlPlane.auditLogPath, OPERATOR, from);
}

async function madeOnce(seq: number, count: number): Promise<void> {
  const made = [...successfulClones(await lab.vcenter.ledger(seq)).values()];
  expect(made).toEqual(Array.from({ length: count }, () => 1));
}

describe('the API server', () => {
  it('is frozen while clones are made', async () => {
    const ns = await freshNamespace(lab);
    const server = lab.controlPlane.process('kube-apiserver');
    const [seq, from] = [await lastSeq(lab), Date.now()];
    await applySet(lab, ns, 'web', CLONES);
    await begun(seq, 'CloneVM_Task', 6);
    server.freeze();
    try {
      const tried = await requestsTried();
      await away();
      expect((await requestsTried()) - tried).toBeLessThan(PATIENT_REQUESTS);
    } finally {
      server.resume();
    }
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
    await madeOnce(seq, CLONES);
    const ledger = await lab.vcenter.ledger(seq);
    expect(callsOf(ledger, 'Destroy_Task')).toEqual([]);
    expect(mostWrites(await auditLog(from), ns)).toBeLessThanOrEqual(PATIENT_WRITES);
    expect(lab.operator?.process.running).toBe(true);
  }, 240_000);

  it('is killed and started again while clones are deleted', async () => {
    const ns = await freshNamespace(lab);
    const server = lab.controlPlane.process('kube-apiserver');
    const begin = await lastSeq(lab);
    await applySet(lab, ns, 'web', CLONES);
    await setReady(lab, ns, 'web', CLONES);
    const kept = (await lab.clonesOf('web', ns)).filter(({ metadata }) => /-[1-4]$/.test(metadata.name));
    const [seq, from] = [await lastSeq(lab), Date.now()];
    await lab.api.scale('web', 4, ns);
    await begun(seq, 'PowerOffVM_Task', 3);
    const killed = server.kill();
    const tried = await requestsTried();
    await killed;
    await away();
    expect((await requestsTried()) - tried).toBeLessThan(PATIENT_REQUESTS);
    await server.restart();
    await setReady(lab, ns, 'web', 4);
    expect(await soundAfter(lab, ns, 4)).toEqual(soundCensus(4));
    expect((await lab.clonesOf('web', ns)).map(({ metadata }) => metadata.uid)).toEqual(
      kept.map(({ metadata }) => metadata.uid),
    );
    await madeOnce(begin, CLONES);
    expect(callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task')).toHaveLength(CLONES - 4);
    expect(mostWrites(await auditLog(from), ns)).toBeLessThanOrEqual(PATIENT_WRITES);
    expect(lab.operator?.process.running).toBe(true);
  }, 240_000);

  it('is away for longer than the Lease lasts: the operator ends itself, and its successor goes on', async () => {
    const ns = await freshNamespace(lab);
    await lab.stopOperator();
    await lab.startOperator({ 'lease-duration': 8, 'lease-renew-deadline': 6, 'lease-retry': 0.5 });
    const server = lab.controlPlane.process('kube-apiserver');
    const seq = await lastSeq(lab);
    await applySet(lab, ns, 'web', CLONES);
    await begun(seq, 'CloneVM_Task', 6);
    server.freeze();
    try {
      expect(await lab.operator?.process.exited).toMatchObject({ code: 1 });
    } finally {
      server.resume();
    }
    await lab.startOperator();
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
    await madeOnce(seq, CLONES);
  }, 240_000);
});

describe('the vCenter', () => {
  it('ends the session: one login more, and the work goes on', async () => {
    const ns = await freshNamespace(lab);
    const session = (await lab.vcenter.ledger()).findLast(({ user }) => user === lab.simulator.username)?.session ?? '';
    const logins = async (): Promise<number> => (await lab.vcenter.stats()).calls['Login'] ?? 0;
    // the other client was idle since the start of these tests: should it have to log in again, it's now
    const manager = other.client.content.sessionManager;
    await other.property(manager, 'currentSession');
    const [seq, before] = [await lastSeq(lab), await logins()];
    await applySet(lab, ns, 'web', CLONES);
    await begun(seq, 'CloneVM_Task', 6);
    await other.run(manager, 'TerminateSession', { sessionId: [session] });
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
    await madeOnce(seq, CLONES);
    expect(await logins()).toBe(before + 1);
    expect((await lab.api.get<VCenter>('vcenters', 'vc'))?.status?.login?.outcome).toBe('Succeeded');

    // and once more while nothing happens: no object says anything about it
    const clones = await lab.api.list<LinkedClone>('linkedclones', ns);
    const now = (await lab.vcenter.ledger()).findLast(({ user }) => user === lab.simulator.username)?.session ?? '';
    expect(now).not.toBe(session);
    await other.run(manager, 'TerminateSession', { sessionId: [now] });
    await waitUntil('another login', async () => (await logins()) === before + 2, { timeoutMs: PATIENCE_MS });
    await lab.api.scale('web', CLONES + 1, ns);
    await setReady(lab, ns, 'web', CLONES + 1);
    const after = new Map(
      (await lab.api.list<LinkedClone>('linkedclones', ns)).map((clone) => [clone.metadata.name, clone]),
    );
    for (const { metadata } of clones)
      expect(after.get(metadata.name)?.metadata.resourceVersion).toBe(metadata.resourceVersion);
  }, 240_000);

  it('is frozen while clones are made: no clone is taken for lost, and the API server is left in peace', async () => {
    const ns = await freshNamespace(lab);
    await applySet(lab, ns, 'old', 4);
    await setReady(lab, ns, 'old', 4);
    const watch = await ObjectWatch.start(lab.controlPlane.kubeconfig);
    const [seq, from] = [await lastSeq(lab), Date.now()];
    await applySet(lab, ns, 'web', CLONES);
    await begun(seq, 'CloneVM_Task', 6);
    const up = async () => /^linkedclone_vcenter_up\{.*\} (\d)$/m.exec(await metrics())?.[1];
    expect(await up()).toBe('1');
    lab.simulator.process.freeze();
    try {
      await waitUntil('the vCenter to be down', async () => (await up()) === '0', { timeoutMs: PATIENCE_MS });
      const known = watch.versions.length;
      await away();
      expect(await up()).toBe('0');
      // each clone that was under way says once that it waits
      expect(repeated(watch.versions.slice(known), ns)).toEqual([]);
      expect(mostWrites(await auditLog(from), ns)).toBeLessThanOrEqual(PATIENT_WRITES / 2);
    } finally {
      lab.simulator.process.resume();
    }
    await waitUntil('the vCenter to be up', async () => (await up()) === '1', { timeoutMs: PATIENCE_MS });
    await setReady(lab, ns, 'web', CLONES);
    await setReady(lab, ns, 'old', 4);
    expect(await soundAfter(lab, ns, CLONES + 4)).toEqual(soundCensus(CLONES + 4));
    await madeOnce(seq, CLONES);
    expect(callsOf(await lab.vcenter.ledger(seq), 'Destroy_Task')).toEqual([]);
    watch.end();
    const lost = watch.versions.filter((object) => conditionOf(object, 'Lost')?.status === 'True');
    expect(lost).toEqual([]);
    expect(mostWrites(await auditLog(from), ns)).toBeLessThanOrEqual(PATIENT_WRITES);
  }, 240_000);
});
