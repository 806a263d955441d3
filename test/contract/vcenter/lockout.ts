// Accounts that lock after bad passwords. Nobody tells a client that an account is locked: the fault is the same.
import { expect } from '@jest/globals';
import { guide } from './support/sources.ts';
import { ownRoom, vcenterOnly } from './support/expectation.ts';
import type { Target } from './support/target.ts';

const POLICY =
  'vSphere Authentication, “Edit the vCenter Single Sign-On Lockout Policy”: 5 failed attempts within 180 s lock an account for 300 s';

async function login(target: Target, username: string, password: string): Promise<string> {
  const wire = await target.stranger();
  const reply = await wire.call('Login', target.manager('sessionManager'), target.credentials({ username, password }));
  return reply.fault ?? 'session';
}
async function fail(target: Target, username: string, times: number): Promise<void> {
  for (let attempt = 0; attempt < times; attempt++) await login(target, username, 'wrong');
}

export const lockoutRoom = ownRoom(
  'locked accounts',
  { inventory: 'slow.yaml', flags: { clock: 'manual' } },
  vcenterOnly(
    'after five bad passwords the right one is refused too, until 300 s have passed',
    POLICY,
    async (target) => {
      const user = 'clumsy@vsphere.local';
      await fail(target, user, 5);
      expect(await login(target, user, 'right')).toBe('InvalidLogin');
      await target.order('/v1/clock', { advanceSeconds: 299 });
      expect(await login(target, user, 'right')).toBe('InvalidLogin');
      await target.order('/v1/clock', { advanceSeconds: 2 });
      expect(await login(target, user, 'right')).toBe('session');
    },
  ),
  vcenterOnly('a good login in between begins anew', POLICY, async (target) => {
    const user = 'forgetful@vsphere.local';
    await fail(target, user, 4);
    expect(await login(target, user, 'right')).toBe('session');
    await fail(target, user, 4);
    expect(await login(target, user, 'right')).toBe('session');
  }),
  vcenterOnly('failures that are more than 180 s apart don’t add up', POLICY, async (target) => {
    const user = 'slow@vsphere.local';
    await fail(target, user, 4);
    await target.order('/v1/clock', { advanceSeconds: 181 });
    await fail(target, user, 1);
    expect(await login(target, user, 'right')).toBe('session');
  }),
  vcenterOnly('a locked account’s sessions go on, and others log in', POLICY, async (target) => {
    const wire = await target.login('slow@vsphere.local', 'right');
    await fail(target, 'slow@vsphere.local', 5);
    expect((await wire.call('CurrentTime', { type: 'ServiceInstance', value: 'ServiceInstance' })).status).toBe(200);
    expect(await login(target, 'forgetful@vsphere.local', 'right')).toBe('session');
  }),
  vcenterOnly(
    'InvalidLogin doesn’t tell a locked account from a wrong password or a stranger',
    guide('SessionManager.Login: InvalidLogin'),
    async (target) => {
      const message = async (username: string, password: string) => {
        const wire = await target.stranger();
        return (await wire.call('Login', target.manager('sessionManager'), target.credentials({ username, password })))
          .message;
      };
      await fail(target, 'clumsy@vsphere.local', 5);
      const locked = await message('clumsy@vsphere.local', 'right');
      expect([await message('forgetful@vsphere.local', 'wrong'), await message('nobody@vsphere.local', 'x')]).toEqual([
        locked,
        locked,
      ]);
    },
  ),
);
