// An orphan that waits for a slot and isn't to go any more, or was none, takes no slot from those that are to go.
import { describe, expect, it } from '@jest/globals';
import type { OrphanWatch } from '../../../../../src/controllers/vcenter/orphans/watch.ts';
import type { VCenterScope } from '../../../../../src/controllers/vcenter/reconciler.ts';
import { lookAt } from '../../../../../src/controllers/vcenter/reconciler.ts';
import type { Runtime } from '../../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../../src/controllers/shared/status-draft.ts';
import { DEFAULT_LIMITS } from '../../../../../src/controllers/vcenter/slot-pools.ts';
import type { OrphanRig } from '../../support/orphan-rig.ts';
import { ORPHAN, orphanRig } from '../../support/orphan-rig.ts';
import { vCenter } from '../../support/objects.ts';

function rig(): OrphanRig & { free: () => void } {
  const orphan = orphanRig();
  const { slots } = orphan.connection;
  slots.limits = { ...DEFAULT_LIMITS, deletes: 0 };
  const free = (): void => {
    slots.limits = DEFAULT_LIMITS;
    slots.delete.pump();
  };
  return { ...orphan, free };
}

/** Its specification ends the look in the first phase. */
function refused(runtime: Runtime, orphans: OrphanWatch): { scope: VCenterScope } {
  const object = vCenter({ spec: { server: '' } });
  const connections = { ...runtime.connections, close: async () => undefined };
  const metrics = { ...runtime.metrics, vcenterUp: { set: () => undefined } };
  const scope = {
    runtime: { ...runtime, connections, metrics },
    ...{ vCenter: object, memory: { orphans }, draft: new StatusDraft(object.status, 1, runtime.clock) },
  };
  return { scope: scope as unknown as VCenterScope };
}

describe('an orphan that waits for a slot', () => {
  it('keeps its place while it is to go', async () => {
    const { connection, run } = rig();
    await run('Delete');
    await run('Delete');
    expect([connection.slots.delete.waiting, connection.slots.delete.inFlight]).toEqual([1, 0]);
  });

  it.each<[string, 'Delete' | 'Report', (watch: OrphanWatch) => void]>([
    ['the policy is Report again', 'Report', () => undefined],
    ['it turned out to be none', 'Delete', (watch) => watch.forget(ORPHAN)],
  ])('gives it up when %s', async (_, policy, happen) => {
    const { connection, watch, run, free } = rig();
    await run('Delete');
    happen(watch);
    await run(policy);
    free();
    expect([connection.slots.delete.waiting, connection.slots.delete.inFlight]).toEqual([0, 0]);
  });

  it('gives it back when it came in between', async () => {
    const { connection, run, free } = rig();
    await run('Delete');
    free();
    expect(connection.slots.delete.inFlight).toBe(1);
    await run('Report');
    expect(connection.slots.delete.inFlight).toBe(0);
  });

  it('gives it up where an earlier phase ends the look', async () => {
    const { connection, watch, runtime, run, free } = rig();
    await run('Delete');
    free();
    const { scope } = refused(runtime, watch);
    expect((await lookAt(scope)).errors).toHaveLength(1);
    expect([connection.slots.delete.waiting, connection.slots.delete.inFlight]).toEqual([0, 0]);
  });
});
