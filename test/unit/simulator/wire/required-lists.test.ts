// A required list without elements can't be told from one that was left out: the methods get an empty list, never none.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withDefaults } from '../../../../src/simulator/default-options.ts';
import { linkedCloneModel } from '../../../../src/simulator/simulator-model.ts';
import { startVCenter } from '../../../../src/simulator/start-vcenter.ts';
import type { RunningSimulator } from '../../../../src/simulator/start-vcenter.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { INSTANT } from '../model/inventories.ts';
import { SoapClient } from './support/soap-client.ts';

let vcenter: RunningSimulator;
let client: SoapClient;

beforeAll(async () => {
  vcenter = await startVCenter(
    withDefaults({ inventory: INSTANT, logger: createLogger('silent'), clock: 'manual' }),
    linkedCloneModel,
  );
  client = new SoapClient(vcenter.url);
  await client.login();
});

afterAll(async () => {
  await client.close();
  await vcenter.stop();
});

function idOf(type: string, name: string): string {
  for (const object of vcenter.world.registry.ofType(type)) if (object.get('name') === name) return object.ref.value;
  throw new Error(`no ${type} is called ${name}`);
}

interface Call {
  readonly method: string;
  readonly on: () => readonly [type: string, id: string];
  /** What goes before the list, and what behind. */
  readonly before?: string;
  readonly list: string;
  readonly behind?: string;
}

const PC = (): readonly [string, string] => ['PropertyCollector', 'propertyCollector'];
const CALLS: readonly Call[] = [
  { method: 'MoveIntoFolder_Task', on: () => ['Folder', idOf('Folder', 'labs')], list: 'list' },
  { method: 'RetrieveProperties', on: PC, list: 'specSet' },
  { method: 'RetrievePropertiesEx', on: PC, list: 'specSet', behind: '<options/>' },
  { method: 'RetrievePropertiesEx', on: PC, before: '<specSet>', list: 'propSet', behind: '</specSet><options/>' },
  {
    ...{ method: 'RetrievePropertiesEx', on: PC, before: '<specSet><propSet><type>Folder</type></propSet>' },
    ...{ list: 'objectSet', behind: '</specSet><options/>' },
  },
  {
    ...{ method: 'CreateFilter', on: PC, before: '<spec><propSet><type>Folder</type></propSet>' },
    ...{ list: 'objectSet', behind: '</spec><partialUpdates>false</partialUpdates>' },
  },
  { method: 'TerminateSession', on: () => ['SessionManager', 'SessionManager'], list: 'sessionId' },
  {
    ...{ method: 'HasPrivilegeOnEntities', on: () => ['AuthorizationManager', 'AuthorizationManager'] as const },
    ...{ list: 'entity', behind: '<sessionId>none</sessionId><privId>System.Read</privId>' },
  },
];

describe('a required list', () => {
  it.each(CALLS)('$method without $list is answered, with a result or a fault of its own', async (call) => {
    const { method, before = '', list, behind = '' } = call;
    for (const element of ['', `<${list} xsi:nil="true"/>`]) {
      const { status, fault } = await client.call(method, ...call.on(), before + element + behind);
      expect([element, fault]).not.toEqual([element, 'SystemError']);
      expect([200, 500]).toContain(status);
      expect(status === 500).toBe(fault !== undefined);
    }
  });
});
