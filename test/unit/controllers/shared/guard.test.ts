// The last question before vCenter is changed: a lease that is old enough says no, and for what can't be undone the holder
// is read live, with the lease looked at again after the read.
import { describe, expect, it } from '@jest/globals';
import { leaseGuard, noGuard } from '../../../../src/controllers/shared/guard.ts';
import type { LeaderElector } from '../../../../src/kube/leader-election.ts';

function guard(answers: { leading: boolean[]; holder?: string; alone?: boolean }): {
  guard: ReturnType<typeof leaseGuard>;
  reads: () => number;
} {
  let reads = 0;
  const elector = {
    assertLeading: () => {
      if (answers.leading.shift() !== true) throw new Error('the lease is too old');
    },
    isAlone: () => answers.alone === true,
    readHolder: async () => {
      reads += 1;
      return answers.holder ?? 'me';
    },
  };
  return { guard: leaseGuard(elector as unknown as LeaderElector, 'me'), reads: () => reads };
}

describe('leaseGuard', () => {
  it('lets a leader change things, without a read', () => {
    const { guard: leader, reads } = guard({ leading: [true] });
    expect(() => leader.mayChange()).not.toThrow();
    expect(reads()).toBe(0);
  });

  it('stops one whose lease is old', async () => {
    expect(() => guard({ leading: [false] }).guard.mayChange()).toThrow('too old');
    const { guard: old, reads } = guard({ leading: [false] });
    await expect(old.mayDestroy()).rejects.toThrow('too old');
    expect(reads()).toBe(0);
  });

  it('lets a leader destroy that holds the lease by a live read', async () => {
    const { guard: leader, reads } = guard({ leading: [true, true] });
    await expect(leader.mayDestroy()).resolves.toBeUndefined();
    expect(reads()).toBe(1);
  });

  it.each(['somebody else', ''])('stops one that does not: held by %j', async (holder) => {
    await expect(guard({ leading: [true, true], holder }).guard.mayDestroy()).rejects.toThrow(`held by "${holder}"`);
  });

  it('stops one whose lease ran out while the holder was read', async () => {
    await expect(guard({ leading: [true, false] }).guard.mayDestroy()).rejects.toThrow('too old');
  });
});

describe('giving up', () => {
  it('is for a leader, and for one whose lease nobody else can have yet', () => {
    expect(() => guard({ leading: [true] }).guard.mayGiveUp()).not.toThrow();
    expect(() => guard({ leading: [false], alone: true }).guard.mayGiveUp()).not.toThrow();
    expect(() => guard({ leading: [false] }).guard.mayGiveUp()).toThrow('too old');
  });
});

describe('noGuard', () => {
  it('lets all pass for a process that was told so', async () => {
    expect(() => noGuard.mayChange()).not.toThrow();
    expect(() => noGuard.mayGiveUp()).not.toThrow();
    await expect(noGuard.mayDestroy()).resolves.toBeUndefined();
  });
});
