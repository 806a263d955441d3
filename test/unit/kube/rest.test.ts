// The REST client against a scripted server: what it sends, what becomes of each answer, time limits, aborts, secrets.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import type { PoolName } from '../../../src/kube/cluster-access.ts';
import { ApiError, refusedForGood } from '../../../src/kube/api-error.ts';
import type { RequestRecord } from '../../../src/kube/rest-options.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { WIDGETS, widget } from './support/objects.ts';
import { ScriptedServer, listBody, reply, replyStatus } from './support/scripted-server.ts';

const A = { namespace: 'ns', name: 'a' };
let server: ScriptedServer;

beforeEach(async () => {
  server = await ScriptedServer.start((_received, response) => reply(response, 200, widget('a', 1)));
});
afterEach(() => server.stop());

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

describe('RestClient', () => {
  it('sends credentials, user agent, field manager and the right content type', async () => {
    const writes: string[] = [];
    const rest = server.client({
      onWrite: (resource, key, version) => writes.push(`${resource.plural} ${key.name} ${version}`),
    });
    await rest.get(WIDGETS, A);
    await rest.create(WIDGETS, 'ns', { metadata: { name: 'a' }, spec: {} });
    await rest.patch(WIDGETS, A, { status: {} }, { type: 'merge', subresource: 'status' });
    await rest.patch(WIDGETS, A, { metadata: {} }, { type: 'apply', force: true });
    await rest.replace(WIDGETS, widget('a', 1));
    await rest.delete(WIDGETS, A, { uid: 'u', resourceVersion: '1', propagationPolicy: 'Orphan' });
    const sent = server.received.map(
      (r) => `${r.method} ${r.path}?${r.query.toString()} ${r.headers['content-type'] ?? '-'}`,
    );
    const path = '/prefix/apis/kube.test/v1/namespaces/ns/widgets';
    expect(sent).toEqual([
      `GET ${path}/a? -`,
      `POST ${path}?fieldManager=tester application/json`,
      `PATCH ${path}/a/status?fieldManager=tester application/merge-patch+json`,
      `PATCH ${path}/a?fieldManager=tester&force=true application/apply-patch+yaml`,
      `PUT ${path}/a?fieldManager=tester application/json`,
      `DELETE ${path}/a? application/json`,
    ]);
    expect(server.received[1]?.body).toEqual({
      apiVersion: 'kube.test/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec: {},
    });
    expect(server.received[5]?.body).toMatchObject({
      preconditions: { uid: 'u', resourceVersion: '1' },
      propagationPolicy: 'Orphan',
    });
    for (const { headers } of server.received) {
      expect(headers).toMatchObject({
        authorization: 'Bearer canary-token',
        'user-agent': 'test/1',
        accept: 'application/json',
      });
    }
    expect(writes).toEqual(Array.from({ length: 5 }, () => 'widgets a 1'));
  });

  it('gives undefined for a delete that was done at once', async () => {
    server.answer = (_received, response) => reply(response, 200, { kind: 'Status', status: 'Success' });
    expect(await server.client().delete(WIDGETS, A)).toBeUndefined();
  });

  it('reads all pages, fills in the kind, and starts over when the token expires', async () => {
    let expired = 0;
    server.answer = ({ query }, response) => {
      const { apiVersion: _a, kind: _k, ...bare } = widget('first', 1);
      if (query.get('continue') === null) reply(response, 200, listBody([bare], 5, 'next'));
      else if (expired++ === 0) replyStatus(response, 410, 'Expired');
      else reply(response, 200, listBody([widget('second', 2)], 5));
    };
    const all = await server.client().listAll(WIDGETS, { labelSelector: 'x=y' });
    expect(all.map((object) => `${object.kind} ${object.metadata.name}`)).toEqual(['Widget first', 'Widget second']);
    expect(
      server.received.map((r) => `${r.query.get('limit')} ${r.query.get('continue')} ${r.query.get('labelSelector')}`),
    ).toEqual(['500 null x=y', '500 next x=y', '500 null x=y', '500 next x=y']);
    expect(server.received[0]?.query.has('resourceVersion')).toBe(false);
  });

  const statuses: { code: number; reason: string; details: object; is: (keyof ApiError)[] }[] = [
    { code: 404, reason: 'NotFound', details: { name: 'a', kind: 'widgets' }, is: ['notFound'] },
    { code: 404, reason: 'NotFound', details: {}, is: ['resourceMissing'] },
    { code: 409, reason: 'Conflict', details: { name: 'a' }, is: ['conflict'] },
    { code: 409, reason: 'AlreadyExists', details: { name: 'a' }, is: ['alreadyExists'] },
    { code: 422, reason: 'Invalid', details: {}, is: ['conflict', 'failedTest'] },
    { code: 422, reason: 'Invalid', details: { name: 'a' }, is: [] },
    { code: 403, reason: 'Forbidden', details: { name: 'a' }, is: ['forbidden'] },
    { code: 410, reason: 'Expired', details: {}, is: ['gone'] },
    { code: 429, reason: 'TooManyRequests', details: {}, is: ['tooManyRequests'] },
    { code: 500, reason: 'InternalError', details: {}, is: [] },
  ];
  it.each(statuses)('$code $reason $details is $is', async ({ code, reason, details, is }) => {
    server.answer = (_received, response) => replyStatus(response, code, reason, details);
    const error = await failure(server.client().patch(WIDGETS, A, {}, { type: 'merge' }));
    const all = [
      'notFound',
      'resourceMissing',
      'conflict',
      'failedTest',
      'alreadyExists',
      'gone',
      'forbidden',
      'tooManyRequests',
      'transport',
    ] as const;
    expect(all.filter((name) => error[name])).toEqual(all.filter((name) => is.includes(name)));
    expect(error.message).toBe(`PATCH widgets ns/a: ${code} ${reason}: ${reason} it is`);
    expect(error.sent).toBe(true);
  });

  it.each([
    [{ code: 422, reason: 'Invalid', details: { name: 'a' } }, 'refused'],
    [{ code: 403, reason: 'Forbidden', details: { name: 'a' } }, 'refused'],
    [{ code: 403, reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } }, undefined],
    [{ code: 422, reason: 'Invalid', details: {} }, undefined], // a test of a JSON patch that failed
    [{ code: 409, reason: 'Conflict', details: {} }, undefined],
    [{ code: 500, reason: 'InternalError', details: {} }, undefined],
    [{ code: 0, reason: 'Timeout' }, undefined],
  ])('tells what is refused for good from what may be tried again: %j', (options, said) => {
    expect(refusedForGood(new ApiError('refused', options))).toBe(said);
    expect(refusedForGood(new Error('refused'))).toBeUndefined();
  });

  it('takes a 404 that is not of the API for a missing resource, and shows no token', async () => {
    server.answer = (_received, response) => void response.writeHead(404).end('404 page not found');
    const error = await failure(server.client().get(WIDGETS, A));
    expect([error.notFound, error.resourceMissing]).toEqual([false, true]);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('canary-token');
  });

  it('has its credentials read again after a 401', async () => {
    server.answer = (_received, response) => replyStatus(response, 401, 'Unauthorized');
    await failure(server.client().get(WIDGETS, A));
    expect(server.invalidated).toBe(1);
  });

  it('waits out a busy server for reads, boundedly, and never for writes', async () => {
    const clock = new FakeClock();
    const records: RequestRecord[] = [];
    const rest = server.client({ clock, observe: (record) => records.push(record) });
    server.answer = (_received, response) => replyStatus(response, 429, 'TooManyRequests', { retryAfterSeconds: 2 });
    const reading = failure(rest.get(WIDGETS, A));
    while (records.length < 4) await clock.advance(1_000);
    expect((await reading).retryAfterMs).toBe(2_000);
    expect(records.map((record) => `${record.verb} ${record.resource} ${record.code}`)).toEqual(
      Array.from({ length: 4 }, () => 'get widgets 429'),
    );
    await failure(rest.delete(WIDGETS, A));
    expect(server.received.filter((r) => r.method === 'DELETE')).toHaveLength(1);
  });

  it('reads after the server was busy once, as the Retry-After header says', async () => {
    server.answer = (_received, response) => {
      server.answer = (_again, next) => reply(next, 200, widget('a', 1));
      response.writeHead(429, { 'retry-after': '0' }).end();
    };
    expect((await server.client().get(WIDGETS, A)).metadata.name).toBe('a');
  });

  it('gives up after its time limit and says that the request may have arrived', async () => {
    server.answer = () => undefined;
    const error = await failure(server.client({ timeoutMs: 50 }).create(WIDGETS, 'ns', { metadata: { name: 'a' } }));
    expect(error).toMatchObject({ code: 0, reason: 'Timeout', transport: true });
    expect(error.message).toBe('POST widgets ns/a: no answer within 50 ms');
    expect(error.sent).not.toBe(false);
  });

  it('ends with the reason of the caller who aborts', async () => {
    server.answer = () => abort.abort(new Error('no longer wanted'));
    const abort = new AbortController();
    await expect(server.client().get(WIDGETS, A, abort.signal)).rejects.toThrow('no longer wanted');
    await expect(server.client().get(WIDGETS, A, abort.signal)).rejects.toThrow('no longer wanted');
    expect(server.received).toHaveLength(1);
  });

  it('ends at once when aborted while it waits for a connection', async () => {
    server.answer = () => undefined;
    const narrow = new Agent({ connections: 1 });
    const config = {
      authorize: async (pool: PoolName) => ({ ...(await server.authorize(pool)), dispatcher: narrow }),
      invalidate: () => undefined,
    };
    const rest = server.client({ config });
    const abort = new AbortController();
    const first = rest.get(WIDGETS, A).catch(() => 'cut');
    const waiting = rest.get(WIDGETS, A, abort.signal);
    await waitUntil('the first request', () => server.received.length === 1, { intervalMs: 2 });
    abort.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await narrow.destroy();
    expect(await first).toBe('cut');
  });

  it('knows what was surely not sent', async () => {
    const gone = await ScriptedServer.start(() => undefined);
    const refused = gone.client();
    await gone.stop();
    expect((await failure(refused.get(WIDGETS, A))).message).toContain('GET widgets ns/a');
    const nobody = server.client({
      config: {
        authorize: async (pool: PoolName) => ({ ...(await server.authorize(pool)), origin: 'http://127.0.0.1:9' }),
        invalidate: () => undefined,
      },
    });
    expect(await failure(nobody.get(WIDGETS, A))).toMatchObject({ code: 0, reason: 'Transport', sent: false });
    server.answer = (_received, response) => void response.destroy();
    expect((await failure(server.client().get(WIDGETS, A))).sent).not.toBe(false);
  });

  it('hides what a credential plugin said', async () => {
    const rest = server.client({
      config: { authorize: () => Promise.reject(new Error('canary-token')), invalidate: () => undefined },
    });
    const error = await failure(rest.get(WIDGETS, A));
    expect(error).toMatchObject({ code: 0, reason: 'Credentials', sent: false });
    expect(error.message).not.toContain('canary');
  });

  it('refuses an answer that is not JSON', async () => {
    server.answer = (_received, response) => void response.writeHead(200).end('<html>');
    expect(await failure(server.client().get(WIDGETS, A))).toMatchObject({ code: 0, reason: 'BadAnswer', sent: true });
  });

  it('knows the time of the server, shared with derived clients', async () => {
    const clock = new FakeClock();
    const rest = server.client({ clock });
    expect(rest.serverNow()).toBeUndefined();
    server.answer = (_received, response) =>
      reply(response, 200, widget('a', 1), { date: 'Thu, 01 Jan 2026 12:00:00 GMT' });
    await rest.derive({ timeoutMs: 1_000, pool: 'lease' }).get(WIDGETS, A);
    await clock.advance(1_500);
    expect(rest.serverDate?.epochMs).toBe(Date.UTC(2026, 0, 1, 12));
    expect(rest.serverNow()).toBe(Date.UTC(2026, 0, 1, 12) + 1_500);
  });
});

describe('what is counted of a request', () => {
  it('is its answer, method and host, as client-go counts; a refusal and no answer too', async () => {
    const answers: string[] = [];
    const rest = server.client({
      onAnswer: ({ method, code, host }) => answers.push(`${method} ${code ?? 'none'} ${host}`),
    });
    const host = new URL(server.origin).host;
    await rest.get(WIDGETS, A);
    server.answer = (_received, response) => reply(response, 201, widget('a', 1));
    await rest.create(WIDGETS, 'ns', { metadata: { name: 'a' }, spec: {} });
    server.answer = (_received, response) => replyStatus(response, 403, 'Forbidden');
    await failure(rest.get(WIDGETS, A));
    server.answer = (_received, response) => response.destroy();
    await failure(rest.delete(WIDGETS, A));
    expect(answers).toEqual([`GET 200 ${host}`, `POST 201 ${host}`, `GET 403 ${host}`, `DELETE none ${host}`]);
  });
});
