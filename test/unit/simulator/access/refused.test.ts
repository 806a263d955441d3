// A change that the caller has no right to is in the ledger: who looks for what was tried finds it there.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SoapClient } from '../wire/support/soap-client.ts';
import { AccessLab, refusalOf } from './support/access-lab.ts';

const ANN = 'ann@lab';
const ACCESS = `
users: [{ name: ${ANN}, password: simulator, role: starter }]
roles: [{ name: starter, privileges: [VirtualMachine.Interact.PowerOn] }]
`;

let lab: AccessLab;
let ann: SoapClient;

beforeAll(async () => {
  lab = await AccessLab.start(ACCESS);
  ann = await lab.client(ANN);
});
afterAll(() => lab?.stop());

it('with its call and with NoPermission as its end', async () => {
  const machine = lab.at('/DC/vm/open/seen');
  const reply = await ann.call('Destroy_Task', 'VirtualMachine', machine.value);
  expect(refusalOf(reply)).toEqual(['VirtualMachine.Inventory.Delete', machine.value]);
  const about = { method: 'Destroy_Task', target: machine.value, user: ANN, session: expect.any(String) };
  const { ledger } = lab.simulator.world;
  expect(ledger.since(0)).toEqual([
    { seq: 1, phase: 'call', time: expect.any(String), args: {}, ...about },
    { seq: 2, phase: 'end', time: expect.any(String), args: {}, ...about, fault: 'NoPermission' },
  ]);
  expect(lab.at('/DC/vm/open/seen')).toBe(machine);
});

it('and a read that is refused is not', async () => {
  const { ledger } = lab.simulator.world;
  const before = ledger.since(0).length;
  const manager = 'CustomizationSpecManager';
  const reply = await ann.call('GetCustomizationSpec', manager, manager, '<name>good</name>');
  expect(reply.fault).toBe('NoPermission');
  expect(ledger.since(before)).toEqual([]);
});
