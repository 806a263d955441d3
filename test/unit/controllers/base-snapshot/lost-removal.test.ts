// A RemoveSnapshot whose reply got lost may still arrive: the base isn't let go, and nothing is begun on its source, before
// the session has ended that it was sent in, and what came of it.
import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { BASE_UID, baseStage, said } from '../support/deleting-base.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { SOURCE, source } from '../support/deleting-clone.ts';
import { baseSnapshot, pinned } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

const HOST = ref('host-1', 'HostSystem');

/** Its RemoveSnapshot was sent, and no answer came. */
async function lost(options: Partial<Stage> = {}) {
  const parent = source();
  const rig = baseStage({ 'vm-1': parent }, options);
  const { scope, connection, asked } = rig;
  /** One reconcile: what it didn't ask for is given back. */
  const step = async (): Promise<string> => {
    scope.asked.clear();
    const answer = await said(scope);
    connection.releaseUnused(BASE_UID, scope.asked);
    return answer;
  };
  /** A clone of the source would be begun. */
  const mayClone = (): boolean => {
    const granted = connection.slots.requestClone({
      id: 'uid-clone',
      group: 'uid-clone',
      source: SOURCE,
      sourceHost: () => undefined,
      groupLimit: () => 1,
      chooseHost: () => HOST,
      granted: () => undefined,
    });
    connection.slots.release('clone', 'uid-clone');
    return granted;
  };
  const removeSnapshot = connection.client.removeSnapshot.bind(connection.client);
  connection.client.removeSnapshot = () => {
    asked.push('remove');
    return Promise.reject(new VSphereError({ fault: 'Timeout', method: 'RemoveSnapshot_Task' }));
  };
  expect(await step()).toMatch(/^OutcomeUnknown: the reply to RemoveSnapshot_Task got lost/);
  connection.client.removeSnapshot = removeSnapshot;
  const change = (spec: Partial<typeof scope.base.spec>, annotations: Record<string, string> = {}): void => {
    const { base } = scope;
    Object.assign(scope, {
      base: { ...base, spec: { ...base.spec, ...spec }, metadata: { ...base.metadata, annotations } },
    });
  };
  return { ...rig, parent, step, mayClone, change };
}

const AFTERWARDS = [
  ['is released', {}, { [ANNOTATIONS.release]: BASE_UID }],
  ['is to leave its snapshot', { deletionPolicy: 'Retain' }, {}],
] as const;

describe('a base whose RemoveSnapshot was sent and not answered', () => {
  it('keeps its source locked until the call is made once more, in another session', async () => {
    const { step, connection, calls, asked, mayClone } = await lost();
    expect(mayClone()).toBe(false);
    connection.events.checked(0, 0, 2);
    expect(await step()).toMatch(/^RemovingSnapshot: removing snapshot/);
    expect([calls, asked, mayClone()]).toEqual([['new session'], ['all VMs', 'remove', 'all VMs', 'remove'], false]);
  });

  it.each(AFTERWARDS)('and that %s goes once that one can not arrive any more', async (_, spec, annotations) => {
    const { step, change, calls, mayClone } = await lost();
    change(spec, annotations);
    expect([await step(), calls, mayClone()]).toEqual(['let go', ['new session'], true]);
  });

  it.each(AFTERWARDS)(
    'and that %s stays, with its source locked, while the session can not be ended',
    async (_, spec, annotations) => {
      const { step, change, calls, mayClone } = await lost({ sessionStays: true });
      change(spec, annotations);
      for (let wakes = 0; wakes < 3; wakes += 1) {
        expect(await step()).toMatch(/^OutcomeUnknown: .*RemoveSnapshot_Task/);
        expect([calls, mayClone()]).toEqual([[], false]);
      }
    },
  );

  it('is released all the same, after some tries, where the session can not be ended', async () => {
    const { step, change, clock } = await lost({ sessionStays: true });
    change({}, { [ANNOTATIONS.release]: BASE_UID });
    const answers: string[] = [];
    while (!answers.includes('let go') && answers.length < 10) {
      answers.push((await step()).replace(/:.*/, ''));
      await clock.advance(15_000);
    }
    expect(answers).toEqual(['OutcomeUnknown', 'OutcomeUnknown', 'let go']);
  });

  it.each(AFTERWARDS)('and that %s waits for the task that came of the call', async (_, spec, annotations) => {
    const task = ref('task-77', 'Task');
    const running = { 'info.state': 'running', 'info.descriptionId': 'vm.Snapshot.remove' };
    const { step, change, parent, mayClone, connection } = await lost();
    change(spec, annotations);
    Object.assign(parent, { recentTask: [task] });
    const readMany = connection.client.readMany.bind(connection.client);
    connection.client.readMany = async (refs, ...rest) =>
      refs.some(({ value }) => value === task.value)
        ? new Map([[`Task:${task.value}`, { ref: task, properties: running, missing: {} }]])
        : readMany(refs, ...rest);
    for (let wakes = 0; wakes < 5; wakes += 1)
      expect([await step(), mayClone()]).toEqual([expect.stringMatching(/^RemovingSnapshot: .* has ended$/), false]);
    running['info.state'] = 'success';
    expect([await step(), mayClone()]).toEqual(['let go', true]);
  });

  it('gives its source back where another base is pinned to the snapshot meanwhile, and not before', async () => {
    const { step, scope, calls, mayClone } = await lost();
    const second = baseSnapshot({ name: 'second', status: pinned() });
    Object.assign(scope.runtime.live, {
      list: async ({ kind }: { kind: string }) => (kind === 'BaseSnapshot' ? [second] : []),
    });
    expect(mayClone()).toBe(false);
    expect(await step()).toMatch(/^DeletionBlocked: deletion waits: 1 base \("second"\)/);
    expect([calls, mayClone()]).toEqual([['new session'], true]);
  });

  it('goes where its snapshot is gone: the call was carried out', async () => {
    const { step, connection, parent } = await lost();
    connection.events.checked(0, 0, 2);
    Object.assign(parent, { snapshot: undefined });
    expect(await step()).toBe('let go');
  });
});

describe('a RemoveSnapshot that was not sent', () => {
  it('locks nothing', async () => {
    const { scope, connection } = baseStage();
    const away = new VSphereError({ fault: 'Away', method: 'RemoveSnapshot_Task', sent: false });
    connection.client.removeSnapshot = () => Promise.reject(away);
    await said(scope);
    expect([scope.memory.lost, connection.slots.snapshot.inFlight]).toEqual([undefined, 0]);
  });
});
