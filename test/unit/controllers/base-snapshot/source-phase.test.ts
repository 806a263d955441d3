// A source is read again when the update stream told of a change, also of one that came while it was being read: the answer
// may be from before it, and nothing would tell of it again.
import { describe, expect, it } from '@jest/globals';
import { sourcePhase } from '../../../../src/controllers/base-snapshot/phases.ts';
import type { BaseScope } from '../../../../src/controllers/base-snapshot/scope.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { source } from '../support/deleting-clone.ts';
import { tree } from '../support/inventory.ts';
import { baseSnapshot, pinned, vCenter } from '../support/objects.ts';

/** `watched`: changes that the stream has told of; `whileRead`: those that come during each of the first reads. */
function rig(watched: number, whileRead: number[] = []) {
  let changes = watched;
  let looks = 0;
  const connection = {
    sourceChanges: () => changes,
    watchSource: async () => void (changes = Math.max(1, changes)),
    tree: async () => tree(),
    client: {
      read: async (ref: unknown, paths: readonly string[]) => {
        if (paths.length > 1) {
          looks += 1;
          changes += whileRead.shift() ?? 0;
        }
        return { ref, properties: source(), missing: {} };
      },
    },
  };
  const scope = {
    runtime: { clock: new FakeClock() },
    base: baseSnapshot({ status: pinned() }),
    vCenter: vCenter(),
    memory: {},
    connection,
  } as unknown as BaseScope;
  const look = async (): Promise<number> => {
    await sourcePhase(scope);
    return looks;
  };
  return { look, change: () => (changes += 1) };
}

describe('sourcePhase', () => {
  it.each([0, 3])('reads a source once, and again when it changed; changes before: %i', async (watched) => {
    const { look, change } = rig(watched);
    expect([await look(), await look()]).toEqual([1, 1]);
    change();
    expect([await look(), await look()]).toEqual([2, 2]);
  });

  it('reads it again when it changed while it was being read', async () => {
    const { look } = rig(1, [1]);
    expect([await look(), await look(), await look()]).toEqual([1, 2, 2]);
  });
});
