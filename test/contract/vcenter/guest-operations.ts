// What is done inside a guest: the refusals before anything gets there.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { room, vcenterOnly } from './support/expectation.ts';
import { machine } from './support/machines.ts';
import type { Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { el, ref } from './support/wire.ts';

const LOGIN = el(
  'auth',
  '<interactiveSession>false</interactiveSession><username>root</username><password>guess</password>',
  'NamePasswordAuthentication',
);
async function processes(target: Target): Promise<Ref> {
  const found = await target.value(target.manager('guestOperationsManager'), 'processManager');
  if (found === undefined) throw new Error('no processManager');
  return found.ref;
}

// vcsim runs guest operations in containers; without one its answers are its own.
export const guestOperationRoom = room(
  'guest operations',
  vcenterOnly(
    'on a machine that is off they are InvalidPowerState',
    api('GuestProcessManager.ListProcessesInGuest: InvalidPowerState if the VM is not powered on'),
    async (target) => {
      const vm = await machine(target);
      expect(await target.fault('ListProcessesInGuest', await processes(target), ref('vm', vm) + LOGIN)).toBe(
        'InvalidPowerState',
      );
    },
  ),
  vcenterOnly(
    'a login that the guest doesn’t know is InvalidGuestLogin',
    api(
      'GuestProcessManager.ListProcessesInGuest: InvalidGuestLogin if the authentication information was not accepted',
    ),
    async (target) => {
      const vm = await machine(target);
      await target.done('PowerOnVM_Task', vm);
      await target.settled(vm, 'guest.toolsRunningStatus', /guestToolsRunning/);
      expect(await target.fault('ListProcessesInGuest', await processes(target), ref('vm', vm) + LOGIN)).toBe(
        'InvalidGuestLogin',
      );
    },
  ),
);
