// A clone's reads wait for those of others only while others come: the last ones aren't kept waiting for nobody.
import { expect, it } from '@jest/globals';
import { companyMs } from '../../../../src/controllers/linked-clone/company.ts';
import { DEFAULT_LIMITS } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { onStage } from '../support/deleting-clone.ts';
import { ref } from '../support/vm.ts';

it('waits for company while clones wait for their slots', () => {
  const { scope, connection } = onStage({ vms: {} });
  expect(companyMs(scope, 4)).toBe(25);
  connection.slots.limits = { ...DEFAULT_LIMITS, clones: 0 };
  connection.slots.requestClone({
    id: 'uid-other',
    group: 'set',
    source: ref('vm-1'),
    sourceHost: () => undefined,
    groupLimit: () => 1,
    chooseHost: () => ref('host-1', 'HostSystem'),
    granted: () => undefined,
  });
  expect(companyMs(scope, 4)).toBe(100);
  connection.slots.clone.release('uid-other');
  expect(companyMs(scope, 4)).toBe(25);
});
