// Ordinals that are stepped over because somebody else has the name: found out by a clone, remembered for ten minutes, and
// only for sets that ask for it.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { NameConflicts } from '../../../../src/controllers/linked-clone-set/conflicts.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { VmInventory } from '../../../../src/controllers/vcenter/vm-inventory.ts';
import type { Marker } from '../../../../src/controllers/vcenter/marker.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { CREATED, condition, linkedCloneSet, webClone } from '../support/objects.ts';
import { ref } from '../support/vm.ts';

const SET = linkedCloneSet({ spec: { provisioning: { onNameConflict: 'NextOrdinal' } } });

function conflicting(ordinal: number, made = false): LinkedClone {
  const clone = webClone(ordinal, { conditions: [condition('Ready', 'False', 'NameConflict')] });
  const { vm, ...status } = clone.status ?? {};
  return { ...clone, status: made && vm !== undefined ? { ...status, vm } : status };
}

function rig() {
  const clock = new FakeClock();
  const clones: LinkedClone[] = [];
  const config = { 'conflict-memory': 600_000 };
  const inventory = new VmInventory();
  const runtime = {
    clock,
    config,
    clusterId: 'cluster-1',
    stores: { clones: { byIndex: () => clones } },
    connections: { get: () => ({ name: 'vc', instanceUuid: 'vc-uuid', inventory }) },
  } as unknown as Runtime;
  const conflicts = new NameConflicts(runtime);
  return { clock, clones, inventory, of: (set: LinkedCloneSet = SET) => [...conflicts.of(set)] };
}

describe('NameConflicts', () => {
  it('steps over the ordinal of a clone without a VM that ran into one', () => {
    const { clones, of } = rig();
    clones.push(webClone(1), conflicting(2), conflicting(3, true));
    expect(of()).toEqual([2]);
  });

  it('remembers it for ten minutes after the clone is gone, then finds out again', async () => {
    const { clones, of, clock } = rig();
    clones.push(conflicting(2));
    of();
    clones.length = 0;
    await clock.advance(599_999);
    expect(of()).toEqual([2]);
    await clock.advance(1);
    expect(of()).toEqual([]);
  });

  it.each([undefined, {}, { onNameConflict: 'Wait' as const }])(
    'is nothing for a set that waits: %j',
    (provisioning) => {
      const { clones, of } = rig();
      clones.push(conflicting(2));
      expect(of(linkedCloneSet({ spec: provisioning === undefined ? {} : { provisioning } }))).toEqual([]);
    },
  );

  const KEPT: Marker = { cluster: 'cluster-1', namespace: 'lab', name: 'web-2', uid: 'gone', instanceUuid: 'gone' };

  it.each<[string, Partial<Marker>, readonly number[]]>([
    ['retained', { state: 'retained' }, [2]],
    ['released', { state: 'released' }, [2]],
    ['not let go', {}, []],
    ['of another namespace', { state: 'retained', namespace: 'other' }, []],
    ['of another cluster', { state: 'retained', cluster: 'cluster-2' }, []],
    ['a copy of one', { state: 'retained', instanceUuid: 'another' }, []],
  ])('of a set that waits: a machine that was kept is stepped over, here one that is %s', (_, marker, ordinals) => {
    const { clones, inventory, of } = rig();
    const clone = conflicting(2);
    const operation = { type: 'Clone', folder: 'group-v7', vmName: 'web-02', startedAt: CREATED, attempt: 2 } as const;
    clones.push({ ...clone, status: { ...clone.status, operation } });
    inventory.upsert(
      vmView(ref('vm-9'), {
        name: 'WEB-02',
        parent: ref('group-v7', 'Folder'),
        'config.instanceUuid': 'gone',
        [MARKER_PATH]: formatMarker({ ...KEPT, ...marker }),
      }),
    );
    expect(of(linkedCloneSet())).toEqual(ordinals);
  });

  it('keeps sets apart', () => {
    const { clones, of } = rig();
    clones.push(conflicting(2));
    of();
    clones.length = 0;
    expect(
      of(
        linkedCloneSet({ ...SET.metadata, uid: 'another', spec: { provisioning: { onNameConflict: 'NextOrdinal' } } }),
      ),
    ).toEqual([]);
  });
});
