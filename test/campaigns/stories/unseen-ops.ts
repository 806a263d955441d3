// What is done to objects while the operator sees nothing: a sequence of steps, each a sign and the letter of an object. `+`
// makes it, `-` deletes it, `!` deletes it and takes its finalizers away, as a hand with kubectl would. Who has a finalizer
// and is deleted stays until the operator is back; one that was made unseen has none. Pure.

export type Sign = '+' | '-' | '!';

export interface Op {
  readonly sign: Sign;
  readonly letter: string;
}

/** What becomes of one object's name. */
export interface Fate {
  /** `leaving`: held by its finalizer. */
  readonly state: 'absent' | 'there' | 'leaving';
  /** The operator has looked at the object that is there: it has a finalizer, and a machine if its kind has. */
  readonly known: boolean;
  /** Objects of the name that are gone. */
  readonly gone: number;
  /** One was made where another had gone. */
  readonly again: boolean;
  /** What the operator had made for it is left to nobody. */
  readonly abandoned: boolean;
}

export function opsOf(text: string): Op[] {
  return [...text.matchAll(/([+!-])([a-z])/g)].map(([, sign, letter]) => ({
    sign: sign as Sign,
    letter: letter ?? '',
  }));
}

export function fateAtStart(isThere: boolean): Fate {
  return { state: isThere ? 'there' : 'absent', known: isThere, gone: 0, again: false, abandoned: false };
}

/** Undefined: that can't be done now, or changes nothing. */
export function after(fate: Fate, sign: Sign): Fate | undefined {
  const { state, known, gone, again, abandoned } = fate;
  if (sign === '+')
    return state === 'absent' ? { state: 'there', known: false, gone, again: again || gone > 0, abandoned } : undefined;
  if (state === 'absent' || (state === 'leaving' && sign === '-')) return undefined;
  if (sign === '-' && known) return { ...fate, state: 'leaving' };
  return { state: 'absent', known: false, gone: gone + 1, again, abandoned: abandoned || known };
}

/** Of one name, from how it was at the start; undefined: one of the steps can't be done. */
export function fateOf(ops: readonly Op[], letter: string, atStart: boolean): Fate | undefined {
  let fate: Fate | undefined = fateAtStart(atStart);
  for (const op of ops) if (op.letter === letter && fate !== undefined) fate = after(fate, op.sign);
  return fate;
}
