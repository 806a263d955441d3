// Power: states, what isn't possible in which, and what a guest without Tools doesn't do.
import { expect } from '@jest/globals';
import { api, types } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import type { Expectation } from './support/expectation.ts';
import type { Ref } from './support/element.ts';
import { machine } from './support/machines.ts';
import type { Target } from './support/target.ts';

const state = (target: Target, vm: Ref) => target.text(vm, 'runtime.powerState');
async function running(target: Target): Promise<Ref> {
  const vm = await machine(target);
  await target.done('PowerOnVM_Task', vm);
  return vm;
}

const wrong: readonly Expectation[] = (
  [
    ['PowerOffVM_Task', 'off'],
    ['SuspendVM_Task', 'off'],
    ['ResetVM_Task', 'off'],
    ['PowerOnVM_Task', 'on'],
  ] as const
).map(([method, power]) =>
  common(`${method} of a machine that is ${power} is InvalidPowerState`, async (target) => {
    expect(await target.fault(method, power === 'on' ? await running(target) : await machine(target))).toBe(
      'InvalidPowerState',
    );
  }),
);

export const powerRoom = room(
  'power',
  ...wrong,
  common('PowerOn makes it run', async (target) => {
    expect(await state(target, await running(target))).toBe('poweredOn');
  }),
  deviates(
    'a machine that runs has a boot time',
    'it has none',
    api(
      'VirtualMachineRuntimeInfo.bootTime: most recently powered on; cleared when the virtual machine is powered off',
    ),
    async (target) => {
      expect((await target.text(await running(target), 'runtime.bootTime')) ?? '').toMatch(/^\d{4}-/);
    },
  ),
  common('PowerOff ends it', async (target) => {
    const vm = await running(target);
    await target.done('PowerOffVM_Task', vm);
    expect(await state(target, vm)).toBe('poweredOff');
  }),
  common('Suspend, and on again', async (target) => {
    const vm = await running(target);
    await target.done('SuspendVM_Task', vm);
    expect(await state(target, vm)).toBe('suspended');
    await target.done('PowerOnVM_Task', vm);
    expect(await state(target, vm)).toBe('poweredOn');
  }),
  common('Reset leaves it running', async (target) => {
    const vm = await running(target);
    await target.done('ResetVM_Task', vm);
    expect(await state(target, vm)).toBe('poweredOn');
  }),
  common('summary.runtime shows the power state', async (target) => {
    expect(await target.text(await running(target), 'summary.runtime.powerState')).toBe('poweredOn');
  }),
  common('InvalidPowerState names the state that is', async (target) => {
    const failure = await target.failure('PowerOnVM_Task', await running(target));
    expect(failure?.at('existingState')).toBe('poweredOn');
  }),
  common('InvalidPowerState names the state that was wanted', async (target) => {
    const failure = await target.failure('PowerOffVM_Task', await machine(target));
    expect([failure?.at('requestedState'), failure?.at('existingState')]).toEqual(['poweredOff', 'poweredOff']);
  }),
  ...['ShutdownGuest', 'RebootGuest', 'StandbyGuest'].map((method) =>
    common(`${method} of a machine that is off is InvalidPowerState`, async (target) => {
      expect(await target.fault(method, await machine(target))).toBe('InvalidPowerState');
    }),
  ),
  vcenterOnly('ShutdownGuest powers off', types('VirtualMachine.ShutdownGuest'), async (target) => {
    const vm = await running(target);
    await target.must('ShutdownGuest', vm);
    expect(await target.settled(vm, 'runtime.powerState', /poweredOff/)).toBe('poweredOff');
  }),
  vcenterOnly(
    'methods that the state forbids are in disabledMethod',
    api('ManagedEntity.disabledMethod: operations that are disabled, given the current runtime state of the entity'),
    async (target) => {
      const methods = async (vm: Ref) => (await target.value(vm, 'disabledMethod'))?.children.map((each) => each.text);
      expect(await methods(await machine(target))).toContain('PowerOffVM_Task');
      expect(await methods(await running(target))).toContain('PowerOnVM_Task');
    },
  ),
  deviates(
    'a running guest with Tools gets an address by DHCP',
    'DHCP gives none',
    api('GuestInfo.ipAddress: primary IP address assigned to the guest operating system, if known'),
    async (target) => {
      const vm = await running(target);
      expect(await target.settled(vm, 'guest.ipAddress', /^10\.0\./, 3000)).toMatch(/^10\.0\./);
    },
  ),
);
