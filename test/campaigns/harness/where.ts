// Where in its story a problem fell: in the step that was the last one begun when the call came that its text names, or the
// last of all. Beside that its text says at which writes the plan broke something.
import type { Problem } from './judge.ts';
import type { SeenWrite } from './write-tap.ts';

export interface BegunStep {
  readonly label: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What comes after the last step of a story. */
export const THE_END = 'the end';

const CALL = /\bledger (\d+)\b/;

export interface Course {
  /** In the order in which they began. */
  readonly begun: readonly BegunStep[];
  /** Faults on writes that came. */
  readonly hits: readonly SeenWrite[];
  /** When that entry of the ledger arrived, epoch milliseconds; undefined where that isn't known. */
  readonly arrivedAt: (seq: number) => number | undefined;
}

function hitText({ act, nth, label }: SeenWrite): string {
  return `${act ?? ''} at write ${nth} (${label})`;
}

/** The step that was under way at the call that the text names, or the last one. */
function stepOf(text: string, { begun, arrivedAt }: Course): string | undefined {
  const seq = CALL.exec(text)?.[1];
  const at = seq === undefined ? undefined : arrivedAt(Number(seq));
  const under = at === undefined ? undefined : begun.findLast((one) => one.at <= at);
  return (under ?? begun.at(-1))?.label;
}

/** The problem with its step, and what the plan broke. One that knows its step keeps it. */
export function placed(problem: Problem, course: Course): Problem {
  const step = problem.step ?? stepOf(problem.text, course);
  const broken = course.hits.map(hitText).join(', ');
  return {
    ...problem,
    ...(step === undefined ? {} : { step }),
    text: broken === '' ? problem.text : `${problem.text}; the plan: ${broken}`,
  };
}
