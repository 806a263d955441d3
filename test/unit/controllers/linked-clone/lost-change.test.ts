// A power-off, a power-on, new hardware or a mark whose reply got lost may still arrive: a machine isn't retained or released,
// for somebody else to take over, before the session has ended that it was sent in.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSpec } from '../../../../src/api/types.generated.ts';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import { deleteClone } from '../../../../src/controllers/linked-clone/delete.ts';
import { applyNotes } from '../../../../src/controllers/linked-clone/notes.ts';
import { applyPower } from '../../../../src/controllers/linked-clone/power.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { verifyPhase } from '../../../../src/controllers/linked-clone/verify.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { REFS, tree } from '../support/inventory.ts';
import { vCenter } from '../support/objects.ts';
import { UID, VM, deletedClone, intended, living, onStage, source, victim } from '../support/deleting-clone.ts';
import { vmView } from '../support/vm.ts';

const EVERYWHERE = ['*'];
const ALLOWED = {
  namespaces: { names: ['lab'] },
  parents: EVERYWHERE,
  folders: EVERYWHERE,
  resourcePools: EVERYWHERE,
  datastores: EVERYWHERE,
};
const PLACE = { folder: REFS.labs.value, resourcePool: REFS.labPool.value, datastore: REFS.ds1.value };
const RECORDED = { vm: { moRef: VM.value, instanceUuid: UID, name: 'web-01', ...PLACE } };

function retained(spec: Partial<LinkedCloneSpec> = {}): LinkedClone {
  return deletedClone({ ...spec, deletionPolicy: 'Retain' }, RECORDED);
}

function released(spec: Partial<LinkedCloneSpec> = {}): LinkedClone {
  const clone = deletedClone(spec, RECORDED);
  return { ...clone, metadata: { ...clone.metadata, annotations: { [ANNOTATIONS.release]: UID } } };
}

interface Change {
  readonly spec?: Partial<LinkedCloneSpec>;
  readonly method: 'powerOn' | 'powerOff' | 'reconfigure';
  readonly run: (scope: CloneScope) => Promise<unknown>;
}

/** Each with what asks for it. */
const CHANGES: readonly (readonly [string, Change])[] = [
  [
    'power-off by its policy',
    {
      spec: { powerPolicy: 'Off' },
      method: 'powerOff',
      run: async (scope) => applyPower(scope, vmView({ ref: VM, powerState: 'poweredOn' })),
    },
  ],
  [
    'power-on',
    {
      spec: { powerPolicy: 'AlwaysOn' },
      method: 'powerOn',
      run: async (scope) => applyPower(scope, vmView({ ref: VM, powerState: 'poweredOff' })),
    },
  ],
  [
    'new hardware',
    {
      spec: { hardware: { cpus: 4 } },
      method: 'reconfigure',
      run: async (scope) => applyPower(scope, vmView({ ref: VM, powerState: 'poweredOff' })),
    },
  ],
  [
    'new notes',
    { spec: { notes: 'new' }, method: 'reconfigure', run: async (scope) => applyNotes(scope, vmView({ ref: VM })) },
  ],
];

/** The change was sent, and no answer came. */
async function lost({ spec = {}, method, run }: Change, clone = living(deletedClone(spec, RECORDED))) {
  const vms: Record<string, Record<string, unknown>> = { 'vm-10': victim({ 'config.changeVersion': '7' }) };
  vms['vm-1'] = source();
  const rig = onStage({ vms, clone });
  const { scope, connection, calls } = rig;
  Object.assign(scope, { vCenter: vCenter({ spec: { access: [ALLOWED] } }) });
  Object.assign(connection, { tree: async () => tree() });
  const { client } = connection;
  const reconfigure = client.reconfigure.bind(client);
  const sent: string[] = [];
  Object.assign(client, {
    [method]: async () => {
      sent.push(method);
      throw new VSphereError({ fault: 'Timeout', method, sent: true });
    },
  });
  await run(scope).catch(() => undefined);
  expect(sent).toEqual([method]);
  Object.assign(client, { reconfigure });
  scope.memory.pause = undefined;
  calls.length = 0;
  const step = async (next: LinkedClone): Promise<string> => {
    Object.assign(scope, { clone: next });
    Object.assign(scope.runtime.live, { get: async () => next });
    return deleteClone(scope).then(
      () => 'let go',
      (error: unknown) => (error as { reason?: string }).reason ?? (error as Error).message,
    );
  };
  return { ...rig, vms, step };
}

const MARK = { method: 'reconfigure', run: deleteClone } as const;

describe('a clone that is to be kept after a change of its machine was sent and not answered', () => {
  it.each(CHANGES)('is retained once that one can not arrive any more: %s', async (_, change) => {
    const { step, calls } = await lost(change);
    expect(await step(retained(change.spec))).toBe('Deleting');
    expect(calls).toEqual(['new session', expect.stringContaining('retained')]);
  });

  it.each(CHANGES)('is released once that one can not arrive any more: %s', async (_, change) => {
    const { step, calls } = await lost(change);
    expect(await step(released(change.spec))).toBe('let go');
    expect(calls).toEqual(['new session', expect.stringContaining('released')]);
  });
});

describe('the mark of a machine that stays', () => {
  it.each([
    ['retained', retained(), 'Deleting'],
    ['released', released(), 'let go'],
  ])('is asked for once more in another session where its reply got lost: %s', async (state, clone, answer) => {
    const { step, calls } = await lost(MARK, clone);
    expect(await step(clone)).toBe(answer);
    expect(calls).toEqual(['new session', expect.stringContaining(state)]);
  });

  it.each([
    ['retained', retained()],
    ['released', released()],
  ])('is written onto what was read alone: %s', async (_, clone) => {
    const { step, calls } = await lost(MARK, clone);
    await step(clone);
    expect(calls.at(-1)).toContain('"changeVersion":"7"');
  });

  it('that follows another instanceUuid is, too, and may arrive late', async () => {
    const clone = intended(living(deletedClone()));
    const { scope, connection, calls } = onStage({
      vms: { 'vm-10': victim({ 'config.instanceUuid': 'another', 'config.changeVersion': '7' }) },
      clone,
    });
    Object.assign(scope.memory, { result: VM, resultOfTask: true });
    const reconfigure = connection.client.reconfigure.bind(connection.client);
    Object.assign(connection.client, {
      reconfigure: async (...args: Parameters<typeof reconfigure>) => {
        await reconfigure(...args);
        throw new VSphereError({ fault: 'Timeout', method: 'ReconfigVM_Task' });
      },
    });
    await expect(verifyPhase(scope)).rejects.toThrow('its marker follows');
    expect(calls).toEqual([expect.stringContaining('"changeVersion":"7"')]);
    expect(scope.memory.lost?.method).toBe('ReconfigVM_Task');
  });
});

describe('a clone that is released while its vCenter loses one reply after another', () => {
  it('waits until a session may be ended again', async () => {
    const [[, change] = []] = CHANGES;
    if (change === undefined) throw new Error('no change');
    const { scope, step, clock, connection, calls } = await lost(change);
    await step(retained(change.spec)); // ends the session
    const { generation } = connection.client;
    scope.memory.lost = { client: connection.client, method: 'PowerOffVM_Task', generation };
    calls.length = 0;
    const answers: string[] = [];
    while (!answers.includes('let go') && answers.length < 10) {
      answers.push(await step(released(change.spec)));
      await clock.advance(5_000); // a session is ended every 15 s at most
    }
    expect(answers).toEqual(['Deleting', 'Deleting', 'Deleting', 'let go']);
    expect(calls).toEqual(['new session', expect.stringContaining('released')]);
  });
});
