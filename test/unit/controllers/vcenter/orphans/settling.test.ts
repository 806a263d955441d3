// The end of an orphan's deletion is told, whatever the next scan or a new policy says before the end is heard of.
import { describe, expect, it } from '@jest/globals';
import type { OrphanWatch } from '../../../../../src/controllers/vcenter/orphans/watch.ts';
import { end, vimFault } from '../../support/deleting-clone.ts';
import { orphanRig } from '../../support/orphan-rig.ts';

describe('a deletion of an orphan that has ended', () => {
  it.each<[string, 'Delete' | 'Report', (watch: OrphanWatch) => void]>([
    ['nothing else happened', 'Delete', () => undefined],
    ['a scan that no longer found it ended first', 'Delete', (watch) => (watch.all = [])],
    ['the policy is Report by then', 'Report', () => undefined],
  ])('is told once when %s', async (_, policy, happen) => {
    const { connection, watch, run, calls, events } = orphanRig();
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10']);
    happen(watch);
    end(connection, 'destroy');
    await run(policy);
    await run(policy);
    expect(events).toEqual(['OrphanDeleted vc']);
    expect(watch.all).toEqual([]);
  });

  it('with a fault leaves it in peace until the next scan, and says why', async () => {
    const { connection, watch, run, calls, events } = orphanRig();
    await run('Delete');
    end(connection, 'destroy', vimFault('InvalidState', 'Destroy_Task'));
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10']);
    expect([...watch.held.values()]).toEqual([expect.stringContaining('InvalidState')]);
    watch.postponed.clear(); // as a scan does
    await run('Delete');
    expect(calls).toEqual(['destroy vm-10', 'destroy vm-10']);
    expect(events).toEqual([]);
  });
});
