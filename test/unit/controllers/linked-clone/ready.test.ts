// What is said of a machine that is off though it should run, and of one whose properties can't be read.
import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../../src/api/types.generated.ts';
import { ownerOf } from '../../../../src/controllers/linked-clone/observe.ts';
import { readyPhase } from '../../../../src/controllers/linked-clone/ready.ts';
import { vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { UID, VM, deletedClone, onStage, victim, vimFault } from '../support/deleting-clone.ts';
import { condition, linkedClone } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

function stage(conditions: Condition[], fields: Record<string, unknown> = {}) {
  const { status } = deletedClone();
  const clone = linkedClone({
    name: 'web-1',
    uid: UID,
    status: { ...status, timings: { readySeconds: 1 }, conditions },
  });
  const rig = onStage({ vms: { 'vm-10': victim(fields) }, clone });
  rig.connection.track(ownerOf(rig.scope), 'powerOn', ref('task-of-power', 'Task'), VM); // it's being powered on
  return rig;
}

describe('a machine that is off', () => {
  it.each<[string, Condition[], string, RegExp]>([
    ['and was seen running', [condition('PoweredOn', 'True', 'PoweredOn')], 'PoweredOff', /behind the operator's back/],
    [
      'and is missed already',
      [condition('PoweredOn', 'False', 'PoweredOff'), condition('Ready', 'False', 'PoweredOff')],
      'PoweredOff',
      /behind the operator's back/,
    ],
    [
      'because it was to be until a moment ago',
      [condition('PoweredOn', 'False', 'PoweredOff'), condition('Ready', 'True', 'Ready')],
      'PoweringOn',
      /is being powered on$/,
    ],
  ])('%s', async (_, conditions, reason, message) => {
    await expect(readyPhase(stage(conditions).scope)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
  });

  it('is called suspended when it is', async () => {
    const { scope } = stage([condition('PoweredOn', 'True', 'PoweredOn')], { 'runtime.powerState': 'suspended' });
    await expect(readyPhase(scope)).rejects.toThrow(/was suspended behind/);
  });
});

describe('a machine whose state or name is hidden from the account', () => {
  it.each(['name', 'runtime.powerState', 'config.instanceUuid'])('by %s is neither off nor renamed', async (path) => {
    const { scope, connection } = stage([condition('PoweredOn', 'True', 'PoweredOn')]);
    const { [path]: _, ...rest } = victim({ 'runtime.powerState': 'poweredOn' });
    const hidden = vimFault('NoPermission', 'reading it');
    connection.inventory.upsert(vmView(VM, rest, { [path]: hidden }));
    await expect(readyPhase(scope)).rejects.toBe(hidden);
    expect([scope.draft.isTrue('PoweredOn'), scope.draft.status.vm?.name]).toEqual([true, 'web-01']);
  });

  it('is judged by the rest where something else is hidden', () => {
    expect(vmView(VM, victim(), { 'guest.ipAddress': new Error('hidden') })).not.toHaveProperty('refused');
  });
});

describe('a customization that succeeded once', () => {
  const IDLE = {
    'runtime.powerState': 'poweredOn',
    'guest.customizationInfo.customizationStatus': 'TOOLSDEPLOYPKG_IDLE',
  };

  it.each<[string, Condition[], string]>([
    ['counts when vCenter no longer tells of it', [condition('Customized', 'True', 'CustomizationSucceeded')], 'Ready'],
    ['is waited for as long as it was not seen', [condition('Customized', 'False', 'Customizing')], 'Customizing'],
  ])('%s', async (_, conditions, reason) => {
    const { scope } = stage(conditions, IDLE);
    Object.assign(scope.clone.spec, { customization: { specName: 'lab' } });
    Object.assign(scope.runtime, { grace: { clear: () => undefined } });
    const said = await readyPhase(scope).then(
      () => scope.draft.find('Ready')?.reason,
      (error: { reason?: string }) => error.reason,
    );
    expect(said).toBe(reason);
  });
});
