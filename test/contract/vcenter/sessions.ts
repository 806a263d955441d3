// Login, logout, what an anonymous client may, and sessions as others see them.
import { expect } from '@jest/globals';
import { guide, types } from './support/sources.ts';
import { common, room, vcenterOnly } from './support/expectation.ts';
import { SERVICE } from './support/target.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const manager = (target: Target) => target.manager('sessionManager');

export const sessionRoom = room(
  'login and sessions',
  common('Login answers with the session of that user', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    expect(session?.at('key')).toMatch(/\S/);
    expect(session?.at('userName')?.toLowerCase()).toContain(target.account.username.split('@')[0]?.toLowerCase());
  }),
  ...['key', 'userName', 'fullName', 'loginTime', 'lastActiveTime', 'locale', 'messageLocale'].map((field) =>
    common(`a UserSession has ${field}`, async (target) => {
      const wire = await target.stranger();
      const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
      expect(session?.get(field)).toBeDefined();
    }),
  ),
  common('Login sets the cookie vmware_soap_session', async (target) => {
    const wire = await target.stranger(true);
    expect(wire.cookie).toMatch(/^vmware_soap_session=/);
  }),
  common('a wrong password is InvalidLogin', async (target) => {
    const wire = await target.stranger();
    const reply = await wire.call('Login', manager(target), target.credentials({ username: 'nobody', password: '' }));
    expect([reply.status, reply.fault]).toEqual([500, 'InvalidLogin']);
  }),
  common('Login on a live session is InvalidLogin', async (target) => {
    const wire = await target.stranger(true);
    expect((await wire.call('Login', manager(target), target.credentials())).fault).toBe('InvalidLogin');
  }),
  common('after Logout nothing works', async (target) => {
    const wire = await target.stranger(true);
    await wire.must('Logout', manager(target));
    const args = el('inventoryPath', '/DC0');
    const reply = await wire.call('FindByInventoryPath', target.manager('searchIndex'), args);
    expect([reply.status, reply.fault]).toEqual([500, 'NotAuthenticated']);
  }),
  common('without a session a search is NotAuthenticated', async (target) => {
    const wire = await target.stranger();
    const args = el('inventoryPath', '/DC0');
    const reply = await wire.call('FindByInventoryPath', target.manager('searchIndex'), args);
    expect(reply.fault).toBe('NotAuthenticated');
  }),
  common('NotAuthenticated is a NoPermission with its fields: it names object and privilege', async (target) => {
    const wire = await target.stranger();
    const { detail } = await wire.call('FindByInventoryPath', target.manager('searchIndex'), el('inventoryPath', '/'));
    expect(detail?.get('object')?.refType).toBe('SearchIndex');
    expect(detail?.at('privilegeId')).toBe('System.View');
  }),
  common('CurrentTime needs a session', async (target) => {
    const wire = await target.stranger();
    expect((await wire.call('CurrentTime', SERVICE)).fault).toBe('NotAuthenticated');
  }),
  common('without a session properties are missing, not faulted', async (target) => {
    const wire = await target.stranger();
    const folder = target.manager('rootFolder');
    const content = await target.content1(folder, ['name'], wire);
    expect(content?.get('propSet')).toBeUndefined();
    expect(content?.get('missingSet', 'fault', 'fault')?.xsiType).toBe('NotAuthenticated');
  }),
  common('currentSession is the client’s own', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    const content = await target.content1(manager(target), ['currentSession'], wire);
    expect(content?.at('propSet', 'val', 'key')).toBe(session?.at('key'));
  }),
  common('SessionIsActive knows a live session', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    const args = el('sessionID', session?.at('key')) + el('userName', session?.at('userName'));
    expect((await target.must('SessionIsActive', manager(target), args)).values[0]?.text).toBe('true');
  }),
  common('SessionIsActive is false for one that ended', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    await wire.must('Logout', manager(target));
    const args = el('sessionID', session?.at('key')) + el('userName', session?.at('userName'));
    expect((await target.must('SessionIsActive', manager(target), args)).values[0]?.text).toBe('false');
  }),
  common('TerminateSession ends another session', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    await target.must('TerminateSession', manager(target), el('sessionId', session?.at('key')));
    expect((await wire.call('CurrentTime', SERVICE)).fault).toBe('NotAuthenticated');
  }),
  common('TerminateSession of no session is NotFound', async (target) => {
    expect(await target.fault('TerminateSession', manager(target), el('sessionId', 'none'))).toBe('NotFound');
  }),
  common('TerminateSession of one’s own session is InvalidArgument', async (target) => {
    const own = await target.text(manager(target), 'currentSession.key');
    expect(await target.fault('TerminateSession', manager(target), el('sessionId', own))).toBe('InvalidArgument');
  }),
  common('the session list holds every session', async (target) => {
    const wire = await target.stranger();
    const [session] = (await wire.must('Login', manager(target), target.credentials())).values;
    const list = await target.value(manager(target), 'sessionList');
    expect(list?.children.map((each) => each.at('key'))).toContain(session?.at('key'));
  }),
  common('a clone ticket makes a second session of the same user', async (target) => {
    const [ticket] = (await target.must('AcquireCloneTicket', manager(target))).values;
    const wire = await target.stranger();
    const [session] = (await wire.must('CloneSession', manager(target), el('cloneTicket', ticket?.text))).values;
    expect(session?.at('userName')).toBe(await target.text(manager(target), 'currentSession.userName'));
  }),
  common('a clone ticket is good once', async (target) => {
    const [ticket] = (await target.must('AcquireCloneTicket', manager(target))).values;
    const args = el('cloneTicket', ticket?.text);
    await (await target.stranger()).must('CloneSession', manager(target), args);
    expect((await (await target.stranger()).call('CloneSession', manager(target), args)).fault).toBe('InvalidLogin');
  }),
  vcenterOnly(
    'NotAuthenticated ends what a session watched: its filters go with it',
    guide('PropertyCollector: filters last as long as the session that made them'),
    async (target) => {
      const wire = await target.stranger(true);
      const spec = `<spec><propSet><type>Folder</type><pathSet>name</pathSet></propSet><objectSet>${ref('obj', target.manager('rootFolder'))}</objectSet></spec><partialUpdates>false</partialUpdates>`;
      const [filter] = (await wire.must('CreateFilter', target.collector, spec)).values;
      if (filter === undefined) throw new Error('no filter');
      await wire.must('Logout', manager(target));
      expect(await target.fault('DestroyPropertyFilter', filter.ref)).toBe('ManagedObjectNotFound');
    },
  ),
  vcenterOnly('a user of whom nothing is known can’t log in', types('Login: InvalidLogin'), async (target) => {
    const wire = await target.stranger();
    const who = target.credentials({ username: 'stranger@vsphere.local', password: 'guess' });
    expect((await wire.call('Login', manager(target), who)).fault).toBe('InvalidLogin');
  }),
);
