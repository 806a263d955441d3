// What a vCenter's endpoint does with requests, good and bad, as seen on the wire.
import { once } from 'node:events';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { find, findAll, typeOf } from '../../unit/simulator/wire/support/soap-client.ts';
import type { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';
import { startTestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import type { TestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import { tinyInventory } from '../../unit/simulator/wire/support/tiny-model.ts';

let vcenter: TestVCenter;
let client: SoapClient;
let vm: string;

beforeAll(async () => {
  vcenter = await startTestVCenter(3);
  client = await vcenter.client();
  vm = tinyInventory(vcenter.world).machines[0]?.value ?? '';
});
afterAll(() => vcenter.stop());

const CLONE = '<folder type="Folder">group-v3</folder><name>a</name>';
const SPEC = '<spec><location/><template>false</template><powerOn>false</powerOn></spec>';

describe('service content', () => {
  it('says what this vCenter is and where its managers are, before login', async () => {
    const anonymous = await vcenter.client({ isLoggedIn: false });
    const { status, body } = await anonymous.call('RetrieveServiceContent', 'ServiceInstance', 'ServiceInstance');
    const about = find(body, 'returnval', 'about');
    expect([status, body.name, body.namespace]).toEqual([200, 'RetrieveServiceContentResponse', 'urn:vim25']);
    expect([find(about, 'apiType')?.text, find(about, 'version')?.text]).toEqual(['VirtualCenter', '8.0.3']);
    expect(find(about, 'instanceUuid')?.text).toBe(vcenter.world.instanceUuid);
    expect(find(body, 'returnval', 'searchIndex')?.text).toBe('SearchIndex');
  });

  it('serves the list of versions, whatever the slashes', async () => {
    for (const path of ['/sdk/vimServiceVersions.xml', '//sdk/vimServiceVersions.xml']) {
      const other = await vcenter.client({ isLoggedIn: false });
      expect((await other.get(path)).text).toContain('<name>urn:vim25</name><version>8.0.3.0</version>');
    }
  });
});

describe('strict reading', () => {
  it.each([
    ['an unknown element', `${CLONE}<colour>red</colour>${SPEC}`, 'Unexpected element tag "colour" seen'],
    ['a missing one', CLONE, 'Required parameter spec is missing from call of method CloneVM_Task'],
    [
      'a misplaced one',
      `<name>a</name><folder type="Folder">group-v3</folder>${SPEC}`,
      'Unexpected element tag "folder" seen',
    ],
    [
      'one missing deep inside',
      `${CLONE}<spec><location/><template>false</template></spec>`,
      'Required property powerOn is missing from data object of type VirtualMachineCloneSpec',
    ],
  ])('refuses %s with vCenter’s chain of contexts', async (_what, args, message) => {
    const { status, fault, faultString, text } = await client.call('CloneVM_Task', 'VirtualMachine', vm, args);
    expect([status, fault]).toEqual([500, 'InvalidRequest']);
    expect(faultString).toContain(message);
    expect(faultString).toContain('while parsing call information for method CloneVM_Task');
    expect(faultString).toContain('on object of type vim.VirtualMachine');
    expect(text).toContain('<InvalidRequestFault xmlns="urn:vim25" xsi:type="InvalidRequest">');
    expect(text).toContain('<faultcode>ServerFaultCode</faultcode>');
  });

  it('tells stale objects, unknown methods and wrong receivers apart', async () => {
    const stale = await client.call('PowerOnVM_Task', 'VirtualMachine', 'vm-999');
    expect([stale.fault, find(stale.body, 'detail', 'ManagedObjectNotFoundFault', 'obj')?.text]).toEqual([
      'ManagedObjectNotFound',
      'vm-999',
    ]);
    expect(
      (
        await client.call(
          'CloneVM_Task',
          'VirtualMachine',
          vm,
          `<folder type="Folder">group-v999</folder><name>a</name>${SPEC}`,
        )
      ).fault,
    ).toBe('ManagedObjectNotFound');
    const unknown = await client.call('LevitateVM_Task', 'VirtualMachine', vm);
    expect([unknown.fault, find(unknown.body, 'detail', 'MethodNotFoundFault', 'method')?.text]).toEqual([
      'MethodNotFound',
      'LevitateVM_Task',
    ]);
    expect((await client.call('PowerOnVM_Task', 'Folder', 'group-v3')).fault).toBe('MethodNotFound');
  });

  it('accepts any prefix', async () => {
    const { status } = await client.post(
      `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vim25"><S:Body><v:CurrentTime><v:_this type="ServiceInstance">ServiceInstance</v:_this></v:CurrentTime></S:Body></S:Envelope>`,
    );
    expect(status).toBe(200);
  });

  it.each([
    ['no XML', 'hello', 'Malformed XML'],
    ['truncated XML', '<a><b>', 'Malformed XML'],
    ['another root', '<a/>', 'Unexpected element tag "a" seen'],
    ['no body', '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"/>', 'one Body'],
    ['an entity declaration', '<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>', 'document type'],
  ])('answers %s with InvalidRequest', async (_what, text, message) => {
    const reply = await client.post(text);
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidRequest']);
    expect(reply.faultString).toContain(message);
  });
});

describe('HTTP', () => {
  it('refuses what is too large, of another type or encoding, and other methods and paths', async () => {
    expect((await client.post('x'.repeat(9 * 1024 * 1024)).catch(() => ({ status: 413 }))).status).toBe(413);
    expect((await client.post('<a/>', { 'content-type': 'application/json' })).status).toBe(415);
    expect((await client.post('<a/>', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await client.post(Buffer.from([0x3c, 0x61, 0xff, 0x3e]))).status).toBe(400);
    expect((await client.get('/sdk')).status).toBe(405);
    expect((await client.get('/elsewhere')).status).toBe(404);
  });

  it('refuses a request when it has read it: who still writes would be told that the connection broke', async () => {
    const options = { method: 'POST', rejectUnauthorized: false, headers: { 'content-length': 4 }, agent: false };
    const writing = request(`${new URL(vcenter.url).origin}/elsewhere`, options);
    let answered = false;
    const status = new Promise((resolve, reject) => {
      writing.once('error', reject).once('response', (reply) => {
        answered = true;
        reply.resume().once('end', () => resolve(reply.statusCode));
      });
    });
    const socket = once(writing, 'socket');
    writing.write('<a');
    await once(((await socket) as [TLSSocket])[0], 'secureConnect');
    for (let i = 0; i < 5; i += 1) await client.get('/elsewhere'); // by now the first part is there
    expect(answered).toBe(false);
    writing.end('/>');
    expect(await status).toBe(404);
  });

  it('takes several versions in SOAPAction and refuses what is none', async () => {
    const envelope = `<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime></E:Body></E:Envelope>`;
    for (const soapaction of ['urn:vim25/6.7', '"urn:vim25/8.0.3.0"', '"urn:vim25/9.1.0.0"', 'urn:vim25', '']) {
      expect([soapaction, (await client.post(envelope, { soapaction })).status]).toEqual([soapaction, 200]);
    }
    const refused = await client.post(envelope, { soapaction: '"urn:vim25/3.9"' });
    expect([refused.fault, refused.faultString]).toEqual([
      'InvalidRequest',
      expect.stringContaining('Unsupported version URI'),
    ]);
  });

  it('compresses large replies for those who ask', async () => {
    const large =
      '<specSet><propSet><type>ServiceInstance</type><pathSet>content</pathSet></propSet><objectSet><obj type="ServiceInstance">ServiceInstance</obj></objectSet></specSet>';
    const body = `<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body><RetrieveProperties xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this>${large.repeat(3)}</RetrieveProperties></E:Body></E:Envelope>`;
    const { headers } = await client.post(body, { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect((await client.post(body)).headers['content-encoding']).toBeUndefined();
    for (const [coding, answer] of [
      ['deflate, gzip;q=0.5', 'gzip'],
      ['gzip;q=0, identity', undefined],
      ['gzip; q=0.0', undefined],
    ] as const)
      expect((await client.post(body, { 'accept-encoding': coding })).headers['content-encoding']).toBe(answer);
  });
});

describe('faults of handlers', () => {
  it('carry their fields, typed', async () => {
    tinyInventory(vcenter.world).machines[1]?.set('runtime.powerState', 'poweredOn');
    const on = tinyInventory(vcenter.world).machines[1]?.value ?? '';
    const { status, fault, body } = await client.call('PowerOnVM_Task', 'VirtualMachine', on);
    expect([status, fault]).toEqual([500, 'InvalidPowerState']);
    expect(find(body, 'detail', 'InvalidPowerStateFault', 'existingState')?.text).toBe('poweredOn');
  });
});

describe('property reads', () => {
  const read = (type: string, value: string, path: string, options = ''): string =>
    `<specSet><propSet><type>${type}</type><pathSet>${path}</pathSet></propSet><objectSet><obj type="${type}">${value}</obj></objectSet></specSet><options>${options}</options>`;

  it('type what they answer, and answer a list nobody set with an empty one', async () => {
    const value = async (path: string): Promise<unknown> => {
      const { body } = await client.call(
        'RetrievePropertiesEx',
        'PropertyCollector',
        'propertyCollector',
        read('VirtualMachine', vm, path),
      );
      const val = find(body, 'returnval', 'objects', 'propSet', 'val');
      return [typeOf(val), val?.children.map((child) => [child.name, typeOf(child)]) ?? []];
    };
    expect(await value('runtime.powerState')).toEqual(['VirtualMachinePowerState', []]);
    expect(await value('config.hardware.memoryMB')).toEqual(['xsd:int', []]);
    expect(await value('parent')).toEqual(['ManagedObjectReference', []]);
    expect(await value('config.hardware.device')).toEqual([
      'ArrayOfVirtualDevice',
      [
        ['VirtualDevice', 'VirtualDisk'],
        ['VirtualDevice', 'VirtualVmxnet3'],
      ],
    ]);
    expect(await value('config.hardware.device[2000]')).toEqual(['VirtualDisk', expect.anything()]);
    expect(await value('configIssue')).toEqual(['ArrayOfEvent', []]);
    expect(await value('snapshot.rootSnapshotList')).toEqual([undefined, []]);
  });

  it('answer 200 with missingSet before login, but for what is public', async () => {
    const anonymous = await vcenter.client({ isLoggedIn: false });
    const refused = await anonymous.call(
      'RetrievePropertiesEx',
      'PropertyCollector',
      'propertyCollector',
      read('VirtualMachine', vm, 'name'),
    );
    expect([
      refused.status,
      typeOf(find(refused.body, 'returnval', 'objects', 'missingSet', 'fault', 'fault')),
    ]).toEqual([200, 'NotAuthenticated']);
    const open = await anonymous.call(
      'RetrievePropertiesEx',
      'PropertyCollector',
      'propertyCollector',
      read('ServiceInstance', 'ServiceInstance', 'content'),
    );
    expect(findAll(find(open.body, 'returnval', 'objects'), 'missingSet')).toEqual([]);
    expect((await anonymous.call('Fetch', 'VirtualMachine', vm, '<prop>name</prop>')).fault).toBe('NotAuthenticated');
    for (const [method, type, value] of [
      ['CreateContainerView', 'ViewManager', 'ViewManager'],
      ['PowerOnVM_Task', 'VirtualMachine', 'vm-999'],
      ['WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector'],
    ] as const) {
      expect([method, (await anonymous.call(method, type, value)).fault]).toEqual([method, 'NotAuthenticated']);
    }
  });

  it('come in pages with a token for one use by its own session', async () => {
    const folder =
      '<specSet><propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">group-v3</obj><skip>true</skip><selectSet xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path></selectSet></objectSet></specSet><options><maxObjects>2</maxObjects></options>';
    const first = await client.call('RetrievePropertiesEx', 'PropertyCollector', 'propertyCollector', folder);
    const token = find(first.body, 'returnval', 'token')?.text ?? '';
    expect(findAll(find(first.body, 'returnval'), 'objects')).toHaveLength(2);
    const stranger = await vcenter.client();
    const next = (who: SoapClient): ReturnType<SoapClient['call']> =>
      who.call('ContinueRetrievePropertiesEx', 'PropertyCollector', 'propertyCollector', `<token>${token}</token>`);
    expect((await next(stranger)).fault).toBe('InvalidArgument');
    const rest = find((await next(client)).body, 'returnval');
    expect([findAll(rest, 'objects').length, find(rest, 'token')]).toEqual([1, undefined]);
    expect((await next(client)).fault).toBe('InvalidArgument');
  });

  it('refuse properties that do not exist, and read one at a time with Fetch', async () => {
    expect(
      (
        await client.call(
          'RetrievePropertiesEx',
          'PropertyCollector',
          'propertyCollector',
          read('VirtualMachine', vm, 'colour'),
        )
      ).fault,
    ).toBe('InvalidProperty');
    const fetched = await client.call('Fetch', 'VirtualMachine', vm, '<prop>datastore</prop>');
    expect([typeOf(find(fetched.body, 'returnval')), find(fetched.body, 'returnval')?.children.length]).toEqual([
      'ArrayOfManagedObjectReference',
      1,
    ]);
  });
});
