// The elector against a scripted Lease with a driven clock: deadlines, who may take over and when, the live read.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { LeaderElector } from '../../../src/kube/leader-election.ts';
import type { ElectionEnd, LeaderElectorOptions } from '../../../src/kube/leader-election.ts';
import type { LeaseSpec } from '../../../src/kube/lease.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { silent } from './support/objects.ts';
import { ScriptedServer, reply, replyStatus } from './support/scripted-server.ts';
import type { Received } from './support/scripted-server.ts';

let server: ScriptedServer;
let clock: FakeClock;
let stop: AbortController;
/** The Lease as the server has it. */
let lease: { version: number; spec: LeaseSpec } | undefined;
let refuse: ((received: Received, response: ServerResponse) => boolean) | undefined;
let end: ElectionEnd | undefined;

beforeEach(async () => {
  clock = new FakeClock();
  stop = new AbortController();
  lease = undefined;
  refuse = undefined;
  end = undefined;
  server = await ScriptedServer.start((received, response) => {
    if (refuse?.(received, response) === true) return;
    if (received.method === 'GET') {
      if (lease === undefined) replyStatus(response, 404, 'NotFound', { name: 'lock' });
      else reply(response, 200, leaseObject());
      return;
    }
    const body = received.body as { metadata: { resourceVersion?: string }; spec: LeaseSpec };
    if (received.method === 'PUT' && lease === undefined)
      return replyStatus(response, 404, 'NotFound', { name: 'lock' });
    if (received.method === 'PUT' && body.metadata.resourceVersion !== String(lease?.version)) {
      return replyStatus(response, 409, 'Conflict', { name: 'lock' });
    }
    lease = { version: (lease?.version ?? 0) + 1, spec: body.spec };
    reply(response, 200, leaseObject());
  });
});
afterEach(() => server.stop());

function stored(): { version: number; spec: LeaseSpec } {
  if (lease === undefined) throw new Error('there is no lease');
  return lease;
}

function leaseObject(): object {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lock', namespace: 'ns', uid: 'u', resourceVersion: String(lease?.version) },
    spec: lease?.spec,
  };
}

function run(options: Partial<LeaderElectorOptions> = {}): LeaderElector {
  const elector = new LeaderElector({
    rest: server.client({ clock }),
    clock,
    logger: silent,
    namespace: 'ns',
    name: 'lock',
    identity: 'me',
    random: () => 0,
    ...options,
  });
  void elector.run(stop.signal).then((how) => (end = how));
  return elector;
}

/** Lets time pass in small steps with real I/O between them, until the condition holds; gives the time it took. */
async function passUntil(what: string, condition: () => boolean, stepMs = 100): Promise<number> {
  const start = clock.monotonic();
  await waitUntil(
    what,
    async () => {
      if (condition()) return true;
      const requests = server.received.length;
      await clock.advance(stepMs);
      if (server.received.length !== requests) await new Promise((resolve) => setImmediate(resolve));
      return condition();
    },
    { intervalMs: 1 },
  );
  return clock.monotonic() - start;
}

const held = (identity: string, seconds = 15): LeaseSpec => ({
  holderIdentity: identity,
  leaseDurationSeconds: seconds,
  renewTime: '2020-01-01T00:00:00.000000Z',
  leaseTransitions: 3,
});

describe('LeaderElector', () => {
  it('creates the lease, renews it, and gives it back at the stop', async () => {
    const calls: string[] = [];
    const elector = run({ onStartedLeading: () => calls.push('started'), onStoppedLeading: (how) => calls.push(how) });
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    expect(lease?.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 0 });
    elector.assertLeading();
    await passUntil('three renewals', () => lease?.version === 4);
    expect(elector.leaseAgeMs()).toBeLessThanOrEqual(2_000);
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
    expect([end, lease?.spec.holderIdentity, calls]).toEqual(['released', '', ['started', 'released']]);
    expect(() => elector.assertLeading()).toThrow('not the leader');
    expect(clock.pending).toBe(0);
  });

  it('takes over from a silent holder only after its whole promise on our clock, however old its renewTime', async () => {
    lease = { version: 7, spec: held('other', 15) };
    const leaders: string[] = [];
    const elector = run({ onNewLeader: (identity) => leaders.push(identity) });
    await waitUntil('the first look', () => leaders.length === 1, { intervalMs: 1 });
    const took = await passUntil('leadership', () => elector.isLeader());
    expect(took).toBeGreaterThanOrEqual(15_000);
    expect(took).toBeLessThan(16_000);
    expect(leaders).toEqual(['other']);
    expect(lease.spec).toMatchObject({ holderIdentity: 'me', leaseTransitions: 4 });
    expect(elector.formerHolders).toEqual([
      { identity: 'other', renewTime: '2020-01-01T00:00:00.000000Z', isRecent: false },
    ]);
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('waits on while the holder renews, and takes a released lease at the next look', async () => {
    lease = { version: 7, spec: held('other', 15) };
    const elector = run();
    const other = lease;
    for (let i = 0; i < 4; i += 1) {
      await passUntil('ten seconds', () => true);
      await clock.advance(10_000);
      other.version += 1;
      expect(elector.isLeader()).toBe(false);
    }
    lease = { version: 50, spec: held('', 1) };
    expect(await passUntil('leadership', () => elector.isLeader())).toBeLessThanOrEqual(4_400);
    expect(elector.formerHolders).toEqual([]);
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('is lost at the renew deadline when the server fails or hangs, and not a moment later', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    // No answer at all: each request runs into its own limit of half the deadline.
    refuse = () => true;
    const took = await passUntil('the end', () => end !== undefined);
    expect(end).toBe('lost');
    expect(took).toBeLessThanOrEqual(10_100);
    expect(took).toBeGreaterThan(9_000);
    expect(() => elector.assertLeading()).toThrow('not the leader');
  });

  it('knows for how long nobody else can lead after that', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    expect(elector.isAlone()).toBe(false); // it leads: there's nothing to give up
    refuse = () => true;
    await passUntil('the end', () => end !== undefined);
    expect(elector.isAlone()).toBe(true);
    await clock.advance(3_900); // 15 s after the last renewal was sent, less a second
    expect(elector.isAlone()).toBe(true);
    await clock.advance(200);
    expect(elector.isAlone()).toBe(false);
  });

  it('survives one request that hangs, on connections of its own', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    refuse = ({ method }) => {
      if (method === 'PUT') refuse = undefined;
      return method === 'PUT';
    };
    await passUntil('the request to hang', () => refuse === undefined);
    const { version } = stored();
    expect(await passUntil('the next renewal', () => stored().version > version)).toBeLessThan(8_000);
    expect([end, elector.isLeader(), new Set(server.pools)]).toEqual([undefined, true, new Set(['lease'])]);
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('gives the lease back though a renewal that the stop cut off is stored meanwhile', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    refuse = ({ method }, response) => {
      if (method !== 'GET') return false;
      reply(response, 200, leaseObject());
      stored().version += 1;
      refuse = undefined;
      return true;
    };
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
    expect([end, stored().spec.holderIdentity]).toEqual(['released', '']);
  });

  it('is lost at once when somebody else has written the lease', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    lease = { version: 99, spec: held('other') };
    const took = await passUntil('the end', () => end !== undefined);
    expect([end, lease.spec.holderIdentity, elector.isAlone()]).toEqual(['lost', 'other', false]);
    expect(took).toBeLessThan(3_000);
  });

  it('makes a deleted lease again and goes on after somebody touched its metadata', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    lease = undefined;
    await passUntil('a new lease', () => lease !== undefined);
    const version = 20;
    lease = { version, spec: stored().spec };
    await passUntil('a renewal', () => (lease?.version ?? 0) > version);
    expect([end, elector.isLeader()]).toEqual([undefined, true]);
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('refuses to act on an old lease or after a clock jump, until a live read', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    clock.jumpWall(5_000);
    expect(() => elector.assertLeading()).toThrow('jumped');
    expect(await elector.readHolder()).toBe('me');
    elector.assertLeading();
    lease = { version: 99, spec: held('other') };
    clock.jumpWall(5_000);
    expect(await elector.readHolder()).toBe('other');
    expect(() => elector.assertLeading()).toThrow('jumped');
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('reads the holder once for all callers of a tick, after the last of them asked', async () => {
    lease = { version: 7, spec: held('other') };
    const elector = new LeaderElector({
      rest: server.client({ clock }),
      clock,
      logger: silent,
      namespace: 'ns',
      name: 'lock',
      identity: 'me',
    });
    const first = [elector.readHolder(), elector.readHolder()];
    expect(server.received).toHaveLength(0);
    expect(await Promise.all(first)).toEqual(['other', 'other']);
    const running = elector.readHolder();
    await waitUntil('the second read', () => server.received.length === 2, { intervalMs: 1 });
    await Promise.all([running, elector.readHolder()]);
    expect(server.received).toHaveLength(3);
  });

  it('has one read of the holder under way at most, so that a renewal finds a connection', async () => {
    const elector = run();
    await waitUntil('leadership', () => elector.isLeader(), { intervalMs: 1 });
    const unanswered: ServerResponse[] = [];
    refuse = ({ method }, response) => {
      if (method === 'GET') unanswered.push(response);
      return method === 'GET';
    };
    const holders: Promise<string>[] = [];
    for (let tick = 0; tick < 5; tick += 1) {
      holders.push(elector.readHolder());
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers = Promise.allSettled(holders);
    const { version } = stored();
    await passUntil('a renewal', () => stored().version > version);
    expect(unanswered).toHaveLength(1);
    refuse = undefined;
    const asked = server.received.length;
    for (const response of unanswered) reply(response, 200, leaseObject());
    expect(await answers).toEqual(Array.from(holders, () => ({ status: 'fulfilled', value: 'me' })));
    expect(server.received.slice(asked).map(({ method }) => method)).toEqual(['GET']); // all who had asked meanwhile
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it('warns that the namespace of the lease is not there', async () => {
    const warned: unknown[] = [];
    refuse = ({ method }, response) => {
      if (method !== 'POST') return false;
      replyStatus(response, 404, 'NotFound', { name: 'ns', kind: 'namespaces' });
      return true;
    };
    run({ logger: { ...silent, warn: (fields: object) => warned.push(fields) } as unknown as Logger });
    await waitUntil('the warning', () => warned.length > 0, { intervalMs: 1, timeoutMs: 3_000 });
    expect(warned[0]).toEqual({ error: 'POST leases ns/lock: 404 NotFound: NotFound it is' });
    stop.abort();
    await waitUntil('the end', () => end, { intervalMs: 1 });
  });

  it.each([
    {
      leaseDurationMs: 10_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      message: 'longer than the renew deadline',
    },
    { leaseDurationMs: 15_000, renewDeadlineMs: 2_400, retryPeriodMs: 2_000, message: '1.2 retry periods' },
  ])('refuses impossible times: $message', ({ message, ...times }) => {
    const options = {
      rest: server.client({ clock }),
      clock,
      logger: silent,
      namespace: 'ns',
      name: 'lock',
      identity: 'me',
    };
    expect(() => new LeaderElector({ ...options, ...times })).toThrow(message);
  });
});
