// Conditions of our objects as a client reads them.
import type { KnownObject } from './history.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

export function conditionsOf(object: KnownObject | undefined): readonly Condition[] {
  return (object?.status?.['conditions'] as readonly Condition[] | undefined) ?? [];
}

export function isReady(object: KnownObject | undefined): boolean {
  const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && object?.status?.['observedGeneration'] === object?.metadata.generation;
}
