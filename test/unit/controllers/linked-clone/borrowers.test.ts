// Whose disks are attached where is asked of the vCenter, not of a VCenter's name: several objects may be for one vCenter, and
// a name may stand for another vCenter by now.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { VM, onStage, source, victim } from '../support/deleting-clone.ts';
import { linkedClone } from '../support/objects.ts';
import { chain, disk, ref } from '../support/vm.ts';

const LENT = '[ds] web-01/web-01.vmdk';
const FINE: Stage['vms'] = { 'vm-10': victim(), 'vm-1': source() };

/** A machine in a folder of its own with that file attached, too. */
function machine(file: string): Record<string, unknown> {
  return {
    name: 'other-1',
    'config.files.vmPathName': '[ds] other-1/other-1.vmx',
    'config.hardware.device': [disk(2000, chain('[ds] other-1/other-1.vmdk')), disk(2001, chain(file))],
  };
}

function pinnedTo(name: string, instanceUuid: string): LinkedClone {
  const vCenter = { name, uid: `uid-${name}`, instanceUuid };
  return linkedClone({ name: 'other-1', status: { vCenter, vm: { moRef: 'vm-20', instanceUuid: 'x' } } });
}

async function said(stage: Stage): Promise<string> {
  const verdict = await checkVictim(onStage(stage).scope, VM);
  return 'message' in verdict ? verdict.message : verdict.state;
}

describe('a disk that is attached to a clone of another VCenter', () => {
  const vms = { ...FINE, 'vm-20': machine(LENT) };
  const others = [pinnedTo('second', 'vc-uuid')];
  const ATTACHED = 'one of its disks is attached to "other-1" (vm-20)';

  it('for the same vCenter holds the deletion, whether that VCenter is connected or not', async () => {
    expect(await said({ vms, others })).toBe(ATTACHED);
    const second = onStage({ vms, vCenterName: 'second' }).connection;
    expect(await said({ vms, others, second })).toBe(ATTACHED);
  });

  it('holds it also where it was attached after the first look: that VCenter is told', async () => {
    const before = { ...FINE, 'vm-20': machine('[ds] other-1/other-1_1.vmdk') };
    const second = onStage({ vms: before, vCenterName: 'second' }).connection;
    const stage = { vms: before, others, second };
    const { scope, clock } = onStage(stage);
    expect(await checkVictim(scope, VM)).toMatchObject({ state: 'poweredOff' });
    Object.assign(before, { 'vm-20': machine(LENT) });
    second.borrowed.note(ref('vm-20'), [LENT]);
    await clock.advance(3_000);
    expect(await checkVictim(scope, VM)).toMatchObject({ reason: 'DisksInUse', message: ATTACHED });
  });

  it('holds it also where nobody is told of that: its machine is looked at each time', async () => {
    const before = { ...FINE, 'vm-20': machine('[ds] other-1/other-1_1.vmdk') };
    const { scope, clock } = onStage({ vms: before, others });
    expect(await checkVictim(scope, VM)).toMatchObject({ state: 'poweredOff' });
    Object.assign(before, { 'vm-20': machine(LENT) });
    await clock.advance(3_000);
    expect(await checkVictim(scope, VM)).toMatchObject({ reason: 'DisksInUse', message: ATTACHED });
  });

  it('holds nothing where another vCenter is behind the name now: its references are read in no other inventory', async () => {
    const unreadable = { name: 'stranger', 'runtime.connectionState': 'inaccessible' };
    expect(await said({ vms: { ...FINE, 'vm-20': unreadable }, others: [pinnedTo('vc', 'before')] })).toBe(
      'poweredOff',
    );
  });
});
