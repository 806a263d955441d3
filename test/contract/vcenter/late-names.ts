// A name that is taken, for a vCenter that notices only as the clone ends, and what is left of the clone.
import { expect } from '@jest/globals';
import { issue, types } from './support/sources.ts';
import { ownRoom, vcenterOnly } from './support/expectation.ts';
import { cloneArgs, filesIn, machine } from './support/machines.ts';
import { POWERED_OFF } from './support/target.ts';

const LATE = `${types('DuplicateName')}; ${issue('cloudfoundry/bosh-vsphere-cpi-release, lib/cloud/vsphere/sdk_helpers/retry_judge.rb')}: DuplicateName comes from the call or as the error of its task`;

export const lateNameRoom = ownRoom(
  'a name that is found taken at the end',
  { inventory: 'inventory.yaml', flags: { 'duplicate-name': 'end' } },
  vcenterOnly('the call succeeds, its task ends with DuplicateName', LATE, async (target) => {
    const name = target.name('late');
    const first = await machine(target, { name });
    const source = await target.path(POWERED_OFF);
    const task = await target.one('CloneVM_Task', source, await cloneArgs(target, { name }));
    const fault = (await target.ended(task.ref)).get('error', 'fault');
    expect([fault?.xsiType, fault?.at('name'), fault?.at('object')]).toEqual(['DuplicateName', name, first.value]);
  }),
  vcenterOnly('of two clones at the same time one gets the name', LATE, async (target) => {
    const name = target.name('race');
    const source = await target.path(POWERED_OFF);
    const args = await cloneArgs(target, { name });
    const faults = await Promise.all([
      target.fault('CloneVM_Task', source, args),
      target.fault('CloneVM_Task', source, args),
    ]);
    expect(faults.toSorted()).toEqual(['DuplicateName', undefined]);
  }),
  vcenterOnly('the loser leaves no files', LATE, async (target) => {
    const name = target.name('tidy');
    await machine(target, { name });
    const before = await filesIn(target, name);
    await target.fault('CloneVM_Task', await target.path(POWERED_OFF), await cloneArgs(target, { name }));
    expect(await filesIn(target, name)).toEqual(before);
    await expect(filesIn(target, `${name}_1`)).rejects.toMatchObject({ fault: 'FileNotFound' });
  }),
);
