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
    ['InventoryRewound', 'PowerOnVM_Task', false],
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

  it('lets nothing out until the events were looked at after a login', () => {
    const { scope, relogin } = stage();
    relogin();
    expect(() => mayChange(scope.runtime, 'vc', 'PowerOnVM_Task')).toThrow('looked at first');
  });
});
