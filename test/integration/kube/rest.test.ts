// The REST client against the real API server: verbs, what errors look like, preconditions, and the number of connections.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../src/kube/api-error.ts';
import type { Resource } from '../../../src/kube/objects.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { CONFIG_MAPS, connect, connectThroughProxy } from './support/connection.ts';
import type { ConfigMap, Connection } from './support/connection.ts';

/** As many as there are for everything but the Lease and watches. */
const READ_CONNECTIONS = 32;

let namespace: string;
let connection: Connection;
const writes: string[] = [];

beforeAll(async () => {
  namespace = await makeNamespace('kube-rest');
  const onWrite = (_resource: Resource, key: { name: string }, version: string): unknown =>
    writes.push(`${key.name} ${version}`);
  connection = await connect(await controlPlane(), { onWrite });
});
afterAll(() => connection.close());

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

describe('RestClient and the API server', () => {
  it('creates, reads, patches, replaces and deletes', async () => {
    const { rest } = connection;
    const key = { namespace, name: 'verbs' };
    writes.length = 0;
    const created = await rest.create(CONFIG_MAPS, namespace, {
      metadata: { name: 'verbs', labels: { test: 'verbs' } },
      data: { n: '1' },
    });
    const patched = await rest.patch(CONFIG_MAPS, key, { data: { n: '2' } }, { type: 'merge' });
    const replaced = await rest.replace(CONFIG_MAPS, { ...patched, data: { n: '3' } });
    expect((await rest.get(CONFIG_MAPS, key)).data).toEqual({ n: '3' });
    expect(writes).toEqual([created, patched, replaced].map((object) => `verbs ${object.metadata.resourceVersion}`));
    const listed = await rest.listAll(CONFIG_MAPS, { namespace, labelSelector: 'test=verbs' });
    expect(listed.map((object) => [object.kind, object.apiVersion, object.metadata.name])).toEqual([
      ['ConfigMap', 'v1', 'verbs'],
    ]);
    expect((await failure(rest.replace(CONFIG_MAPS, patched))).conflict).toBe(true);
    expect((await failure(rest.delete(CONFIG_MAPS, key, { uid: 'another' }))).conflict).toBe(true);
    expect((await failure(rest.delete(CONFIG_MAPS, key, { resourceVersion: '1' }))).conflict).toBe(true);
    expect(
      await rest.delete(CONFIG_MAPS, key, {
        uid: created.metadata.uid,
        resourceVersion: replaced.metadata.resourceVersion,
      }),
    ).toBeUndefined();
    expect((await failure(rest.get(CONFIG_MAPS, key))).notFound).toBe(true);
  });

  it('applies with its field manager and refuses to take over fields without force', async () => {
    const { rest } = connection;
    const key = { namespace, name: 'applied' };
    await rest.create(CONFIG_MAPS, namespace, { metadata: { name: 'applied' }, data: { n: '1' } });
    const body = { apiVersion: 'v1', kind: 'ConfigMap', data: { n: '2' } };
    const refused = await failure(rest.patch(CONFIG_MAPS, key, body, { type: 'apply' }));
    expect([refused.code, refused.conflict]).toEqual([409, true]);
    const applied = await rest.patch(CONFIG_MAPS, key, body, { type: 'apply', force: true });
    expect(applied.data).toEqual({ n: '2' });
    expect(JSON.stringify(applied)).toContain('"manager":"kube-test"');
  });

  it('gives the object of a delete that finalizers hold', async () => {
    const { rest } = connection;
    const key = { namespace, name: 'held' };
    await rest.create(CONFIG_MAPS, namespace, { metadata: { name: 'held', finalizers: ['kube.test/hold'] } });
    const deleting = await rest.delete(CONFIG_MAPS, key);
    expect(deleting?.metadata.deletionTimestamp).toBeDefined();
    expect(writes.at(-1)).toBe(`held ${deleting?.metadata.resourceVersion}`);
    await rest.patch(CONFIG_MAPS, key, { metadata: { finalizers: null } }, { type: 'merge' });
  });

  it('tells a missing object from a missing resource', async () => {
    const { rest } = connection;
    const nowhere: Resource<ConfigMap> = { ...CONFIG_MAPS, group: 'nowhere.test', plural: 'things' };
    const unknown: Resource<ConfigMap> = { ...CONFIG_MAPS, plural: 'things' };
    for (const resource of [nowhere, unknown]) {
      const error = await failure(rest.get(resource, { namespace, name: 'x' }));
      expect([error.code, error.notFound, error.resourceMissing]).toEqual([404, false, true]);
    }
  });

  it('keeps the message of a refusal short and useful', async () => {
    const error = await failure(connection.rest.create(CONFIG_MAPS, namespace, { metadata: { name: 'NOT_A_NAME' } }));
    expect([error.code, error.conflict, error.failedTest]).toEqual([422, false, false]);
    expect(error.message).toContain(`POST configmaps ${namespace}/NOT_A_NAME: 422 Invalid`);
    expect(error.message.length).toBeLessThan(700);
  });

  it('knows the server time', () => {
    expect(Math.abs((connection.rest.serverNow() ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('never opens more than 32 connections for 2,000 parallel reads', async () => {
    const proxied = await connectThroughProxy(await controlPlane(), { timeoutMs: 60_000 });
    try {
      await proxied.rest.create(CONFIG_MAPS, namespace, { metadata: { name: 'busy' } });
      const reads = Array.from({ length: 2_000 }, () => proxied.rest.get(CONFIG_MAPS, { namespace, name: 'busy' }));
      await Promise.all(reads);
      expect(proxied.proxy.accepted).toBeLessThanOrEqual(32);
      expect(proxied.proxy.mostOpen).toBeGreaterThan(1);
    } finally {
      await proxied.close();
    }
  }, 120_000);

  it('does not let the lease wait behind a thousand reads', async () => {
    const proxied = await connectThroughProxy(await controlPlane(), { timeoutMs: 60_000 });
    try {
      const read = (): Promise<unknown> => proxied.rest.listAll(CONFIG_MAPS, { namespace });
      await Promise.all(Array.from({ length: 500 }, read)); // all connections are made by then
      let done = 0;
      proxied.proxy.freeze(); // no read is answered
      const busy = Array.from({ length: 1_000 }, async () => {
        await read();
        done += 1;
      });
      await waitUntil('the connections of the reads', () => proxied.proxy.open >= READ_CONNECTIONS);
      proxied.proxy.welcome();
      await proxied.rest.derive({ pool: 'lease' }).list(CONFIG_MAPS, { namespace, limit: 1 });
      expect(done).toBe(0);
      proxied.proxy.resume();
      await Promise.all(busy);
    } finally {
      await proxied.close();
    }
  }, 120_000);
});
