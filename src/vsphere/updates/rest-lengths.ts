// How long vCenter isn't asked for changes while tasks of ours run, in units of the shortest rest. The longer, the more is one
// answer; what others change and how guests come up is told that much later.

/** Where nothing is known of when tasks end. */
const UNFORESEEN = 2;
/** Where it's known when the next of those that somebody waits for will end: what others change is told within a second. */
const FORESEEN = 3.4;
/** Until tasks end that nobody waits for: a wave of those that take a second is one question then. */
const UNAWAITED = 4.6;

export interface TasksNow {
  /** Somebody waits for the end of one that runs. */
  readonly urgent: boolean;
  /** It's known when these will end. */
  readonly foreseen: boolean;
  readonly open: number;
  /** So many were told to have ended just now. */
  readonly ended: number;
}

export interface RestLengths {
  readonly longest: number;
  /** It lasts until tasks are due that are due within this. */
  readonly dueWithin: number;
}

/** Longer when few of many have ended: the others come soon. */
export function restLengths({ urgent, foreseen, open, ended }: TasksNow): RestLengths {
  if (!urgent) return { longest: UNFORESEEN, dueWithin: UNAWAITED };
  const longest = Math.min(foreseen ? FORESEEN : UNFORESEEN, Math.max(1, open / (ended + 1)));
  return { longest, dueWithin: longest };
}
