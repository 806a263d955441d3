// One row of the table of reasons: what a reason means, whether it says that work goes on or that a human must act, and
// what to do. The constructors are named after what the summary conditions become.

export type ConditionValue = 'True' | 'False' | 'Unknown';

/**
 * What goes with Ready=False for this reason. `grace`: Reconciling at first, Stalled when it lasts (60 s by default),
 * for what is normal right after an apply, as a reference to an object that isn't there yet. `inherited`: as the object that
 * it waits for, so whoever waits for a set, as Helm does, hears at once that its base needs a person. `none`: neither.
 */
export type Progress = 'Reconciling' | 'Stalled' | 'grace' | 'inherited' | 'none';

export interface Reason {
  readonly status: ConditionValue;
  readonly progress: Progress;
  readonly meaning: string;
  /** What a person does about it; empty when there is nothing to do. */
  readonly action: string;
}

export type ReasonTable = Readonly<Record<string, Readonly<Record<string, Reason>>>>;

/** Ready=True. */
export function ready(meaning: string): Reason {
  return { status: 'True', progress: 'none', meaning, action: '' };
}

/** Ready=False, the operator works on it or waits for what comes by itself. */
export function reconciling(meaning: string, action = ''): Reason {
  return { status: 'False', progress: 'Reconciling', meaning, action };
}

/** Ready=False, a human must act. It heals by itself as soon as the cause is gone. */
export function stalled(meaning: string, action: string): Reason {
  return { status: 'False', progress: 'Stalled', meaning, action };
}

/** Ready=False, Reconciling for the grace period and Stalled after it. */
export function grace(meaning: string, action: string): Reason {
  return { status: 'False', progress: 'grace', meaning, action };
}

/** Ready=False because another object isn't Ready: Stalled while that one is, else Reconciling. */
export function inherited(meaning: string, action: string): Reason {
  return { status: 'False', progress: 'inherited', meaning, action };
}

/** Ready=False because somebody wants it so. */
export function notReady(meaning: string, action = ''): Reason {
  return { status: 'False', progress: 'none', meaning, action };
}

/** A reason of a condition other than Ready: it states a fact, the summary follows Ready. */
export function fact(status: ConditionValue, meaning: string, action = ''): Reason {
  return { status, progress: 'none', meaning, action };
}
