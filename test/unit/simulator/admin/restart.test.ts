// A vCenter that restarts, as its clients see it.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startSimulator } from '../../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import { SMALL } from '../model/inventories.ts';
import { SoapClient } from '../wire/support/soap-client.ts';

let vcenter: RunningSimulator;
let client: SoapClient;

beforeEach(async () => {
  vcenter = await startSimulator({ inventory: SMALL, clock: 'manual', logger: createLogger('silent') });
  client = new SoapClient(vcenter.url);
  await client.login();
});
afterEach(async () => {
  await client.close();
  await vcenter.stop();
});

async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${vcenter.adminUrl}${path}`, init)).json();
}

const time = (): ReturnType<SoapClient['call']> => client.call('CurrentTime', 'ServiceInstance', 'ServiceInstance');
const content = async (): Promise<string> =>
  (await client.call('RetrieveServiceContent', 'ServiceInstance', 'ServiceInstance')).text;

it('refuses connections until it is back, without its sessions, collectors and tasks, with its inventory', async () => {
  const before = [await content(), await admin('GET', '/v1/inventory')];
  const parent = [...vcenter.world.registry.ofType('VirtualMachine')].find((vm) => vm.get('name') === 'parent')?.value;
  const task = (await client.call('PowerOnVM_Task', 'VirtualMachine', parent ?? '')).body.children[0]?.text ?? '';
  const poll = client
    .call('WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector')
    .catch((error: unknown) => String(error));
  expect(await admin('POST', '/v1/restart', { downSeconds: 30 })).toEqual({});
  expect(await poll).toMatch(/closed|ECONNRESET|socket/);
  await expect(time()).rejects.toThrow(/ECONNREFUSED/);
  await admin('POST', '/v1/clock', { advanceSeconds: 29 });
  await expect(time()).rejects.toThrow(/ECONNREFUSED/);
  await admin('POST', '/v1/clock', { advanceSeconds: 1 });
  await waitUntil('the vCenter listens again', () =>
    time().then(
      () => true,
      () => false,
    ),
  );
  expect((await client.call('CancelTask', 'Task', task)).fault).toBe('NotAuthenticated');
  client.cookie = undefined;
  await client.login();
  expect((await client.call('CancelTask', 'Task', task)).fault).toBe('ManagedObjectNotFound');
  await admin('POST', '/v1/clock', { advanceSeconds: 60 });
  const vms = (inventory: unknown): unknown => (inventory as { vms: { name: string }[] }).vms.map((vm) => vm.name);
  expect([await content(), vms(await admin('GET', '/v1/inventory'))]).toEqual([before[0], vms(before[1])]);
  expect(await admin('GET', '/v1/inventory')).toMatchObject({
    vms: expect.arrayContaining([expect.objectContaining({ moRef: parent, power: 'poweredOn' })]),
  });
});

it('without a time down it cuts connections and listens on', async () => {
  const poll = client
    .call('WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector')
    .catch((error: unknown) => String(error));
  await waitUntil('the long poll runs', () => vcenter.world.sessions.list().some((session) => session.inFlight > 0));
  await admin('POST', '/v1/restart');
  expect(await poll).toMatch(/closed|ECONNRESET|socket/);
  expect((await time()).fault).toBe('NotAuthenticated');
});

it('stops while it is away, and says what is wrong with a request', async () => {
  expect(await admin('POST', '/v1/restart', { downSeconds: -1 })).toEqual({
    error: 'downSeconds must be a number from 0 on',
  });
  expect(await admin('POST', '/v1/restart', { down: 1 })).toEqual({ error: 'the body may have downSeconds' });
  await admin('POST', '/v1/restart', { downSeconds: 600 });
  await vcenter.stop();
  await expect(time()).rejects.toThrow(/ECONNREFUSED/);
});

it('is restored from a backup: away for a time, then with the inventory of then', async () => {
  expect(await admin('POST', '/v1/checkpoints', { name: 'monday' })).toEqual({});
  expect(await admin('GET', '/v1/checkpoints')).toEqual([
    { name: 'monday', time: new Date(vcenter.world.clock.now()).toISOString() },
  ]);
  const before = await admin('GET', '/v1/inventory');
  const folder = [...vcenter.world.registry.ofType('Folder')].find((object) => object.get('name') === 'labs')?.value;
  await client.call('CreateFolder', 'Folder', folder ?? '', '<name>since</name>');
  expect(await admin('POST', '/v1/restore', { checkpoint: 'monday', downSeconds: 10 })).toEqual({});
  await expect(time()).rejects.toThrow(/ECONNREFUSED/);
  await admin('POST', '/v1/clock', { advanceSeconds: 10 });
  await waitUntil('the vCenter listens again', () =>
    client.login().then(
      (reply) => reply.status === 200,
      () => false,
    ),
  );
  expect(await admin('GET', '/v1/inventory')).toEqual(before);
  expect([...vcenter.world.registry.ofType('Folder')].map((object) => object.get('name'))).not.toContain('since');
});

it.each([
  ['/v1/checkpoints', {}, 'name must be a text'],
  ['/v1/checkpoints', { name: 'a', at: 1 }, 'the body has no field at; it may have name'],
  ['/v1/restore', { checkpoint: 'b' }, 'there is no checkpoint b; there is none'],
  ['/v1/restore', { checkpoint: 'b', downSeconds: 'x' }, 'downSeconds must be a number from 0 on'],
])('refuses POST %s %j', async (path, body, error) => {
  expect(await admin('POST', path, body)).toEqual({ error });
});
