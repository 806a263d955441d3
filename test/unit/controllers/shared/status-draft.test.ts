// The status that a reconcile writes: the rules for conditions hold after any sequence of changes, what is stored is never
// changed in place, and messages are one line of well-formed text of bounded length.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conditionProblems } from '../../../../src/api/conditions.ts';
import type { LinkedCloneStatus } from '../../../../src/api/types.generated.ts';
import { StatusDraft, plainText } from '../../../../src/controllers/shared/status-draft.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { condition } from '../support/objects.ts';

function draft(stored?: LinkedCloneStatus): StatusDraft<LinkedCloneStatus> {
  return new StatusDraft<LinkedCloneStatus>(stored, 3, new FakeClock());
}

describe('StatusDraft', () => {
  it('begins with a copy of what is stored', () => {
    const stored = Object.freeze({
      observedGeneration: 2,
      powerState: 'PoweredOn',
      conditions: Object.freeze([condition('Ready', 'True', 'Ready')]),
    } as const);
    const next = draft(stored);
    next.set('Linked', true, 'DeltaDisks', 'linked');
    next.status.powerState = 'PoweredOff';
    expect(stored).toEqual({
      observedGeneration: 2,
      powerState: 'PoweredOn',
      conditions: [condition('Ready', 'True', 'Ready')],
    });
    expect(new StatusDraft<LinkedCloneStatus>(undefined, 1, new FakeClock()).status).toEqual({});
  });

  it('has observed a generation once it says whether that is ready', () => {
    const fresh = draft({ observedGeneration: -1 });
    fresh.set('Linked', true, 'DeltaDisks', 'linked');
    expect(fresh.status.observedGeneration).toBe(-1);
    fresh.summarize('Reconciling', 'Cloning', 'being cloned');
    expect(fresh.status.observedGeneration).toBe(3);

    const changed = draft({ observedGeneration: 2, conditions: [condition('Ready', 'True', 'Ready')] });
    changed.drop('Linked');
    expect(changed.status.observedGeneration).toBe(2);
    changed.set('Ready', 'Unknown', 'Looking', '');
    expect(changed.status.observedGeneration).toBe(3);
  });

  it('sets a condition with time and generation, and keeps its time while its status stays', () => {
    const stored = { conditions: [condition('Linked', 'True', 'Old')] };
    const next = draft(stored);
    next.set('Linked', true, 'DeltaDisks', 'new words');
    expect(next.find('Linked')).toEqual(
      condition('Linked', 'True', 'DeltaDisks', { message: 'new words', observedGeneration: 3 }),
    );
    next.set('Linked', 'Unknown', 'NotCloned', '');
    expect(next.find('Linked')).toMatchObject({ status: 'Unknown', lastTransitionTime: next.now });
    expect(next.isTrue('Linked')).toBe(false);
    next.drop('Linked');
    expect(next.find('Linked')).toBeUndefined();
  });

  it('has an equal status after a reconcile that found the same: nothing is written', () => {
    const first = draft();
    first.set('Linked', true, 'DeltaDisks', 'linked');
    first.summarize('Ready', 'Ready', 'runs');
    const later = new FakeClock();
    later.jumpWall(3_600_000);
    const second = new StatusDraft<LinkedCloneStatus>(first.status, 3, later);
    second.set('Linked', true, 'DeltaDisks', 'linked');
    second.summarize('Ready', 'Ready', 'runs');
    expect(second.status).toEqual(first.status);
  });

  it('never breaks the rules for conditions, whatever is done in whatever order', () => {
    const change = fc.oneof(
      fc.record({
        do: fc.constant('set' as const),
        type: fc.constantFrom('Linked', 'Lost', 'DeletionBlocked'),
        value: fc.constantFrom<boolean | 'Unknown'>(true, false, 'Unknown'),
      }),
      fc.record({ do: fc.constant('drop' as const), type: fc.constantFrom('Linked', 'Lost') }),
      fc.record({
        do: fc.constant('summarize' as const),
        state: fc.constantFrom<'Ready' | 'Reconciling' | 'Stalled' | 'NotReady'>(
          'Ready',
          'Reconciling',
          'Stalled',
          'NotReady',
        ),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 20 }),
        fc.constantFrom<'Ready' | 'Stalled'>('Ready', 'Stalled'),
        (changes, last) => {
          const next = draft();
          for (const each of changes) {
            if (each.do === 'set') next.set(each.type, each.value, 'Reason', 'message');
            else if (each.do === 'drop') next.drop(each.type);
            else next.summarize(each.state, 'Reason', 'message');
          }
          next.summarize(last, 'Reason', 'message');
          expect(conditionProblems(next.status.conditions, 3)).toEqual([]);
        },
      ),
    );
  });

  it('tells what others wait for, and what they give up on, from a step on the way', () => {
    const said = (state: 'Reconciling' | 'Stalled' | 'Ready') => {
      const next = new StatusDraft<LinkedCloneStatus>(undefined, 1, new FakeClock());
      next.summarize(state, state === 'Ready' ? 'Ready' : 'BaseSnapshotNotReady', '');
      return next;
    };
    const [busy, stuck, ready] = [said('Reconciling'), said('Stalled'), said('Ready')];
    expect([busy, stuck, ready].map((one) => one.isResult(busy.status))).toEqual([false, true, true]);
    expect([busy, stuck, ready].map((one) => one.endsStall(stuck.status))).toEqual([true, false, true]);
    expect([busy, stuck, ready].map((one) => one.endsStall(busy.status))).toEqual([false, false, false]);
  });

  it('makes the text of conditions plain on its way in', () => {
    const next = draft();
    next.set('Linked', false, 'FullCopy', 'line\nbreak');
    next.summarize('Stalled', 'NotLinked', 'tab\there');
    expect([next.find('Linked')?.message, next.find('Ready')?.message, next.find('Stalled')?.message]).toEqual([
      'line break',
      'tab here',
      'tab here',
    ]);
  });
});

describe('plainText', () => {
  it.each([
    ['as it is', 'ünïcode — "quotes" 🙂', 'ünïcode — "quotes" 🙂'],
    ['control characters', 'a\u0000b\u001b[31mc\u007fd\re', 'a b [31mc d e'],
    ['control characters of the second kind', 'a\u0085b\u009bc', 'a b c'],
    ['separators that end a line', 'a\u2028b\u2029c', 'a b c'],
    ['half of a pair', 'a\ud83db', 'a\ufffdb'],
  ])('leaves or replaces %s', (_, text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it('is one line of well-formed text of at most 1,024 characters, and plain already', () => {
    const unit = fc.constantFrom('a', ' ', '\n', '🙂', '\ud83d', '\ude00', '\u0085', 'é');
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), fc.integer({ min: 0, max: 60 }), (parts, times) => {
        const plain = plainText(parts.join('').repeat(times));
        expect(plain.length).toBeLessThanOrEqual(1024);
        expect(plain.isWellFormed()).toBe(true);
        expect(plain).not.toMatch(/[\n\u0085]/);
        expect(plainText(plain)).toBe(plain);
      }),
    );
  });

  it('cuts what is too long with a mark, between characters', () => {
    const cut = plainText('🙂'.repeat(600));
    expect(cut.endsWith('🙂…')).toBe(true);
    expect(plainText('x'.repeat(1024))).toHaveLength(1024);
    expect(plainText('x'.repeat(1025))).toBe(`${'x'.repeat(1023)}…`);
  });
});
