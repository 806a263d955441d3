// The admin endpoint of the whole simulator: what disturbs the inventory rather than a call.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSimulator } from '../../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { INSTANT } from './inventories.ts';

let vcenter: RunningSimulator;

beforeAll(async () => {
  vcenter = await startSimulator({ inventory: INSTANT, logger: createLogger('silent') });
});
afterAll(() => vcenter.stop());

async function admin(method: string, path: string, body?: unknown): Promise<readonly [number, unknown]> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${vcenter.adminUrl}${path}`, init);
  return [response.status, await response.json()];
}

it('orders conditions and takes them back', async () => {
  const path = '/v1/conditions';
  const host = [...vcenter.world.registry.ofType('HostSystem')].find((object) => object.get('name') === 'h1');
  expect(await admin('POST', path, { condition: 'hostDisconnected', object: 'h1' })).toEqual([200, {}]);
  expect(await admin('GET', path)).toEqual([200, [{ condition: 'hostDisconnected', object: host?.value }]]);
  expect(host?.get('runtime.connectionState')).toBe('notResponding');
  const query = `${path}?condition=hostDisconnected&object=${String(host?.value)}`;
  expect(await admin('DELETE', query)).toEqual([200, { removed: true }]);
  expect(await admin('DELETE', query)).toEqual([200, { removed: false }]);
  expect(host?.get('runtime.connectionState')).toBe('connected');
});

it.each([
  [
    { condition: 'flood', object: 'h1' },
    'there is no condition flood; there are hostDisconnected, maintenance, datastoreInaccessible, vmInaccessible',
  ],
  [{ condition: 'maintenance', object: 'C1' }, 'maintenance happens to a HostSystem, not to a ClusterComputeResource'],
  [
    { condition: 'maintenance', object: 'nobody' },
    'object must be the name of an entity or the value of its reference',
  ],
  [
    { condition: 'maintenance', object: 'h1', for: 5 },
    'the body has no field for; it may have condition, object, forSeconds',
  ],
  [[], 'the body must be a JSON object'],
])('refuses the condition %j', async (body, error) => {
  expect(await admin('POST', '/v1/conditions', body)).toEqual([400, { error }]);
});

it('restarts: nobody is logged in any more, the inventory stays', async () => {
  vcenter.world.sessions.login(vcenter.username, vcenter.password, { locale: 'en', ipAddress: '', userAgent: 'test' });
  const machines = [...vcenter.world.registry.ofType('VirtualMachine')].length;
  expect(await admin('POST', '/v1/restart')).toEqual([200, {}]);
  expect(vcenter.world.sessions.list()).toEqual([]);
  expect([...vcenter.world.registry.ofType('VirtualMachine')]).toHaveLength(machines);
});
