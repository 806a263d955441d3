// The oracle `held` of drift: what may go when a base's machine is gone for good, and what its base says.
import { describe, expect, it } from '@jest/globals';
import { judgeParentGone } from '../../campaigns/drift/parent-gone.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';

const GONE_AT = 10_000;
const LATE = 13_000;

interface Scene {
  /** When the clone's machine was destroyed. */
  readonly destroyedAt: number;
  readonly base?: string;
  /** A person's annotation, and when it was there. */
  readonly answer?: readonly [value: string, at: number];
  readonly ready?: readonly (readonly [at: number, status: string, reason: string])[];
}

function problemsOf({ destroyedAt, base = 'second', answer = ['', 0], ready = [] }: Scene): string[] {
  const clone = (at: number, annotations: Record<string, string>): unknown => ({
    type: 'MODIFIED',
    at,
    object: {
      kind: 'LinkedClone',
      metadata: { name: 'web-1', namespace: 'lab', uid: 'uid-1', annotations },
      spec: { baseSnapshotRef: { name: base } },
      status: { vm: { moRef: 'vm-1' } },
    },
  });
  const [value, since] = answer;
  const history = [
    clone(0, {}),
    ...(value === '' ? [] : [clone(since, { 'linkedclone.dev/delete-without-base': value })]),
    ...ready.map(([at, status, reason]) => ({
      type: 'MODIFIED',
      at,
      object: {
        kind: 'BaseSnapshot',
        metadata: { name: 'second', namespace: 'lab', uid: 'uid-b' },
        status: { conditions: [{ type: 'Ready', status, reason, message: '' }] },
      },
    })),
  ];
  const witnessed = [{ at: destroyedAt, method: 'Destroy_Task', target: 'vm-1' }];
  const evidence = { history, witnessed, namespace: 'lab' } as unknown as Evidence;
  return judgeParentGone(evidence, GONE_AT).map(({ text }) => text);
}

describe('judgeParentGone', () => {
  it.each<[string, Scene, number]>([
    ['a clone that is destroyed long after', { destroyedAt: LATE }, 1],
    ['one that was read while all was well', { destroyedAt: GONE_AT + 1_900 }, 0],
    ['one of another base', { destroyedAt: LATE, base: 'gold' }, 0],
    ['one that a person let go', { destroyedAt: LATE, answer: ['uid-1', LATE - 100] }, 0],
    ["one that was let go by another's UID", { destroyedAt: LATE, answer: ['uid-2', LATE - 100] }, 1],
    ['one that was let go too late', { destroyedAt: LATE, answer: ['uid-1', LATE + 1_000] }, 1],
  ])('%s', (_, scene, count) => {
    expect(problemsOf(scene)).toHaveLength(count);
  });

  it('a base that has said that its machine is away is never Ready again', () => {
    const away = [GONE_AT + 100, 'False', 'SourceNotRegistered'] as const;
    const ready = [GONE_AT + 200, 'True', 'Ready'] as const;
    const before = [GONE_AT + 50, 'True', 'Ready'] as const;
    expect(problemsOf({ destroyedAt: 0, ready: [before, away] })).toEqual([]);
    expect(problemsOf({ destroyedAt: 0, ready: [away, ready] })).toEqual([
      'the base second was Ready again, without its machine',
    ]);
  });
});
