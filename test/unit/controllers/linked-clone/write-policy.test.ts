// Which changes of a clone's status are written at once: what is recorded, what became ready, what went wrong, and no step
// in between that is passed within seconds.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Condition, LinkedCloneStatus } from '../../../../src/api/types.generated.ts';
import { REASONS } from '../../../../src/api/reasons.ts';
import { worthWriting as decide } from '../../../../src/controllers/linked-clone/write-policy.ts';
import { condition } from '../support/objects.ts';

const QUIET_MS = 10_000;
const worthWriting = (
  stored: LinkedCloneStatus | undefined,
  next: LinkedCloneStatus,
  deleting: boolean,
  sinceWriteMs: number | undefined,
): number => decide(stored, next, deleting, sinceWriteMs, QUIET_MS);
const OPERATION = { type: 'Clone', startedAt: '2026-01-01T00:00:00Z', attempt: 1 } as const;

function status(
  ready: [Condition['status'], string] | undefined,
  fields: Partial<LinkedCloneStatus> = {},
): LinkedCloneStatus {
  return { conditions: ready === undefined ? [] : [condition('Ready', ...ready)], ...fields };
}

const CLONING = status(['False', 'Cloning'], { operation: OPERATION });
const VM = { moRef: 'vm-1', instanceUuid: 'u' };

describe('worthWriting', () => {
  it.each<[string, LinkedCloneStatus | undefined, LinkedCloneStatus]>([
    ['the first status of all', undefined, status(['False', 'Pending'])],
    ['the intent', status(['False', 'Pending']), CLONING],
    ['another attempt', CLONING, status(['False', 'Cloning'], { operation: { ...OPERATION, attempt: 2 } })],
    ['the virtual machine', CLONING, status(['False', 'PoweringOn'], { vm: VM })],
    [
      'another reference of it',
      status(['False', 'Booting'], { vm: VM }),
      status(['False', 'Booting'], { vm: { ...VM, moRef: 'vm-2' } }),
    ],
    ['Ready', status(['False', 'Booting']), status(['True', 'Ready'])],
    ['a failure', status(['False', 'Booting']), status(['False', 'ReadinessTimeout'])],
    ['that it left Ready', status(['True', 'Ready']), status(['False', 'PoweringOn'])],
    ['that it works again after a failure', status(['False', 'NoDiskSpace']), status(['False', 'Cloning'])],
  ])('writes %s at once', (_, stored, next) => {
    expect(worthWriting(stored, next, false, 5)).toBe(0);
  });

  it('leaves a step in between unwritten for ten seconds after the last write', () => {
    const [stored, next] = [status(['False', 'Cloning']), status(['False', 'Booting'])];
    expect(worthWriting(stored, next, false, undefined)).toBe(QUIET_MS);
    expect(worthWriting(stored, next, false, 4000)).toBe(6000);
    expect(worthWriting(stored, next, false, QUIET_MS)).toBe(0);
    expect(worthWriting(stored, next, false, 10 * QUIET_MS)).toBe(0);
  });

  it('does not tell each step of a deletion: the object is gone soon', () => {
    expect(
      worthWriting(status(['True', 'Ready'], { vm: VM }), status(['False', 'Deleting'], { vm: VM }), true, 0),
    ).toBe(QUIET_MS);
  });

  it('tells at once what holds a deletion', () => {
    const [stored, next] = [
      status(['False', 'Deleting'], { vm: VM }),
      status(['False', 'DeletionBlocked'], { vm: VM }),
    ];
    expect(worthWriting(stored, next, true, 0)).toBe(0);
  });

  it("does not write for a task's id alone, however long it takes; it rides on the next write", () => {
    const started = status(['False', 'Cloning'], { operation: { ...OPERATION, taskMoRef: 'task-1' } });
    for (const sinceMs of [0, QUIET_MS, 100 * QUIET_MS])
      expect(worthWriting(CLONING, started, false, sinceMs)).toBe(Number.POSITIVE_INFINITY);
    const spec = { ...started, observedGeneration: 2 };
    expect(worthWriting(CLONING, spec, false, 4000)).toBe(6000);
    expect(worthWriting(CLONING, spec, false, QUIET_MS)).toBe(0);
    expect(worthWriting(started, CLONING, false, QUIET_MS)).toBe(Number.POSITIVE_INFINITY);
  });

  it('does not write where there is nothing to say yet: one that waits for its vCenter costs no write', () => {
    const next = { observedGeneration: 1 };
    for (const stored of [undefined, {}, { observedGeneration: -1 }])
      expect(worthWriting(stored, next, false, undefined)).toBe(Number.POSITIVE_INFINITY);
    expect(worthWriting(undefined, { ...next, operation: OPERATION }, false, undefined)).toBe(0);
  });

  it('is never quiet about a reason that says Stalled, or that a human may wait for', () => {
    const reasons = Object.entries(REASONS.LinkedClone.Ready);
    const loud = reasons.filter(([, row]) => row.progress !== 'Reconciling').map(([reason]) => reason);
    fc.assert(
      fc.property(fc.constantFrom(...loud), fc.boolean(), (reason, deleting) => {
        expect(worthWriting(status(['False', 'Cloning']), status(['False', reason]), deleting, 0)).toBe(0);
      }),
    );
  });
});
