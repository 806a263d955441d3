// Sessions as clients see them: cookie, logout, termination, and what others cannot see.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { find } from '../../unit/simulator/wire/support/soap-client.ts';
import type { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';
import { startTestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import type { TestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';

let vcenter: TestVCenter;
beforeAll(async () => {
  vcenter = await startTestVCenter(1, { clock: 'manual' });
});
afterAll(() => vcenter.stop());

const manager = ['SessionManager', 'SessionManager'] as const;
const currentTime = (client: SoapClient): ReturnType<SoapClient['call']> =>
  client.call('CurrentTime', 'ServiceInstance', 'ServiceInstance');

async function sessionKey(client: SoapClient): Promise<string> {
  const { body } = await client.call('Fetch', ...manager, '<prop>currentSession</prop>');
  return find(body, 'returnval', 'key')?.text ?? '';
}

describe('a session', () => {
  it('starts with a quoted cookie and ends with Logout', async () => {
    const client = await vcenter.client({ isLoggedIn: false });
    const { headers, body } = await client.login();
    expect(String(headers['set-cookie'])).toMatch(/^vmware_soap_session="[0-9a-f]{40}"; Path=\/; HttpOnly; Secure;$/);
    expect(find(body, 'returnval', 'userName')?.text).toBe('administrator@vsphere.local');
    expect((await currentTime(client)).status).toBe(200);
    expect((await client.login()).fault).toBe('InvalidLogin');
    expect((await client.call('Logout', ...manager)).status).toBe(200);
    expect((await currentTime(client)).fault).toBe('NotAuthenticated');
  });

  it('is found by the cookie in the SOAP header too', async () => {
    const client = await vcenter.client();
    const value = client.cookie?.split('"')[1] ?? '';
    client.cookie = undefined;
    const call = '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>';
    expect((await client.envelope(call)).fault).toBe('NotAuthenticated');
    expect(
      (await client.envelope(call, `<s:Header><vcSessionCookie>${value}</vcSessionCookie></s:Header>`)).status,
    ).toBe(200);
  });

  it('expires when it was idle for thirty minutes', async () => {
    const client = await vcenter.client();
    await vcenter.admin('POST', '/v1/clock', { advanceSeconds: 1790 });
    expect((await currentTime(client)).status).toBe(200);
    await vcenter.admin('POST', '/v1/clock', { advanceSeconds: 1801 });
    expect((await currentTime(client)).fault).toBe('NotAuthenticated');
  });

  it('is listed, asked for, and terminated by another', async () => {
    const [one, other] = [await vcenter.client(), await vcenter.client()];
    const key = await sessionKey(one);
    const isActive = async (): Promise<string | undefined> =>
      find(
        (
          await other.call(
            'SessionIsActive',
            ...manager,
            `<sessionID>${key}</sessionID><userName>administrator@vsphere.local</userName>`,
          )
        ).body,
        'returnval',
      )?.text;
    expect(await isActive()).toBe('true');
    expect((await one.call('TerminateSession', ...manager, `<sessionId>${key}</sessionId>`)).fault).toBe(
      'InvalidArgument',
    );
    const waiting = one.call('WaitForUpdatesEx', 'PropertyCollector', 'propertyCollector', '<options/>');
    await waitUntil('the long poll', () => vcenter.world.sessions.byKey(key)?.inFlight === 1);
    expect((await other.call('TerminateSession', ...manager, `<sessionId>${key}</sessionId>`)).status).toBe(200);
    expect((await waiting).fault).toBe('NotAuthenticated');
    expect(await isActive()).toBe('false');
    expect((await other.call('TerminateSession', ...manager, `<sessionId>${key}</sessionId>`)).fault).toBe('NotFound');
  });

  it('keeps its views and collectors to itself', async () => {
    const [one, other] = [await vcenter.client(), await vcenter.client()];
    const view = find((await one.call('CreateListView', 'ViewManager', 'ViewManager')).body, 'returnval')?.text ?? '';
    expect((await one.call('Fetch', 'ListView', view, '<prop>view</prop>')).status).toBe(200);
    expect((await other.call('Fetch', 'ListView', view, '<prop>view</prop>')).fault).toBe('ManagedObjectNotFound');
    expect((await other.call('DestroyView', 'ListView', view)).fault).toBe('ManagedObjectNotFound');
    await one.call('Logout', ...manager);
    expect([...vcenter.world.registry.ofType('View')]).toEqual([]);
  });

  it('is refused for five minutes after five wrong passwords', async () => {
    const client = await vcenter.client({ isLoggedIn: false });
    for (let i = 0; i < 5; i++) expect((await client.login(undefined, 'wrong')).fault).toBe('InvalidLogin');
    expect((await client.login()).fault).toBe('InvalidLogin');
    await vcenter.admin('POST', '/v1/clock', { advanceSeconds: 301 });
    expect((await client.login()).status).toBe(200);
  });
});
