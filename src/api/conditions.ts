// Conditions of an object's status, as pure functions on the list. `lastTransitionTime` moves only when the status does,
// so an unchanged condition makes an unchanged status, which isn't written. Ready is always there; Reconciling and Stalled
// are there only while True and never together: kstatus, hence Helm and Flux, reads the three that way.
import type { Condition } from './types.generated.ts';

/** What an object's summary says. `NotReady`: neither works on it nor waits for a human, as with a paused one. */
export type SummaryState = 'Ready' | 'Reconciling' | 'Stalled' | 'NotReady';

export interface Summary {
  readonly state: SummaryState;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
}

interface Conditioned {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * Nothing comes of the object before a person acts. What is said of an older spec doesn't count: the person may have acted.
 * For what waits for the object.
 */
export function needsPerson({ metadata, status }: Conditioned): boolean {
  if (status?.observedGeneration !== metadata.generation) return false;
  return findCondition(status?.conditions, 'Stalled')?.status === 'True';
}

/** The list with `next` in the place of the condition of its type, or at the end; `now` is RFC 3339. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: Omit<Condition, 'lastTransitionTime'>,
  now: string,
): readonly Condition[] {
  const all = conditions ?? [];
  const known = findCondition(all, next.type);
  const lastTransitionTime = known?.status === next.status ? known.lastTransitionTime : now;
  const condition: Condition = { ...next, lastTransitionTime };
  return known === undefined ? [...all, condition] : all.map((c) => (c === known ? condition : c));
}

export function removeCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}

/** Sets Ready, and exactly one or none of Reconciling and Stalled, with the same reason and message. */
export function setSummary(
  conditions: readonly Condition[] | undefined,
  summary: Summary,
  now: string,
): readonly Condition[] {
  const { state, ...what } = summary;
  let result = setCondition(conditions, { ...what, type: 'Ready', status: state === 'Ready' ? 'True' : 'False' }, now);
  for (const type of ['Reconciling', 'Stalled'] as const) {
    result =
      type === state ? setCondition(result, { ...what, type, status: 'True' }, now) : removeCondition(result, type);
  }
  return result;
}

/** What a list of conditions of a reconciled object does wrong, in words; empty when nothing. For checks and tests. */
export function conditionProblems(conditions: readonly Condition[] | undefined, generation: number): readonly string[] {
  const problems: string[] = [];
  const all = conditions ?? [];
  const types = all.map((condition) => condition.type);
  const twice = types.filter((type, i) => types.indexOf(type) !== i);
  if (twice.length > 0) problems.push(`twice there: ${twice.join(', ')}`);
  const ready = findCondition(all, 'Ready');
  if (ready === undefined) problems.push('Ready is missing');
  const busy = ['Reconciling', 'Stalled'].filter((type) => types.includes(type));
  for (const type of busy) {
    if (findCondition(all, type)?.status !== 'True') problems.push(`${type} is there without being True`);
    if (ready?.status === 'True') problems.push(`${type} beside Ready=True`);
  }
  if (busy.length === 2) problems.push('Reconciling and Stalled together');
  for (const { type, observedGeneration } of all) {
    if (observedGeneration === undefined) problems.push(`${type} has no observedGeneration`);
    else if (observedGeneration > generation) problems.push(`${type} speaks of generation ${observedGeneration}`);
  }
  return problems;
}
