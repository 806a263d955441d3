// A snapshot that can't be removed: between two attempts, however often the base is woken, neither the source nor all the
// other machines are read.
import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import type { BaseScope } from '../../../../src/controllers/base-snapshot/scope.ts';
import { CREATED, baseSnapshot, pinned } from '../support/objects.ts';
import { BASE_UID, baseStage, said } from '../support/deleting-base.ts';
import { end, vimFault, source, victim } from '../support/deleting-clone.ts';
import { chain, disk, ref } from '../support/vm.ts';

const PAUSE_MS = 30_000;

type Live = BaseScope['base'];

function annotated(live: Live, annotations: Record<string, string>): Live {
  return { ...live, metadata: { ...live.metadata, annotations } };
}

describe('RemoveSnapshot_Task that fails each time', () => {
  it('is called once in a pause', async () => {
    const { scope, connection, clock, asked } = baseStage();
    for (let failures = 1; failures <= 3; failures += 1) {
      expect(await said(scope)).toMatch(/^RemovingSnapshot: removing snapshot/);
      end(connection, 'removeSnapshot', vimFault('FileLocked', 'RemoveSnapshot_Task'), undefined, BASE_UID);
      for (let wakes = 0; wakes < 5; wakes += 1) {
        expect(await said(scope)).toMatch(/^RemovingSnapshot: .*FileLocked.*; tried again$/);
        await clock.advance(PAUSE_MS / 5);
      }
      expect(asked).toEqual(Array.from({ length: failures }, () => ['all VMs', 'remove']).flat());
    }
  });
});

describe('RemoveSnapshot_Task without the privilege', () => {
  it('says that somebody has to give it', async () => {
    const { scope, connection } = baseStage();
    await said(scope);
    end(connection, 'removeSnapshot', vimFault('NoPermission', 'RemoveSnapshot_Task'), undefined, BASE_UID);
    expect(await said(scope)).toMatch(/^NoPermission: .*RemoveSnapshot_Task.*; tried again$/);
  });
});

describe('a snapshot that others stand on', () => {
  it('is looked at again after the pause alone', async () => {
    const foreign = victim({
      name: 'other',
      'config.hardware.device': [disk(2000, chain('[ds] o/o.vmdk', '[ds] win/win.vmdk'))],
    });
    const { scope, clock, asked } = baseStage({ 'vm-77': foreign });
    for (let wakes = 0; wakes < 6; wakes += 1) {
      expect(await said(scope)).toMatch(/^DeletionBlocked: .*have disks on this snapshot: .*other/);
      await clock.advance(PAUSE_MS / 3);
    }
    expect(asked).toEqual(['all VMs', 'all VMs']);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('ForeignDependents');
  });
});

describe('a removal that somebody takes back a moment before', () => {
  it.each([
    ['kept by its policy', (live: Live) => ({ ...live, spec: { ...live.spec, deletionPolicy: 'Retain' as const } })],
    ['released', (live: Live) => annotated(live, { [ANNOTATIONS.release]: BASE_UID })],
    ['another of its name', (live: Live) => ({ ...live, metadata: { ...live.metadata, uid: 'uid-other' } })],
    ['gone', () => undefined],
  ])('is not begun: the base is %s in the API server, and the cache does not know', async (_, change) => {
    const { scope, asked } = baseStage();
    Object.assign(scope.runtime.live, { get: async () => change(scope.base) });
    expect(await said(scope)).not.toMatch(/removing snapshot/);
    expect(asked).toEqual(['all VMs']);
  });

  it('is not begun where that happened during the last look at what depends on it', async () => {
    const { scope, asked } = baseStage();
    const { live } = scope.runtime;
    let stored: Live = scope.base;
    const list = live.list.bind(live);
    Object.assign(live, {
      get: async () => stored,
      list: async (...args: Parameters<typeof list>) => {
        if (asked.includes('all VMs')) stored = { ...stored, spec: { ...stored.spec, deletionPolicy: 'Retain' } };
        return list(...args);
      },
    });
    expect(await said(scope)).toMatch(/until the last change of the object is seen/);
    expect(asked).toEqual(['all VMs']);
  });
});

describe('what came to stand on a snapshot while all machines were looked at', () => {
  type Root = Record<string, unknown>;

  /** The rig, in which there are these bases, and the snapshots are these, once the machines were looked at. */
  function afterTheLook(bases: readonly Live[], change: (root: Root) => Root = (root) => root) {
    const parent = { ...source(), snapshot: source()['snapshot'] as { rootSnapshotList: [Root] } };
    const rig = baseStage({ 'vm-1': parent });
    const { client } = rig.connection;
    const readTree = client.readTree.bind(client);
    Object.assign(client, {
      readTree: async (...args: Parameters<typeof readTree>) => {
        const tree = await readTree(...args);
        if (args[1]['VirtualMachine'] !== undefined)
          parent.snapshot = { rootSnapshotList: [change(parent.snapshot.rootSnapshotList[0])] };
        return tree;
      },
    });
    Object.assign(rig.scope.runtime.live, {
      list: async ({ kind }: { kind: string }) =>
        kind === 'BaseSnapshot' && rig.asked.includes('all VMs') ? bases : [],
    });
    return rig;
  }

  it('keeps it: another base that is pinned to it', async () => {
    const { scope, connection, asked } = afterTheLook([baseSnapshot({ name: 'second', status: pinned() })]);
    expect(await said(scope)).toMatch(/^DeletionBlocked: deletion waits: 1 base \("second"\)/);
    expect(asked).toEqual(['all VMs']);
    expect(scope.draft.find('DeletionBlocked')?.reason).toBe('DependentsExist');
    expect(connection.slots.requestSnapshot('uid-next', ref('vm-1'), () => undefined)).toBe(true); // it holds no slot
  });

  /** A snapshot below it came, and a base with this pin. */
  function withOneBelow(pin: Parameters<typeof pinned>[0]) {
    const newer = { snapshot: ref('snapshot-2', 'VirtualMachineSnapshot'), id: 2, name: 'newer' };
    return afterTheLook([baseSnapshot({ name: 'second', status: pinned(pin) })], (root) => ({
      ...root,
      childSnapshotList: [{ ...root, ...newer }],
    }));
  }

  it.each([
    ['', { moRef: 'snapshot-2', id: 2 }],
    [', by the reference from before the source was registered anew', { moRef: 'snapshot-old', id: 2 }],
  ])('keeps it: a snapshot below it that another base is pinned to%s', async (_, pin) => {
    const { scope, asked } = withOneBelow(pin);
    expect(await said(scope)).toMatch(
      /^DeletionBlocked: deletion waits: 1 base \("second"\) pinned to a snapshot below/,
    );
    expect(asked).toEqual(['all VMs']);
  });

  it.each([
    ['of another machine', { moRef: 'snapshot-77', id: 2, vm: 'another-uuid' }],
    ['that is not there', { moRef: 'snapshot-77', id: 3 }],
  ])('does not keep it: a base that is pinned to a snapshot %s', async (_, pin) => {
    const { scope } = withOneBelow(pin);
    expect(await said(scope)).toMatch(/^RemovingSnapshot: /);
  });

  it('is looked at again where the source was registered anew meanwhile', async () => {
    const { scope, asked } = afterTheLook([], (root) => ({
      ...root,
      snapshot: ref('snapshot-9', 'VirtualMachineSnapshot'),
    }));
    expect(await said(scope)).toMatch(/isn't where it was a moment ago$/);
    expect(asked).toEqual(['all VMs']);
  });
});

describe('a parent whose configuration vCenter does not tell', () => {
  const { name, snapshot } = source();

  it.each<[string, Record<string, unknown>]>([
    ['with its snapshots', { name, snapshot }],
    ['nor its snapshots', { name }],
  ])('%s holds the removal: its snapshot is not gone', async (_, properties) => {
    const { scope, connection, asked } = baseStage({ 'vm-1': properties });
    Object.assign(connection.client, { findAllByUuid: async () => [ref('vm-1')] }); // its database knows it
    expect(await said(scope)).toMatch(/^SourceInaccessible: deletion waits: .*"win" \(vm-1\)/);
    expect([scope.draft.find('DeletionBlocked')?.reason, asked]).toEqual(['SourceInaccessible', []]);
  });

  it('holds a base that may have had its snapshot taken a moment ago', async () => {
    const { scope, connection } = baseStage({ 'vm-1': { name } });
    const { snapshot: _, ...status } = pinned();
    const operation = { type: 'CreateSnapshot', sourceVm: 'vm-1', startedAt: CREATED, attempt: 1 } as const;
    const spec = { ...scope.base.spec, snapshot: { create: { name: 'gold', quiesce: false } } };
    Object.assign(scope, { base: { ...scope.base, spec, status: { ...status, operation } } });
    Object.assign(connection.client, { findAllByUuid: async () => [ref('vm-1')] });
    expect(await said(scope)).toMatch(/^SourceInaccessible: /);
  });
});

describe('a base whose snapshot was asked for and never seen', () => {
  async function deleted(deletionPolicy: 'Delete' | 'Retain') {
    const { scope, connection } = baseStage();
    const { snapshot: _, ...status } = scope.base.status ?? {};
    const operation = { type: 'CreateSnapshot', startedAt: CREATED, attempt: 1 } as const;
    Object.assign(scope.base, {
      spec: { ...scope.base.spec, deletionPolicy, snapshot: { create: { name: 'gold' } } },
      status: { ...status, operation },
    });
    Object.assign(scope.runtime.connections, { get: () => undefined });
    connection.client.readSoon = async () => Promise.reject(new Error('it was read'));
    return { answer: await said(scope), blocked: scope.draft.find('DeletionBlocked')?.reason };
  }

  it('goes without a look where the snapshot is to stay in any case', async () => {
    expect(await deleted('Retain')).toEqual({ answer: 'let go', blocked: undefined });
  });

  it('waits where it is to be removed, and says what for', async () => {
    const { answer, blocked } = await deleted('Delete');
    expect(answer).toMatch(/^VCenterNotReady: deletion waits: /);
    expect(blocked).toBe('VCenterNotReady');
  });
});
