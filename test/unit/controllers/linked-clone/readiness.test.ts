// When a clone is ready: what each policy and each requirement asks for, the step it's at until then, and when waiting
// becomes a failure.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findReason } from '../../../../src/api/reasons.ts';
import type { PowerPolicy, ReadinessRequirement } from '../../../../src/api/types.generated.ts';
import type { ReadinessInput } from '../../../../src/controllers/linked-clone/readiness.ts';
import {
  customizationState,
  evaluateReadiness,
  guestReady,
  requirementsOf,
} from '../../../../src/controllers/linked-clone/readiness.ts';
import type { VmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { vmView } from '../support/vm.ts';

type Spec = ReadinessInput['spec'];

const CUSTOMIZED: Spec = { customization: { specName: 'lab' } };

function evaluate(vm: Partial<VmView>, spec: Spec = {}, fields: Partial<ReadinessInput> = {}) {
  return evaluateReadiness({ spec, vm: vmView(vm), poweredOnSeconds: 10, wasReady: false, ...fields });
}

describe('requirementsOf', () => {
  it.each<[string, Spec, VmView['powerState'], ReadinessRequirement[]]>([
    ['nothing is said', {}, 'poweredOff', ['PoweredOn']],
    ['there is a customization', CUSTOMIZED, 'poweredOff', ['PoweredOn', 'CustomizationSucceeded']],
    ['requirements are given', { ...CUSTOMIZED, readiness: { require: ['IPAssigned'] } }, 'poweredOn', ['IPAssigned']],
    ['nothing is required, explicitly', { ...CUSTOMIZED, readiness: { require: [] } }, 'poweredOn', []],
    ['only the timeout is given', { readiness: { timeoutSeconds: 5 } }, 'poweredOn', ['PoweredOn']],
    [
      'it is kept off',
      { ...CUSTOMIZED, powerPolicy: 'Off', readiness: { require: ['ToolsRunning'] } },
      'poweredOn',
      [],
    ],
    ['it is left alone and off', { powerPolicy: 'Manual', readiness: { require: ['ToolsRunning'] } }, 'poweredOff', []],
    ['it is left alone and on', { powerPolicy: 'Manual' }, 'poweredOn', ['PoweredOn']],
  ])('when %s', (_, spec, powerState, expected) => {
    expect(requirementsOf(spec, vmView({ powerState }))).toEqual(expected);
  });
});

describe('customizationState', () => {
  it.each([
    ['TOOLSDEPLOYPKG_PENDING', 'pending'],
    ['TOOLSDEPLOYPKG_RUNNING', 'running'],
    ['TOOLSDEPLOYPKG_SUCCEEDED', 'succeeded'],
    ['TOOLSDEPLOYPKG_FAILED', 'failed'],
    ['TOOLSDEPLOYPKG_IDLE', 'none'],
    [undefined, 'none'],
  ])('of %s is %s', (customization, expected) => {
    expect(customizationState(vmView({ customization }))).toBe(expected);
  });
});

describe('evaluateReadiness', () => {
  it.each<[string, Partial<VmView>, Spec, string]>([
    ['runs, with its address', {}, {}, '"web-01" runs at 10.0.0.5'],
    ['runs, without one', { ipAddress: undefined }, {}, '"web-01" runs'],
    ['is kept off', { powerState: 'poweredOff' }, { powerPolicy: 'Off' }, '"web-01" is there, powered off'],
    ['is customized', { customization: 'TOOLSDEPLOYPKG_SUCCEEDED' }, CUSTOMIZED, '"web-01" runs at 10.0.0.5'],
  ])('is ready when it %s', (_, vm, spec, message) => {
    expect(evaluate(vm, spec)).toEqual({ ready: true, reason: 'Ready', message });
  });

  const require = (...required: ReadinessRequirement[]): Spec => ({ readiness: { require: required } });
  it.each<[string, Partial<VmView>, Spec, string]>([
    ['is off', { powerState: 'poweredOff' }, {}, 'PoweringOn'],
    ['is suspended', { powerState: 'suspended' }, {}, 'PoweringOn'],
    ['has a power state that is not known', { powerState: undefined }, {}, 'PoweringOn'],
    ['has no tools', { toolsRunning: false }, require('PoweredOn', 'ToolsRunning'), 'Booting'],
    ['has no address', { ipAddress: undefined }, require('IPAssigned'), 'Booting'],
    ['gave itself an address', { ipAddress: '169.254.7.7' }, require('IPAssigned'), 'Booting'],
    ['has a link-local address', { ipAddress: 'FE80::1' }, require('IPAssigned'), 'Booting'],
    ['is being customized', { customization: 'TOOLSDEPLOYPKG_RUNNING' }, CUSTOMIZED, 'Customizing'],
    ['was not customized yet', {}, CUSTOMIZED, 'Customizing'],
  ])('is not ready while it %s', (_, vm, spec, reason) => {
    expect(evaluate(vm, spec)).toMatchObject({ ready: false, reason, timeoutInSeconds: 1790 });
  });

  it('names the failure of the customization with what vCenter says, and does not wait for more', () => {
    const failed = { customization: 'TOOLSDEPLOYPKG_FAILED', customizationError: 'domain not found' };
    expect(evaluate(failed, CUSTOMIZED)).toEqual({
      ready: false,
      reason: 'CustomizationFailed',
      message: 'customization with "lab" failed: domain not found; the virtual machine is kept',
    });
    expect(evaluate({ ...failed, customizationError: undefined }, CUSTOMIZED).message).toContain(
      'vCenter gives no reason',
    );
  });

  it("does not care for the customization of somebody else's making", () => {
    expect(evaluate({ customization: 'TOOLSDEPLOYPKG_FAILED' }).ready).toBe(true);
  });
});

describe('the timeout', () => {
  const spec: Spec = { readiness: { require: ['ToolsRunning', 'IPAssigned'], timeoutSeconds: 60 } };
  const booting = { toolsRunning: false, ipAddress: undefined };

  it('counts from the power-on and says what is missing', () => {
    expect(evaluate(booting, spec, { poweredOnSeconds: 59.5 })).toMatchObject({
      reason: 'Booting',
      timeoutInSeconds: 0.5,
    });
    expect(evaluate(booting, spec, { poweredOnSeconds: 60 })).toEqual({
      ready: false,
      missing: 'ToolsRunning',
      reason: 'ReadinessTimeout',
      message: 'ToolsRunning, IPAssigned not reached within 60 s of power-on',
    });
  });

  it('does not begin before the power-on, and is over when all is there', () => {
    expect(evaluate({ ...booting, powerState: 'poweredOff' }, {}, { poweredOnSeconds: undefined }).reason).toBe(
      'PoweringOn',
    );
    expect(evaluate({ powerState: 'poweredOff' }, {}, { poweredOnSeconds: 9999 }).reason).toBe('PoweringOn');
    expect(evaluate({}, spec, { poweredOnSeconds: 9999 }).ready).toBe(true);
  });
});

describe('OnceOn', () => {
  const spec: Spec = { powerPolicy: 'OnceOn' };

  it('is ready when its user switched it off, but not before it was ready once', () => {
    expect(evaluate({ powerState: 'poweredOff' }, spec, { wasReady: true })).toMatchObject({
      ready: true,
      message: 'powered off by its user',
    });
    expect(evaluate({ powerState: 'poweredOff' }, spec)).toMatchObject({ ready: false, reason: 'PoweringOn' });
  });

  it.each<PowerPolicy>(['AlwaysOn'])('is the only policy for which that holds: not %s', (powerPolicy) => {
    expect(evaluate({ powerState: 'poweredOff' }, { powerPolicy }, { wasReady: true }).ready).toBe(false);
  });
});

describe('any machine', () => {
  it('is ready only with all that is required', () => {
    const vm = fc.record({
      powerState: fc.constantFrom<VmView['powerState']>('poweredOn', 'poweredOff', 'suspended', undefined),
      toolsRunning: fc.boolean(),
      ipAddress: fc.constantFrom(undefined, '10.0.0.5', '169.254.1.1', 'fe80::1', '2001:db8::1'),
      customization: fc.constantFrom(
        undefined,
        'TOOLSDEPLOYPKG_SUCCEEDED',
        'TOOLSDEPLOYPKG_RUNNING',
        'TOOLSDEPLOYPKG_FAILED',
      ),
    });
    const required = fc.subarray<ReadinessRequirement>([
      'PoweredOn',
      'ToolsRunning',
      'IPAssigned',
      'CustomizationSucceeded',
    ]);
    fc.assert(
      fc.property(vm, required, fc.nat(4000), (view, list, poweredOnSeconds) => {
        const met: Record<ReadinessRequirement, boolean> = {
          PoweredOn: view.powerState === 'poweredOn',
          ToolsRunning: view.toolsRunning,
          IPAssigned: view.ipAddress === '10.0.0.5' || view.ipAddress === '2001:db8::1',
          CustomizationSucceeded: view.customization === 'TOOLSDEPLOYPKG_SUCCEEDED',
        };
        const result = evaluate(view, { ...CUSTOMIZED, readiness: { require: list } }, { poweredOnSeconds });
        const failed = view.customization === 'TOOLSDEPLOYPKG_FAILED';
        expect(result.ready).toBe(!failed && list.every((requirement) => met[requirement]));
        expect(result.reason === 'Ready').toBe(result.ready);
      }),
    );
  });
});

describe('guestReady', () => {
  const STARTED = { toolsRunning: false, ipAddress: undefined, customization: 'TOOLSDEPLOYPKG_RUNNING' };
  const ALL: Spec = { readiness: { require: ['ToolsRunning', 'IPAssigned', 'CustomizationSucceeded'] } };

  it.each<[string, Partial<VmView>, Spec, string]>([
    ['is off', { powerState: 'poweredOff' }, {}, 'PoweredOff'],
    ['is off, as it should be', { powerState: 'poweredOff' }, { powerPolicy: 'Off' }, 'PoweredOff'],
    ['is suspended', { powerState: 'suspended' }, {}, 'PoweredOff'],
    ['boots', STARTED, ALL, 'WaitingForTools'],
    ['has no address', { ...STARTED, toolsRunning: true }, ALL, 'WaitingForAddress'],
    ['is being customized', { ...STARTED, toolsRunning: true, ipAddress: '10.0.0.5' }, ALL, 'WaitingForCustomization'],
    ['could not be customized', { customization: 'TOOLSDEPLOYPKG_FAILED' }, CUSTOMIZED, 'CustomizationFailed'],
    ['has all', {}, {}, 'GuestReady'],
  ])('of a machine that %s', (_, vm, spec, reason) => {
    const readiness = evaluate(vm, spec);
    const result = guestReady(vmView(vm), readiness);
    expect(result).toMatchObject({ value: reason === 'GuestReady', reason });
    expect(findReason('LinkedClone', 'GuestReady', reason)?.status).toBe(result.value ? 'True' : 'False');
  });

  it('says after the timeout what it has waited for', () => {
    const readiness = evaluate(STARTED, ALL, { poweredOnSeconds: 99_999 });
    expect(readiness.reason).toBe('ReadinessTimeout');
    expect(guestReady(vmView(STARTED), readiness).reason).toBe('WaitingForTools');
  });
});
