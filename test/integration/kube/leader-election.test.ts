// Two electors on one Lease of the real API server, each behind its own proxy: never two leaders, whatever happens to the
// connections, and a quick hand-over where one leaves in good order.
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LeaderElector } from '../../../src/kube/leader-election.ts';
import type { ElectionEnd } from '../../../src/kube/leader-election.ts';
import { LEASES } from '../../../src/kube/lease.ts';
import type { ControlPlaneClient } from '../../../src/testbed/control-plane/control-plane.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { connectThroughProxy, silent } from './support/connection.ts';
import type { ProxiedConnection } from './support/connection.ts';

/** Long enough for the pauses of a busy machine: a leader that is only late doesn't lose the Lease. */
const TIMES = { leaseDurationMs: 9_000, renewDeadlineMs: 6_000, retryPeriodMs: 300 };

interface Candidate {
  readonly identity: string;
  readonly connection: ProxiedConnection;
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly running: Promise<ElectionEnd>;
}

let plane: ControlPlaneClient;
let namespace: string;
let candidates: Candidate[];
/** "a started", "a lost", in the order in which it happened, with times. */
let history: { what: string; at: number }[];

beforeAll(async () => {
  plane = await controlPlane();
});
beforeEach(async () => {
  namespace = await makeNamespace('kube-lease');
  candidates = [];
  history = [];
});
afterEach(async () => {
  for (const { stop, connection } of candidates) {
    connection.proxy.resume();
    stop.abort();
  }
  await Promise.all(candidates.map(({ running }) => running));
  await Promise.all(candidates.map(({ connection }) => connection.close()));
});

async function candidate(identity: string): Promise<Candidate> {
  const connection = await connectThroughProxy(plane);
  const note = (what: string): unknown => history.push({ what: `${identity} ${what}`, at: performance.now() });
  const elector = new LeaderElector({
    rest: connection.rest,
    clock: systemClock,
    logger: silent,
    namespace,
    name: 'lock',
    identity,
    ...TIMES,
    onStartedLeading: () => void note('started'),
    onStoppedLeading: (why) => void note(why),
  });
  const stop = new AbortController();
  const made = { identity, connection, elector, stop, running: elector.run(stop.signal) };
  candidates.push(made);
  return made;
}

const leads = (one: Candidate): Promise<unknown> =>
  waitUntil(`${one.identity} to lead`, () => one.elector.isLeader(), { timeoutMs: 60_000, intervalMs: 10 });
const timeOf = (what: string): number => history.find((entry) => entry.what === what)?.at ?? Number.NaN;

describe('LeaderElector and the API server', () => {
  it('has one leader, and the other one takes over at once when it leaves in good order', async () => {
    const a = await candidate('a');
    await leads(a);
    const b = await candidate('b');
    await waitUntil('b to have looked', () => b.connection.proxy.accepted > 0);
    expect([await b.elector.readHolder(), b.elector.isLeader()]).toEqual(['a', false]);
    const stopped = performance.now();
    a.stop.abort();
    expect(await a.running).toBe('released');
    await leads(b);
    expect(performance.now() - stopped).toBeLessThan(TIMES.leaseDurationMs);
    const lease = await b.connection.rest.get(LEASES, { namespace, name: 'lock' });
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: TIMES.leaseDurationMs / 1000 });
    expect(lease.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(history.map((entry) => entry.what)).toEqual(['a started', 'a released', 'b started']);
  }, 120_000);

  it('keeps its leader over killed connections', async () => {
    const a = await candidate('a');
    await leads(a);
    for (let i = 0; i < 5; i += 1) {
      const { accepted } = a.connection.proxy;
      a.connection.proxy.cut();
      await waitUntil('a new connection', () => a.connection.proxy.accepted > accepted);
      a.elector.assertLeading();
    }
    expect(history.map((entry) => entry.what)).toEqual(['a started']);
  }, 120_000);

  it('loses a leader that is cut off before the next one starts, also when the connection only hangs', async () => {
    const a = await candidate('a');
    await leads(a);
    const b = await candidate('b');
    await waitUntil('b to have looked', () => b.connection.proxy.accepted > 0);
    const frozen = performance.now();
    a.connection.proxy.freeze();
    expect(await a.running).toBe('lost');
    expect(() => a.elector.assertLeading()).toThrow('not the leader');
    expect(timeOf('a lost') - frozen).toBeLessThan(TIMES.renewDeadlineMs + 500);
    await leads(b);
    expect(timeOf('b started')).toBeGreaterThan(timeOf('a lost'));
    expect(b.elector.formerHolders[0]?.identity).toBe('a');
    expect(history.map((entry) => entry.what)).toEqual(['a started', 'a lost', 'b started']);
  }, 120_000);

  it('does not believe that it leads after another one has taken the lease', async () => {
    const a = await candidate('a');
    await leads(a);
    const lease = await a.connection.rest.get(LEASES, { namespace, name: 'lock' });
    await a.connection.rest.patch(
      LEASES,
      { namespace, name: 'lock' },
      { spec: { ...lease.spec, holderIdentity: 'thief' } },
      { type: 'merge' },
    );
    expect(await a.elector.readHolder()).toBe('thief');
    expect(await a.running).toBe('lost');
  }, 120_000);
});
