// The recorder against a scripted server: aggregation on the wire, retries, limits, and that it never throws.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventRecorder } from '../../../src/kube/event-recorder.ts';
import type { EventRecorderOptions } from '../../../src/kube/event-recorder.ts';
import type { RestClient } from '../../../src/kube/rest.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { silent, widget } from './support/objects.ts';
import { ScriptedServer, reply, replyStatus } from './support/scripted-server.ts';

const TEXT = { type: 'Normal' as const, reason: 'Cloned', action: 'Clone', note: 'it is there' };
let server: ScriptedServer;
let clock: FakeClock;
let dropped: string[];

beforeEach(async () => {
  clock = new FakeClock();
  dropped = [];
  server = await ScriptedServer.start(({ body, path }, response) => {
    const name = path.split('/').at(-1);
    reply(response, 200, {
      metadata: { name, namespace: 'ns', uid: 'u', resourceVersion: '1', ...(body as { metadata?: object }).metadata },
    });
  });
});
afterEach(() => server.stop());

function recorder(options: Partial<EventRecorderOptions> = {}): EventRecorder {
  return new EventRecorder({
    rest: server.client({ clock }),
    clock,
    logger: silent,
    reportingController: 'kube.test/tester',
    reportingInstance: 'me',
    onDropped: (why) => dropped.push(why),
    ...options,
  });
}

function sent(count: number): Promise<unknown> {
  return waitUntil(`${count} requests`, () => server.received.length >= count, { intervalMs: 2 });
}

interface Sent {
  readonly note?: string;
  readonly metadata?: { readonly name: string };
  readonly series?: { readonly count: number };
}
const bodies = (): Sent[] => server.received.map((received) => received.body as Sent);

describe('EventRecorder', () => {
  it('gives an Event of the longest name a name that the API takes', async () => {
    const events = recorder();
    events.event(widget(`${'a'.repeat(219)}.${'b'.repeat(33)}`, 1), TEXT);
    await events.flush();
    expect(bodies()[0]?.metadata?.name).toMatch(/^a{219}\.[0-9a-f]{16}$/);
  });

  it('writes one Event, raises its count at 2, 4, 8, and the last count at the flush', async () => {
    const events = recorder();
    const object = widget('a', 1);
    for (const expected of [1, 2, 2, 3, 3, 3, 3, 4, 4, 4]) {
      events.event(object, TEXT);
      await sent(expected);
    }
    await events.flush();
    expect(server.received.map((r) => r.method)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH', 'PATCH']);
    expect(bodies().map((body) => body.series?.count)).toEqual([undefined, 2, 4, 8, 10]);
    expect(server.received[0]?.body).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      ...TEXT,
      reportingController: 'kube.test/tester',
      reportingInstance: 'me',
      eventTime: '2026-01-01T00:00:00.000000Z',
      regarding: { apiVersion: 'kube.test/v1', kind: 'Widget', namespace: 'ns', name: 'a', uid: 'uid-a' },
    });
    expect(clock.pending).toBe(0);
  });

  it('writes what comes at whatever moment the one before it has been written', async () => {
    const lost: number[] = [];
    for (let moment = 0; moment < 20; moment += 1) {
      const written: string[] = [];
      const rest = {
        create: async (_resource: unknown, _namespace: string, body: { note: string }) => written.push(body.note),
      };
      const events = recorder({ rest: rest as unknown as RestClient });
      events.event(widget('a', 1), TEXT);
      for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
      events.event(widget('a', 1), { ...TEXT, note: 'it is linked' });
      await settle();
      if (written.length < 2) lost.push(moment);
    }
    expect(lost).toEqual([]);
  });

  it('writes a burst that came before the first write as one Event with its count', async () => {
    const events = recorder();
    for (let i = 0; i < 5; i += 1) events.event(widget('a', 1), TEXT);
    await events.flush();
    const counts = bodies().map((body) => body.series?.count);
    expect(server.received.filter((r) => r.method === 'POST')).toHaveLength(1);
    expect(counts.at(-1)).toBe(5);
    expect(counts.length).toBeLessThanOrEqual(2);
  });

  it('does not write again at the flush what is just being written', async () => {
    const { answer } = server;
    let finish = (): void => undefined;
    server.answer = (received, response) => {
      finish = () => answer(received, response);
    };
    const events = recorder();
    events.event(widget('a', 1), TEXT);
    await sent(1);
    const flushed = events.flush();
    finish();
    await flushed;
    expect(server.received).toHaveLength(1);
  });

  it('cleans and cuts notes, and puts events about cluster-scoped objects into "default"', async () => {
    const events = recorder();
    events.event(
      { ...widget('a', 1), metadata: { name: 'a', uid: 'u' } },
      { ...TEXT, note: `line\none\u0000${'x'.repeat(2_000)}` },
    );
    await events.flush();
    expect(server.received[0]?.path).toContain('/namespaces/default/events');
    const note = bodies()[0]?.note ?? '';
    expect(note.startsWith('line one x')).toBe(true);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
  });

  it('begins a new Event when the old one has been removed', async () => {
    const events = recorder();
    events.event(widget('a', 1), TEXT);
    await sent(1);
    const { answer } = server;
    server.answer = (received, response) => {
      if (received.method === 'PATCH') return replyStatus(response, 404, 'NotFound', { name: 'gone' });
      answer(received, response);
    };
    events.event(widget('a', 1), TEXT);
    await events.flush();
    expect(server.received.map((r) => r.method)).toEqual(['POST', 'PATCH', 'POST']);
    const [first, , second] = bodies();
    expect(second?.metadata?.name).not.toBe(first?.metadata?.name);
    expect(second?.series?.count).toBe(2);
  });

  it('tries again under the same name, and takes "already exists" for success', async () => {
    const events = recorder();
    const { answer } = server;
    const failures = [500, 409];
    server.answer = (received, response) => {
      const code = failures.shift();
      if (code === 409) replyStatus(response, 409, 'AlreadyExists', { name: 'x' });
      else if (code === 500) replyStatus(response, 500, 'InternalError');
      else answer(received, response);
    };
    events.event(widget('a', 1), TEXT);
    await sent(1);
    await waitUntil(
      'the retry',
      async () => {
        await clock.advance(500);
        return server.received.length === 2;
      },
      { intervalMs: 2 },
    );
    await events.flush();
    expect(bodies()[1]?.metadata?.name).toBe(bodies()[0]?.metadata?.name);
    expect(dropped).toEqual([]);
  });

  it('drops, counts and never throws: refused, too many, too many about one object, after the end', async () => {
    server.answer = (_received, response) => replyStatus(response, 403, 'Forbidden', { name: 'x' });
    const events = recorder({ maxQueued: 2, burst: 3 });
    for (let i = 0; i < 5; i += 1) events.event(widget('a', 1), { ...TEXT, note: `note ${i}` });
    events.event(widget('b', 1), TEXT);
    await events.flush();
    events.event(widget('c', 1), TEXT);
    expect(dropped.filter((why) => why === 'limited')).toHaveLength(2);
    expect(dropped.filter((why) => why === 'failed')).toHaveLength(server.received.length);
    expect(dropped).toContain('overflow');
  });

  it('gives up at the end of the flush time', async () => {
    server.answer = () => undefined;
    const events = recorder();
    events.event(widget('a', 1), TEXT);
    await sent(1);
    const flushed = events.flush(3_000);
    await clock.advance(3_000);
    await flushed;
    expect(dropped).toEqual(['failed']);
  });
});
