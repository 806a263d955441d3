// While the vCenter is away: nothing takes a slot, what is said stays the same whichever call wasn't sent, and a call that
// wasn't sent begins no pause: everything goes on with the first answer.
import { describe, expect, it } from '@jest/globals';
import { deleteClone } from '../../../src/controllers/linked-clone/delete.ts';
import { answeringPhase } from '../../../src/controllers/linked-clone/references.ts';
import type { CloneScope } from '../../../src/controllers/linked-clone/scope.ts';
import { requireAnswering } from '../../../src/controllers/shared/answering.ts';
import { GraceClock } from '../../../src/controllers/shared/grace-clock.ts';
import { reportProblem } from '../../../src/controllers/shared/problems.ts';
import type { Runtime } from '../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../src/controllers/shared/status-draft.ts';
import type { VCenterConnection } from '../../../src/controllers/vcenter/connection.ts';
import { behindAway } from '../../../src/controllers/vcenter/failures.ts';
import { VSphereError } from '../../../src/vsphere/faults.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { onStage, source, victim } from './support/deleting-clone.ts';
import { linkedClone } from './support/objects.ts';

const FAILURE = new VSphereError({ fault: 'Transport', method: 'CurrentTime', text: 'connect ECONNREFUSED' });
const SAYS =
  'the vCenter does not answer: CurrentTime failed: Transport: connect ECONNREFUSED; this goes on when it does';

function notSent(method: string): VSphereError {
  return new VSphereError({ fault: 'Away', method, sent: false, cause: FAILURE });
}

function runtimeOf(clock: FakeClock): Runtime {
  const config = { 'conflict-retry': 30_000, 'reference-grace': 60_000 };
  return { config, clock, grace: new GraceClock(clock, 60_000) } as unknown as Runtime;
}

describe('a call that was not sent', () => {
  it('is said in the same words, whichever it was', () => {
    const clock = new FakeClock();
    const clone = linkedClone({ name: 'web-1' });
    const said = ['CloneVM_Task', 'FindAllByUuid'].map((method) => {
      const draft = new StatusDraft(clone.status, 1, clock);
      const left = reportProblem(runtimeOf(clock), clone, draft, {
        requeueAfterMs: undefined,
        errors: [notSent(method)],
      });
      return { left, ready: draft.find('Ready') };
    });
    expect(said[0]).toEqual(said[1]);
    expect(said[0]).toMatchObject({
      left: { requeueAfterMs: 30_000, errors: [] },
      ready: { status: 'False', reason: 'VCenterNotReady', message: SAYS },
    });
  });

  it('is told by a VCenter as what showed that nobody answers', () => {
    expect(behindAway(notSent('RetrieveServiceContent'))).toBe(FAILURE);
    expect(behindAway(FAILURE)).toBe(FAILURE);
    expect(behindAway(undefined)).toBeUndefined();
  });

  it('begins no pause: a deletion goes on as soon as the vCenter is back', async () => {
    const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
    const destroy = connection.client.destroy.bind(connection.client);
    connection.client.destroy = async () => {
      throw notSent('Destroy_Task');
    };
    await expect(deleteClone(scope)).rejects.toMatchObject({ fault: 'Away' });
    expect(connection.slots.delete.inFlight).toBe(0);
    connection.client.destroy = destroy;
    await expect(deleteClone(scope)).rejects.toMatchObject({ reason: 'Deleting' });
    expect(calls).toHaveLength(1);
  });
});

describe('a vCenter that is known to be away', () => {
  const away = { client: { away: FAILURE }, operations: { running: () => undefined } } as unknown as VCenterConnection;

  it('lets nobody begin anything', () => {
    expect(() => requireAnswering(runtimeOf(new FakeClock()), away)).toThrow(SAYS);
    const back = { client: { away: undefined } } as VCenterConnection;
    expect(() => requireAnswering(runtimeOf(new FakeClock()), back)).not.toThrow();
  });

  it('holds a clone without a machine, and not one that has one or whose task runs', () => {
    const scopeOf = (status: object, running: object | undefined): CloneScope =>
      ({
        runtime: runtimeOf(new FakeClock()),
        clone: linkedClone({ name: 'web-1', status }),
        uid: 'uid-1',
        vCenter: {},
        connection: { ...away, operations: { running: () => running } },
      }) as unknown as CloneScope;
    expect(() => answeringPhase(scopeOf({}, undefined))).toThrow(SAYS);
    expect(answeringPhase(scopeOf({}, { kind: 'clone' }))).toBeUndefined();
    expect(answeringPhase(scopeOf({ vm: { moRef: 'vm-10', name: 'web-1' } }, undefined))).toBeUndefined();
  });

  it('destroys nothing, holds no slot, and the clone says why it stays', async () => {
    const { scope, connection, calls } = onStage({ vms: { 'vm-10': victim(), 'vm-1': source() } });
    Object.assign(connection.client, { away: FAILURE });
    await expect(deleteClone(scope)).rejects.toMatchObject({ reason: 'VCenterNotReady', message: SAYS });
    expect(scope.draft.find('DeletionBlocked')).toMatchObject({ status: 'True', reason: 'VCenterNotReady' });
    expect(connection.slots.delete.knows(scope.uid) || connection.slots.power.knows(scope.uid)).toBe(false);
    expect(calls).toEqual([]);
  });
});
