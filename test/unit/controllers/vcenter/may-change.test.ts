// Whatever a reconcile has looked at before: a call that changes vCenter asks once more, and a hold that was found meanwhile
// stops it.
import { describe, expect, it } from '@jest/globals';
import { mayChange } from '../../../../src/controllers/vcenter/may-change.ts';
import { NotLeadingError } from '../../../../src/kube/lease-watchdog.ts';
import { RequeueAfter } from '../../../../src/util/errors.ts';
import { onStage } from '../support/deleting-clone.ts';

const SINCE = { id: 'x-1', since: '2026-01-01T00:00:00Z' };

function stage(): ReturnType<typeof onStage> {
  const on = onStage({ vms: {} });
  on.connection.holds.claim.off();
  return on;
}

describe('mayChange', () => {
  it.each([
    ['InventoryRewound', 'CloneVM_Task', true],
    ['InventoryRewound', 'Destroy_Task', true],
    ['InventoryRewound', 'PowerOnVM_Task', true],
    ['InventoryRewound', 'CreateFolder', false],
    ['DeletionsPaused', 'RemoveSnapshot_Task', true],
    ['DeletionsPaused', 'Destroy_Task', true],
    ['DeletionsPaused', 'CloneVM_Task', false],
  ] as const)('with %s: %s is held: %s', (type, method, held) => {
    const { scope, connection } = stage();
    const ask = (): void => mayChange(scope.runtime, 'vc', method);
    expect(ask).not.toThrow();
    connection.holds.add({ type, ...SINCE });
    if (held) expect(ask).toThrow(RequeueAfter);
    else expect(ask).not.toThrow();
  });

  it('asks whether this process leads, before all else', () => {
    const { scope } = stage();
    scope.runtime.guard.mayChange = () => {
      throw new NotLeadingError('the Lease is too old');
    };
    for (const method of ['SetField', 'Destroy_Task', 'PowerOnVM_Task'])
      expect(() => mayChange(scope.runtime, 'vc', method)).toThrow(NotLeadingError);
  });

  it('lets the claim be given up by one that has just lost the Lease, and nothing else', async () => {
    const { scope, connection, clock } = stage();
    const refuse = (): never => {
      throw new NotLeadingError('the Lease is too old');
    };
    Object.assign(scope.runtime.guard, { mayChange: refuse, mayGiveUp: () => undefined });
    const ask = (method: string) => (): void => mayChange(scope.runtime, 'vc', method);
    const gate = connection.holds.claim;
    gate.held(clock.monotonic());
    gate.release = async () => gate.reading(clock.monotonic(), clock.monotonic(), 2_000);
    expect(ask('SetField')).toThrow(NotLeadingError);
    await gate.giveUp();
    expect(ask('SetField')).not.toThrow();
    for (const method of ['AddCustomFieldDef', 'Destroy_Task']) expect(ask(method)).toThrow(NotLeadingError);
    Object.assign(scope.runtime.guard, { mayGiveUp: refuse });
    expect(ask('SetField')).toThrow(NotLeadingError);
  });

  it('lets nothing out of a session that is being closed: nobody would tell it of a hold', () => {
    const { scope } = stage();
    const ask = (method: string) => (): void => mayChange(scope.runtime, 'vc', method);
    expect(ask('Destroy_Task')).not.toThrow();
    Object.assign(scope.runtime.connections, { get: () => undefined });
    for (const method of ['Destroy_Task', 'CloneVM_Task', 'SetField']) expect(ask(method)).toThrow(RequeueAfter);
  });

  it('lets nothing out until the events were looked at after a login', () => {
    const { scope, relogin } = stage();
    relogin();
    expect(() => mayChange(scope.runtime, 'vc', 'PowerOnVM_Task')).toThrow('looked at first');
  });
});
