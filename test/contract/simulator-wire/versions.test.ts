// One vCenter, clients of several versions of vim25: none is sent what its version doesn't know, and none may use it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessLab, ref } from '../../unit/simulator/access/support/access-lab.ts';
import { find, findAll, typeOf } from '../../unit/simulator/wire/support/soap-client.ts';
import type { Reply, SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';

const OUTSIDER = `
users: [{ name: ann@lab, password: simulator, role: ReadOnly }]
`;

let lab: AccessLab;
let client: SoapClient;

beforeAll(async () => {
  lab = await AccessLab.start(OUTSIDER);
  client = await lab.client('ann@lab');
});
afterAll(() => lab.stop());

/** As SoapClient.call, in one version. */
function callIn(version: string, method: string, type: string, value: string, args = ''): Promise<Reply> {
  const body = `<v:${method} xmlns:v="urn:vim25"><v:_this type="${type}">${value}</v:_this>${args}</v:${method}>`;
  return client.post(
    `<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>${body}</E:Body></E:Envelope>`,
    { soapaction: `"urn:vim25/${version}"` },
  );
}

function readIn(version: string, path: string): Promise<Reply> {
  const cluster = lab.at('/DC/host/C');
  return callIn(
    version,
    'RetrieveProperties',
    'PropertyCollector',
    'propertyCollector',
    `<specSet xmlns="urn:vim25"><propSet><type>ClusterComputeResource</type>${path}</propSet>` +
      `<objectSet>${ref('obj', cluster)}</objectSet></specSet>`,
  );
}

describe('the versions', () => {
  it('are listed in full', async () => {
    const { text } = await client.get('/sdk/vimServiceVersions.xml');
    const versions = [...text.matchAll(/<version>([^<]+)<\/version>/g)].map((match) => match[1]);
    expect([versions[0], versions.at(-1)]).toEqual(['8.0.3.0', '2.5']);
    expect(versions).toEqual(
      expect.arrayContaining(['8.0.0.1', '7.0.3.2', '7.0.3.0', '7.0.0.2', '6.7.3', '5.5', '2.5u2']),
    );
    for (const version of versions) {
      const reply = await callIn(String(version), 'CurrentTime', 'ServiceInstance', 'ServiceInstance');
      expect([version, reply.status]).toEqual([version, 200]);
    }
  });

  it.each(['3.9', '8.0.', 'm5CA1EF4D', '2.0'])('are no others: %s', async (version) => {
    const reply = await callIn(version, 'CurrentTime', 'ServiceInstance', 'ServiceInstance');
    expect([reply.fault, reply.faultString]).toEqual([
      'InvalidRequest',
      expect.stringContaining('Unsupported version URI'),
    ]);
  });
});

describe('a client of an older version', () => {
  it('gets no newer field', async () => {
    const patchLevel = async (version: string): Promise<string | undefined> => {
      const reply = await callIn(version, 'RetrieveServiceContent', 'ServiceInstance', 'ServiceInstance');
      return find(reply.body, 'returnval', 'about', 'patchLevel')?.text;
    };
    expect([await patchLevel('7.0.1.1'), await patchLevel('7.0.2.0'), await patchLevel('9.0.0.0')]).toEqual([
      undefined,
      '00000',
      '00000',
    ]);
  });

  it('gets no newer field in a fault', async () => {
    const refused = async (version: string): Promise<readonly (string | undefined)[]> => {
      const reply = await callIn(version, 'PowerOnVM_Task', 'VirtualMachine', lab.at('/DC/vm/open/seen').value);
      const fault = find(reply.body, 'detail', 'NoPermissionFault');
      return [find(fault, 'privilegeId')?.text, find(fault, 'missingPrivileges', 'privilegeIds')?.text];
    };
    const privilege = 'VirtualMachine.Interact.PowerOn';
    expect(await refused('7.0.3.1')).toEqual([privilege, undefined]);
    expect(await refused('7.0.3.2')).toEqual([privilege, privilege]);
  });

  it('gets the nearest older type instead of a newer one', async () => {
    const rule = { match: { method: 'CurrentTime' }, action: { fault: 'PasswordExpired' }, times: 2 };
    await fetch(`${lab.simulator.adminUrl}/v1/faults`, { method: 'POST', body: JSON.stringify(rule) });
    const fault = async (version: string): Promise<string | undefined> =>
      (await callIn(version, 'CurrentTime', 'ServiceInstance', 'ServiceInstance')).fault;
    expect([await fault('6.7.1'), await fault('6.7.2')]).toEqual(['InvalidLogin', 'PasswordExpired']);
  });

  it('has no newer property', async () => {
    const path = '<pathSet>summaryEx</pathSet>';
    expect((await readIn('7.0.1.0', path)).fault).toBe('InvalidProperty');
    const summary = find((await readIn('7.0.1.1', path)).body, 'returnval', 'propSet', 'val');
    expect(typeOf(summary)).toBe('ClusterComputeResourceSummary');
    const names = async (version: string): Promise<readonly (string | undefined)[]> => {
      const reply = await readIn(version, '<all>true</all>');
      return findAll(find(reply.body, 'returnval'), 'propSet').map((property) => find(property, 'name')?.text);
    };
    expect(await names('7.0.1.0')).not.toContain('summaryEx');
    expect(await names('7.0.1.1')).toContain('summaryEx');
  });

  it('has no property of a newer field', async () => {
    const read = (version: string): Promise<Reply> =>
      callIn(
        version,
        'RetrieveProperties',
        'PropertyCollector',
        'propertyCollector',
        '<specSet xmlns="urn:vim25"><propSet><type>ServiceInstance</type><pathSet>content.about.patchLevel</pathSet></propSet>' +
          '<objectSet><obj type="ServiceInstance">ServiceInstance</obj></objectSet></specSet>',
      );
    expect((await read('7.0.1.1')).fault).toBe('InvalidProperty');
    expect((await read('7.0.2.0')).fault).toBeUndefined();
  });

  it('has no newer method and no newer parameter', async () => {
    const privileges = (version: string): Promise<Reply> =>
      callIn(
        version,
        'HasPrivilegeOnEntities',
        'AuthorizationManager',
        'AuthorizationManager',
        `<entity xmlns="urn:vim25" type="Folder">group-d1</entity><sessionId xmlns="urn:vim25">x</sessionId>`,
      );
    expect([(await privileges('5.1')).fault, (await privileges('5.5')).fault]).toEqual([
      'MethodNotFound',
      'InvalidArgument',
    ]);
    const search = (version: string): Promise<Reply> =>
      callIn(
        version,
        'FindByUuid',
        'SearchIndex',
        'SearchIndex',
        '<uuid xmlns="urn:vim25">a</uuid><vmSearch xmlns="urn:vim25">true</vmSearch><instanceUuid xmlns="urn:vim25">true</instanceUuid>',
      );
    expect([(await search('2.5u2')).fault, (await search('4.0')).fault]).toEqual(['InvalidRequest', undefined]);
  });
});

describe('a host', () => {
  it('tells its hardware and where its managers are', async () => {
    const host = lab.at('/DC/host/C/h1');
    const read = async (path: string): Promise<Reply> =>
      client.call(
        'RetrieveProperties',
        'PropertyCollector',
        'propertyCollector',
        `<specSet><propSet><type>HostSystem</type><pathSet>${path}</pathSet></propSet><objectSet>${ref('obj', host)}</objectSet></specSet>`,
      );
    const hardware = find((await read('hardware')).body, 'returnval', 'propSet', 'val');
    expect(typeOf(hardware)).toBe('HostHardwareInfo');
    expect(find(hardware, 'systemInfo', 'uuid')?.text).toBe(host.get('summary.hardware.uuid'));
    expect(find(hardware, 'memorySize')?.text).toBe(String(host.get('summary.hardware.memorySize')));
    expect(findAll(hardware, 'cpuPkg').flatMap((cpu) => findAll(cpu, 'threadId'))).toHaveLength(64);
    const managers = find((await read('configManager')).body, 'returnval', 'propSet', 'val');
    expect(find(managers, 'storageSystem')?.text).toBe(host.value.replace('host', 'storageSystem'));
  });
});
