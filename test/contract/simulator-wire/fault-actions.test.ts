// What a fault rule can do to a call besides faults and resets, over the wire against the whole model.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../src/simulator/start-simulator.ts';
import { modelOf } from '../../../src/simulator/inventory/model-state.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { INSTANT } from '../../unit/simulator/model/inventories.ts';
import { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';

let vcenter: RunningSimulator;
let client: SoapClient;

beforeAll(async () => {
  vcenter = await startSimulator({ inventory: INSTANT, clock: 'manual', logger: createLogger('silent') });
  client = new SoapClient(vcenter.url);
  await client.login();
});
afterAll(async () => {
  await client.close();
  await vcenter.stop();
});
afterEach(() => admin('DELETE', '/v1/faults'));

async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${vcenter.adminUrl}${path}`, init)).json();
}

const order = (rule: object): Promise<unknown> => admin('POST', '/v1/faults', rule);
const time = (): ReturnType<SoapClient['call']> => client.call('CurrentTime', 'ServiceInstance', 'ServiceInstance');
const CURRENT_TIME = { match: { method: 'CurrentTime' } };

function named(type: string, name: string): string {
  for (const object of vcenter.world.registry.ofType(type)) if (object.get('name') === name) return object.value;
  throw new Error(`no ${type} is called ${name}`);
}

describe('the reply', () => {
  it('is cut short, replaced, or called something else', async () => {
    const whole = (await time()).text;
    await order({ ...CURRENT_TIME, action: { body: { truncateAt: 4 } }, times: 1 });
    expect((await time()).text).toBe(whole.slice(0, 4));
    await order({ ...CURRENT_TIME, action: { body: { truncateAt: whole.length - 5 } }, times: 1 });
    await expect(time()).rejects.toThrow(/line \d/);
    await order({ ...CURRENT_TIME, action: { body: { garbage: true } }, times: 1 });
    expect((await time()).text).not.toContain('Envelope');
    const page = { contentType: 'text/html', body: { garbage: '<html>wait</html>' } };
    await order({ ...CURRENT_TIME, action: page, times: 1 });
    expect(await time()).toMatchObject({
      status: 200,
      text: '<html>wait</html>',
      headers: { 'content-type': 'text/html' },
    });
    await order({ ...CURRENT_TIME, action: { http: 502, ...page }, times: 1 });
    expect(await time()).toMatchObject({ status: 502, text: '<html>wait</html>' });
    expect((await time()).text).toContain('Envelope');
  });

  it('never comes', async () => {
    await order({ ...CURRENT_TIME, action: { hangSeconds: 0.05 } });
    await expect(time()).rejects.toThrow(/other side closed|ECONNRESET|socket/);
  });

  it('hangs no longer than the client waits, and holds nobody up', async () => {
    await order({ match: { method: 'WaitForUpdatesEx' }, action: { hangSeconds: 600 } });
    const other = new SoapClient(vcenter.url);
    await other.login();
    const poll = other.call('WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector');
    const lost = poll.catch((error: unknown) => String(error));
    expect((await time()).status).toBe(200);
    await other.close();
    expect(await lost).toMatch(/destroyed|closed|aborted/);
  });
});

describe('the rest', () => {
  it('ends the session before the call', async () => {
    await order({ match: { method: 'CurrentTime' }, action: { killSession: true }, times: 1 });
    const victim = new SoapClient(vcenter.url);
    await victim.login();
    const call = (): ReturnType<SoapClient['call']> =>
      victim.call('FindByUuid', 'SearchIndex', 'SearchIndex', '<uuid>x</uuid><vmSearch>true</vmSearch>');
    expect((await call()).status).toBe(200);
    expect((await victim.call('CurrentTime', 'ServiceInstance', 'ServiceInstance')).fault).toBe('NotAuthenticated');
    expect((await call()).fault).toBe('NotAuthenticated');
    expect((await time()).status).toBe(200);
    await victim.close();
  });

  it('loses the task while its work goes on', async () => {
    await order({ match: { method: 'PowerOnVM_Task' }, action: { loseTask: true } });
    const vm = named('VirtualMachine', 'parent');
    const task = (await client.call('PowerOnVM_Task', 'VirtualMachine', vm)).body.children[0]?.text ?? '';
    expect(task).toMatch(/^task-/);
    expect((await client.call('CancelTask', 'Task', task)).fault).toBe('ManagedObjectNotFound');
    await admin('POST', '/v1/clock', { advanceSeconds: 1 });
    expect(vcenter.world.registry.must({ type: 'VirtualMachine', value: vm }).get('runtime.powerState')).toBe(
      'poweredOn',
    );
  });

  it('floods the event log', async () => {
    const { events } = modelOf(vcenter.world);
    const before = events.nextKey;
    await order({ ...CURRENT_TIME, action: { eventFlood: 500 }, times: 1 });
    await time();
    expect(events.nextKey - before).toBe(500);
    expect(events.events.at(-1)?.data).toMatchObject({ $type: 'EventEx', key: before + 499 });
  });

  it('begins a condition for a time, and refuses one that cannot be', async () => {
    const condition = { condition: 'datastoreInaccessible', object: 'ds-2', forSeconds: 10 };
    expect(await order({ ...CURRENT_TIME, action: { condition: { ...condition, object: 'h1' } } })).toEqual({
      error: 'action.condition: datastoreInaccessible happens to a Datastore, not to a HostSystem',
    });
    await order({ ...CURRENT_TIME, action: { condition }, forSeconds: 5 });
    await time();
    const endsAt = new Date(vcenter.world.clock.now() + 10_000).toISOString();
    const ds = named('Datastore', 'ds-2');
    expect(await admin('GET', '/v1/conditions')).toEqual([{ condition: 'datastoreInaccessible', object: ds, endsAt }]);
    await admin('POST', '/v1/clock', { advanceSeconds: 10 });
    expect(await admin('GET', '/v1/conditions')).toEqual([]);
    await time(); // the rule's own five seconds are over
    expect([await admin('GET', '/v1/conditions'), await admin('GET', '/v1/faults')]).toEqual([[], []]);
  });
});
