// Ordinals that are stepped over because somebody else has the name: found out by a clone, remembered for ten minutes, and
// only for sets that ask for it.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { NameConflicts } from '../../../../src/controllers/linked-clone-set/conflicts.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { condition, linkedCloneSet, webClone } from '../support/objects.ts';

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
  const runtime = { clock, config, stores: { clones: { byIndex: () => clones } } } as unknown as Runtime;
  const conflicts = new NameConflicts(runtime);
  return { clock, clones, of: (set: LinkedCloneSet = SET) => [...conflicts.of(set)] };
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
