// What one session may have at once: of everything it makes for itself so many, then a typed fault, and room again as soon
// as something is destroyed. Other sessions don't feel it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { find, SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';
import type { Reply } from '../../unit/simulator/wire/support/soap-client.ts';

let vcenter: RunningSimulator;
const clients: SoapClient[] = [];
beforeAll(async () => {
  const inventory = 'generate: { vms: 2, hosts: 1 }\n';
  vcenter = await startSimulator({ inventory, logger: createLogger('silent') });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await vcenter.stop();
});

async function login(): Promise<SoapClient> {
  const client = new SoapClient(vcenter.url);
  clients.push(client);
  expect((await client.login()).status).toBe(200);
  return client;
}

const collector = ['PropertyCollector', 'propertyCollector'] as const;
const FILTER =
  '<spec><propSet><type>Folder</type><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">group-d1</obj></objectSet></spec><partialUpdates>false</partialUpdates>';
const VIEW = '<container type="Folder">group-d1</container><recursive>false</recursive>';

interface Kind {
  readonly what: string;
  readonly limit: number;
  readonly fault: string;
  readonly make: (client: SoapClient) => Promise<Reply>;
  readonly destroy: readonly [method: string, type: string];
}

const KINDS: readonly Kind[] = [
  {
    what: 'property collectors',
    limit: 100,
    fault: 'LimitExceeded',
    make: (client) => client.call('CreatePropertyCollector', ...collector),
    destroy: ['DestroyPropertyCollector', 'PropertyCollector'],
  },
  {
    what: 'filters',
    limit: 1000,
    fault: 'LimitExceeded',
    make: (client) => client.call('CreateFilter', ...collector, FILTER),
    destroy: ['DestroyPropertyFilter', 'PropertyFilter'],
  },
  {
    what: 'views',
    limit: 1000,
    fault: 'LimitExceeded',
    make: (client) => client.call('CreateContainerView', 'ViewManager', 'ViewManager', VIEW),
    destroy: ['DestroyView', 'ContainerView'],
  },
  {
    what: 'collectors of events',
    limit: 32,
    fault: 'InvalidState',
    make: (client) => client.call('CreateCollectorForEvents', 'EventManager', 'EventManager', '<filter/>'),
    destroy: ['DestroyCollector', 'EventHistoryCollector'],
  },
  {
    what: 'collectors of tasks',
    limit: 32,
    fault: 'InvalidState',
    make: (client) => client.call('CreateCollectorForTasks', 'TaskManager', 'TaskManager', '<filter/>'),
    destroy: ['DestroyCollector', 'TaskHistoryCollector'],
  },
];

describe('a session', () => {
  it.each(KINDS)('has at most $limit $what', async ({ limit, fault, make, destroy: [method, type] }) => {
    const [client, other] = [await login(), await login()];
    const made: string[] = [];
    for (let i = 0; i < limit; i += 50) {
      const replies = await Promise.all(Array.from({ length: Math.min(50, limit - i) }, () => make(client)));
      for (const { body } of replies) made.push(find(body, 'returnval')?.text ?? '');
    }
    expect(new Set(made).size).toBe(limit);
    expect(await make(client)).toMatchObject({ status: 500, fault });
    expect((await make(other)).status).toBe(200);
    expect((await client.call(method, type, made[0] ?? '')).status).toBe(200);
    expect((await make(client)).status).toBe(200);
    expect(await make(client)).toMatchObject({ status: 500, fault });
    await client.call('Logout', 'SessionManager', 'SessionManager');
    expect(vcenter.world.registry.get({ type, value: made[1] ?? '' })).toBeUndefined();
  });

  it('gets room for the filters that a collector takes along', async () => {
    const client = await login();
    const own = async (): Promise<string> =>
      find((await client.call('CreatePropertyCollector', ...collector)).body, 'returnval')?.text ?? '';
    for (let round = 0; round < 3; round++) {
      const value = await own();
      const filters = Array.from({ length: 400 }, () =>
        client.call('CreateFilter', 'PropertyCollector', value, FILTER),
      );
      expect((await Promise.all(filters)).every(({ status }) => status === 200)).toBe(true);
      expect((await client.call('DestroyPropertyCollector', 'PropertyCollector', value)).status).toBe(200);
    }
  });

  it('is told of its limits by the managers', async () => {
    const client = await login();
    for (const type of ['EventManager', 'TaskManager']) {
      const { body } = await client.call('Fetch', type, type, '<prop>maxCollector</prop>');
      expect(find(body, 'returnval')?.text).toBe('32');
    }
  });

  it('can use the newest hundred of its clone tickets', async () => {
    const client = await login();
    const tickets: string[] = [];
    for (let i = 0; i < 101; i++) {
      const { body } = await client.call('AcquireCloneTicket', 'SessionManager', 'SessionManager');
      tickets.push(find(body, 'returnval')?.text ?? '');
    }
    const clone = async (ticket = ''): Promise<Reply> => {
      const another = new SoapClient(vcenter.url);
      clients.push(another);
      const args = `<cloneTicket>${ticket}</cloneTicket>`;
      return another.call('CloneSession', 'SessionManager', 'SessionManager', args);
    };
    expect((await clone(tickets[0])).fault).toBe('InvalidLogin');
    expect((await clone(tickets[1])).status).toBe(200);
    expect((await clone(tickets[1])).fault).toBe('InvalidLogin');
    expect((await clone(tickets[100])).status).toBe(200);
  });
});
