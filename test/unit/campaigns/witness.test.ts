// Which call of the ledger is which call that passed the proxy: by its operation id, whatever else came to the same object.
import { describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { OTHER_ACCOUNT, labInventory } from '../../campaigns/harness/lab-inventory.ts';
import { Witness, passedAt, witnessOf } from '../../campaigns/harness/witness.ts';
import type { Witnessed } from '../../campaigns/harness/witness.ts';
import { callOf } from '../../campaigns/harness/vcenter-proxy.ts';
import { SecondClient, vm } from '../../support/second-client.ts';
import { SimulatorAdmin } from '../../support/simulator-admin.ts';
import { Diary, hit } from './made-up.ts';

describe('a call of the ledger', () => {
  const ledger = new Diary().done('ReconfigVM_Task', 'vm-1').call('ReconfigVM_Task', 'vm-1').entries;
  const [first, end, second] = ledger;

  function times(witnessed: readonly Witnessed[]): readonly unknown[] {
    return [first, second].map((entry) => entry && passedAt({ ledger, witnessed }, entry));
  }

  it('is what passed the proxy with its operation id, whatever had no effect', () => {
    const calls = [1, 3].map((seq) => hit(seq, 'ReconfigVM_Task', 'vm-1'));
    const gone = hit(9, 'ReconfigVM_Task', 'vm-1', { at: 9000, operationId: 'of-a-gone-target' });
    expect(times([...calls, gone])).toEqual([1000, 3000]);
    expect(times([gone, ...calls.toReversed()])).toEqual([1000, 3000]);
    expect(end && witnessOf({ ledger, witnessed: calls }, end)).toBeUndefined();
  });

  it('is the last with that id, which one whose session was over is sent again with', () => {
    const turnedAway = hit(1, 'ReconfigVM_Task', 'vm-1', { at: 500 });
    expect(times([turnedAway, ...[1, 3].map((seq) => hit(seq, 'ReconfigVM_Task', 'vm-1'))])).toEqual([1000, 3000]);
  });

  it('was not seen where nothing passed with its id', () => {
    expect(times([hit(3, 'ReconfigVM_Task', 'vm-1')])).toEqual([Number.POSITIVE_INFINITY, 3000]);
    const { operationId: _, ...without } = hit(3, 'ReconfigVM_Task', 'vm-1');
    expect(times([without])).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

it('tells the operation id of a call by its header', () => {
  const body =
    '<soapenv:Envelope><soapenv:Header><operationID xmlns="urn:vim25">lc-1a2b3c-z</operationID></soapenv:Header>' +
    '<soapenv:Body><Destroy_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this></Destroy_Task></soapenv:Body>';
  expect(callOf(body)).toEqual({
    ...{ method: 'Destroy_Task', type: 'VirtualMachine', target: 'vm-1', operationId: 'lc-1a2b3c-z' },
  });
});

it('tells a snapshot by its machine and number, also when that was registered again', async () => {
  const simulator = await startSimulator({
    inventory: labInventory({ namespace: 'lab', password: 'a-password', folderExists: false }),
    ...{ speed: 60, logger: createLogger('silent') },
  });
  try {
    const { url, thumbprint, adminUrl, world } = simulator;
    const other = await SecondClient.connect({ url, thumbprint, ...OTHER_ACCOUNT });
    const admin = new SimulatorAdmin(() => adminUrl);
    const witness = new Witness(world);
    const see = (target: string): void => {
      const call = { method: 'RemoveSnapshot_Task', type: 'VirtualMachineSnapshot', target, operationId: 'op' };
      witness.see(call, '', { cameAt: 7, userAgent: 'operator' });
    };
    const ofTmpl = async (): Promise<{ parent: string; uuid: string; moRefs: readonly string[] }> => {
      const { vms, snapshots } = await admin.inventory();
      const found = vms.find(({ name }) => name === 'Tmpl');
      const own = snapshots.filter((one) => one.vm === found?.moRef).map(({ moRef }) => moRef);
      return { parent: found?.moRef ?? '', uuid: found?.instanceUuid ?? '', moRefs: own };
    };
    const before = await ofTmpl();
    see(before.moRefs[0] ?? '');
    see(before.moRefs[1] ?? ''); // nothing is new
    const ref = vm(before.parent);
    const path = await other.property(ref, 'config.files.vmPathName');
    const [folder, pool] = [await other.property(ref, 'parent'), await other.property(ref, 'resourcePool')];
    await other.run(ref, 'UnregisterVM');
    await other.run(folder as MoRef, 'RegisterVM_Task', { path, asTemplate: false, pool });
    const after = await ofTmpl();
    see(after.moRefs[0] ?? '');
    await other.close();
    const keys = (moRefs: readonly string[]): readonly string[] =>
      moRefs.flatMap((moRef) => witness.snapshots.filter((one) => one.moRef === moRef).map(({ key }) => key));
    expect(after.moRefs).not.toEqual(before.moRefs);
    expect(keys(before.moRefs)).toEqual([1, 2].map((id) => expect.stringMatching(`^${before.uuid}/${id}/.+`)));
    expect(keys(after.moRefs)).toEqual(keys(before.moRefs));
    const since = (moRef = ''): unknown => witness.snapshots.find((one) => one.moRef === moRef)?.from;
    expect([since(before.moRefs[0]), since(after.moRefs[0])]).toEqual([0, (await admin.ledger()).at(-1)?.seq]);
    expect(witness.calls[0]).toMatchObject({ cameAt: 7, userAgent: 'operator', above: [before.moRefs[1]] });
  } finally {
    await simulator.stop();
  }
});
