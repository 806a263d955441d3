// Inventory operations as a client sends them, and the history as it comes back: over the wire, with the model of linked clones.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withDefaults } from '../../../../src/simulator/default-options.ts';
import { linkedCloneModel } from '../../../../src/simulator/simulator-model.ts';
import { startVCenter } from '../../../../src/simulator/start-vcenter.ts';
import type { RunningSimulator } from '../../../../src/simulator/start-vcenter.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { INSTANT } from '../model/inventories.ts';
import { SoapClient } from './support/soap-client.ts';
import type { Reply } from './support/soap-client.ts';

let vcenter: RunningSimulator;
let client: SoapClient;

beforeEach(async () => {
  vcenter = await startVCenter(
    withDefaults({ inventory: INSTANT, logger: createLogger('silent'), clock: 'manual' }),
    linkedCloneModel,
  );
  client = new SoapClient(vcenter.url);
  await client.login();
});

afterEach(async () => {
  await client.close();
  await vcenter.stop();
});

function named(type: string, name: string): MoRef {
  for (const object of vcenter.world.registry.ofType(type)) if (object.get('name') === name) return object.ref;
  throw new Error(`no ${type} is called ${name}`);
}

function element(name: string, { type, value }: MoRef): string {
  return `<${name} type="${type}">${value}</${name}>`;
}

function post(method: string, inner: string): Promise<Reply> {
  return client.envelope(`<${method} xmlns="urn:vim25">${inner}</${method}>`);
}

/** The reference that a collector is known by. */
async function collector(method: string, manager: MoRef, filter: string): Promise<MoRef> {
  const { text } = await post(method, `${element('_this', manager)}<filter>${filter}</filter>`);
  const match = /<returnval type="(\w+)"[^>]*>([^<]+)</.exec(text);
  if (match === null) throw new Error(text);
  return { type: match[1] as string, value: match[2] as string };
}

describe('over the wire', () => {
  it('a VM is made with a controller and a disk, and its task is in the history when its object is gone', async () => {
    const pool = vcenter.world.registry.must(named('ClusterComputeResource', 'C1')).get('resourcePool') as MoRef;
    const config = `<config><name>wired</name><files><vmPathName>[ds-1]</vmPathName></files><deviceChange><operation>add</operation><device xsi:type="ParaVirtualSCSIController"><key>-1</key><busNumber>0</busNumber><sharedBus>noSharing</sharedBus></device></deviceChange><deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type="VirtualDisk"><key>-2</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName><diskMode>persistent</diskMode><thinProvisioned>true</thinProvisioned></backing><controllerKey>-1</controllerKey><unitNumber>2</unitNumber><capacityInKB>1024</capacityInKB></device></deviceChange></config>`;
    const made = await post(
      'CreateVM_Task',
      `${element('_this', named('Folder', 'labs'))}${config}${element('pool', pool)}`,
    );
    expect(made.fault).toBeUndefined();
    await vcenter.world.clock.advance(1000);
    const vm = vcenter.world.registry.must(named('VirtualMachine', 'wired'));
    expect(vm.get('config.hardware.device[2002]')).toMatchObject({ controllerKey: 1000, unitNumber: 2 });
    await vcenter.world.clock.advance(700_000);
    const manager = { type: 'TaskManager', value: 'TaskManager' };
    const tasks = await collector('CreateCollectorForTasks', manager, '<state>success</state>');
    const page = await post('ReadNextTasks', `${element('_this', tasks)}<maxCount>10</maxCount>`);
    expect(page.text).toContain('<name>CreateVM_Task</name>');
    expect(page.text).toContain(`<result type="VirtualMachine" xsi:type="ManagedObjectReference">${vm.value}</result>`);
  });

  it('results of tasks that are lists of data say what they are', async () => {
    const args = `${element('vm', named('VirtualMachine', 'parent'))}${element('folder', named('Folder', 'labs'))}<name>x</name><spec><location/><template>false</template><powerOn>false</powerOn></spec>`;
    const started = await post(
      'CheckClone_Task',
      `<_this type="VirtualMachineProvisioningChecker">ProvChecker</_this>${args}`,
    );
    expect(started.fault).toBeUndefined();
    await vcenter.world.clock.advance(1000);
    const tasks = await collector('CreateCollectorForTasks', { type: 'TaskManager', value: 'TaskManager' }, '');
    const page = await post('ReadNextTasks', `${element('_this', tasks)}<maxCount>10</maxCount>`);
    expect(page.text).toMatch(/<result xsi:type="ArrayOfCheckResult"/);
  });

  it('a login is an event, and so is the one that was refused', async () => {
    const wrong = `<_this type="SessionManager">SessionManager</_this><userName>nobody</userName><password>x</password>`;
    const stranger = new SoapClient(vcenter.url);
    const before = client;
    client = stranger;
    expect((await post('Login', wrong)).fault).toBe('InvalidLogin');
    client = before;
    await stranger.close();
    const events = await collector('CreateCollectorForEvents', { type: 'EventManager', value: 'EventManager' }, '');
    const page = await post('ReadNextEvents', `${element('_this', events)}<maxCount>10</maxCount>`);
    expect(page.text).toContain('xsi:type="UserLoginSessionEvent"');
    expect(page.text).toContain('xsi:type="BadUsernameSessionEvent"');
  });
});
