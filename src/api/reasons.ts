// The one table of reasons: kind × condition × reason × what it means × Reconciling or Stalled × what to do. A reason that
// isn't in it can't be set: `ReasonOf` is its type. docs/conditions.md is generated from it.
import { BASE_SNAPSHOT_REASONS } from './reasons/base-snapshot.ts';
import { LINKED_CLONE_SET_REASONS } from './reasons/linked-clone-set.ts';
import { LINKED_CLONE_REASONS } from './reasons/linked-clone.ts';
import type { Reason } from './reasons/reason.ts';
import { VCENTER_REASONS } from './reasons/vcenter.ts';

export const REASONS = {
  VCenter: VCENTER_REASONS,
  BaseSnapshot: BASE_SNAPSHOT_REASONS,
  LinkedClone: LINKED_CLONE_REASONS,
  LinkedCloneSet: LINKED_CLONE_SET_REASONS,
} as const;

export type Kind = keyof typeof REASONS;
/** The conditions of a kind: `ConditionOf<'VCenter'>`. */
export type ConditionOf<K extends Kind> = Extract<keyof (typeof REASONS)[K], string>;
/** The reasons of a kind's condition: `ReasonOf<'LinkedClone', 'Ready'>`. */
export type ReasonOf<K extends Kind, C extends ConditionOf<K> = ConditionOf<K>> =
  C extends ConditionOf<K> ? Extract<keyof (typeof REASONS)[K][C], string> : never;

/** The row of a reason; undefined when the table has none. */
export function findReason(kind: Kind, condition: string, reason: string): Reason | undefined {
  const conditions: Readonly<Record<string, Readonly<Record<string, Reason>>>> = REASONS[kind];
  const reasons = Object.hasOwn(conditions, condition) ? conditions[condition] : undefined;
  return reasons !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
}
