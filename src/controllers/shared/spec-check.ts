// The first question of every reconcile: does the stored object fit the schema that this program was built with? One that
// was stored before a CRD was tightened, or past the API server's check, isn't acted on until somebody corrects it. Its
// status is the operator's own word and isn't judged.
import type { Kind } from '../../api/reasons.ts';
import { validateObject } from '../../api/validate.ts';
import { NotReady } from './not-ready.ts';

/** Cached objects are frozen and replaced whole, so an answer holds as long as its object. */
const known = new WeakMap<object, Answer>();
const FITS: Answer = { problem: undefined };

interface Answer {
  readonly problem: string | undefined;
}

/** What is wrong with the object's spec, as `spec.limits.clones must be >= 1`; undefined: it fits. */
export function specProblem(kind: Kind, object: object): string | undefined {
  let answer = known.get(object);
  if (answer === undefined) {
    const problem = validateObject(kind, { ...object, status: undefined });
    answer = problem === undefined ? FITS : { problem };
    known.set(object, answer);
  }
  return answer.problem;
}

/** Throws NotReady InvalidSpec. */
export function requireValidSpec(kind: Kind, object: object): void {
  const problem = specProblem(kind, object);
  if (problem !== undefined) throw new NotReady('InvalidSpec', invalidSpec(problem));
}

/** What an object with that problem says. */
export function invalidSpec(problem: string): string {
  return `${problem}: nothing is done until that is corrected`;
}
