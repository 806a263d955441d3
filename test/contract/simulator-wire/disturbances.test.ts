// Faults on order, the ledger and the clock, through the admin endpoint, as tests of the operator use them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LedgerEntry } from '../../../src/simulator/core/ledger.ts';
import type { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';
import { addMachine, tinyInventory } from '../../unit/simulator/wire/support/tiny-model.ts';
import { startTestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import type { TestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';

let vcenter: TestVCenter;
let client: SoapClient;

beforeAll(async () => {
  vcenter = await startTestVCenter(0);
  client = await vcenter.client();
});
afterAll(() => vcenter.stop());
afterEach(() => vcenter.admin('DELETE', '/v1/faults'));

const order = (rule: object): ReturnType<TestVCenter['admin']> => vcenter.admin('POST', '/v1/faults', rule);
const machine = (): string =>
  addMachine(vcenter.world, `vm${String(tinyInventory(vcenter.world).machines.length)}`).value;
const power = (vm: string): ReturnType<SoapClient['call']> => client.call('PowerOnVM_Task', 'VirtualMachine', vm);
const isOn = (vm: string): boolean =>
  vcenter.world.registry.must({ type: 'VirtualMachine', value: vm }).get('runtime.powerState') === 'poweredOn';

async function ledger(since = 0): Promise<LedgerEntry[]> {
  return (await vcenter.admin('GET', `/v1/ledger?since=${String(since)}`)).json as LedgerEntry[];
}

describe('the fault plan', () => {
  it('answers with a fault or a status and changes nothing', async () => {
    const vm = machine();
    await order({
      match: { method: 'PowerOnVM_Task', object: vm },
      action: { fault: { type: 'TaskInProgress', message: 'busy', task: { type: 'Task', value: 'task-1' } } },
      times: 1,
    });
    await order({ match: { nth: 2 }, action: { http: 503 } });
    expect(await power(vm)).toMatchObject({ status: 500, fault: 'TaskInProgress', faultString: 'busy' });
    expect((await power(vm)).status).toBe(503);
    expect(isOn(vm)).toBe(false);
    expect((await power(vm)).status).toBe(200);
  });

  it('cuts the connection before the call has an effect, or after it', async () => {
    const [before, after] = [machine(), machine()];
    await order({ match: { object: before }, action: { reset: 'before' } });
    await order({ match: { object: after }, action: { reset: 'after' } });
    await expect(power(before)).rejects.toThrow(/other side closed|ECONNRESET|socket/);
    await expect(power(after)).rejects.toThrow(/other side closed|ECONNRESET|socket/);
    await waitUntil('the power-on whose reply was lost', () => isOn(after));
    expect(isOn(before)).toBe(false);
    expect((await ledger()).filter((entry) => entry.target === before)).toEqual([]);
    expect((await ledger()).filter((entry) => entry.target === after && entry.phase === 'call')).toHaveLength(1);
  });

  it('lets the task of a call end with a fault, and delays', async () => {
    const vm = machine();
    await order({ match: { object: vm }, action: { taskFault: 'InsufficientResourcesFault', delayMs: 30 } });
    const started = performance.now();
    expect((await power(vm)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    await waitUntil('the failed task in the ledger', async () =>
      (await ledger()).some((entry) => entry.target === vm && entry.fault === 'InsufficientResourcesFault'),
    );
    expect(isOn(vm)).toBe(false);
  });

  it('tells the model to ignore diskMoveType', async () => {
    const vm = machine();
    const clone =
      '<folder type="Folder">group-v3</folder><name>a</name><spec><location/><template>false</template><powerOn>false</powerOn></spec>';
    await order({ match: { method: 'CloneVM_Task' }, action: { ignoreDiskMoveType: true } });
    const { body } = await client.call('CloneVM_Task', 'VirtualMachine', vm, clone);
    const task = vcenter.world.registry.must({ type: 'Task', value: body.children[0]?.text ?? '' });
    expect(task.get('info.descriptionId')).toBe('full');
  });

  it('refuses a rule it does not understand, and lists and removes rules', async () => {
    expect(await order({ match: { methd: 'x' }, action: { http: 500 } })).toEqual({
      status: 400,
      json: { error: expect.stringContaining('match has no field methd') },
    });
    const { json } = await order({ action: { http: 500 } });
    const { id } = json as { id: number };
    expect((await vcenter.admin('GET', '/v1/faults')).json).toMatchObject([{ id, hits: 0, action: { http: 500 } }]);
    expect((await vcenter.admin('DELETE', `/v1/faults?id=${String(id)}`)).json).toEqual({ removed: 1 });
  });
});

describe('the ledger', () => {
  it('has every mutation with who, what and how it ended', async () => {
    const vm = machine();
    const since = (await ledger()).at(-1)?.seq ?? 0;
    const call = `<PowerOnVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">${vm}</_this></PowerOnVM_Task>`;
    await client.envelope(call, '<s:Header><operationID xmlns="urn:vim25">op-1</operationID></s:Header>');
    await waitUntil('the power-on', () => isOn(vm));
    await power(vm);
    await client.call('MarkAsTemplate', 'VirtualMachine', vm);
    const about = { target: vm, user: 'administrator@vsphere.local', session: expect.any(String) };
    const entries = await ledger(since);
    const task = entries[0]?.task;
    expect(entries).toMatchObject([
      { ...about, phase: 'call', method: 'PowerOnVM_Task', operationId: 'op-1', task: expect.stringMatching(/^task-/) },
      { ...about, phase: 'end', method: 'PowerOnVM_Task', operationId: 'op-1', task },
      { ...about, phase: 'call', method: 'PowerOnVM_Task' },
      { ...about, phase: 'end', method: 'PowerOnVM_Task', fault: 'InvalidPowerState' },
      { ...about, phase: 'call', method: 'MarkAsTemplate' },
      { ...about, phase: 'end', method: 'MarkAsTemplate' },
    ]);
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_entry, index) => since + index + 1));
  });
});

describe('stats, inventory and clock', () => {
  it('answer as documented', async () => {
    const stats = (await vcenter.admin('GET', '/v1/stats')).json as {
      calls: Record<string, number>;
      sessions: number;
      maxInFlight: Record<string, number>;
      queued: number;
    };
    expect(stats.calls['PowerOnVM_Task']).toBeGreaterThan(5);
    expect([stats.sessions, stats.queued, typeof stats.maxInFlight]).toEqual([1, 0, 'object']);
    expect((await vcenter.admin('GET', '/v1/inventory')).json).toEqual({
      vms: tinyInventory(vcenter.world).machines.map((vm) => vm.value),
    });
    const before = vcenter.world.clock.now();
    expect((await vcenter.admin('POST', '/v1/clock', { advanceSeconds: 3600 })).status).toBe(200);
    expect(vcenter.world.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
  });

  it.each([
    ['GET', '/v1/nothing', undefined, 404],
    ['PUT', '/v1/stats', undefined, 405],
    ['POST', '/v1/clock', {}, 400],
    ['POST', '/v1/clock', { speed: -1 }, 400],
    ['POST', '/v1/clock', { advanceSeconds: 1, warp: 9 }, 400],
    ['POST', '/v1/faults', '{', 400],
    ['GET', '/v1/ledger?since=x', undefined, 400],
  ])('refuse %s %s %j with a sentence', async (method, path, body, status) => {
    const answer = await vcenter.admin(method, path, body);
    expect([answer.status, typeof (answer.json as { error?: unknown }).error]).toEqual([status, 'string']);
  });
});
