// How much depends on a task's end being told soon. The most urgent that run decide how often vCenter is asked.

export const URGENCY = {
  /** Others wait for its slot, and somebody for what it makes. */
  slot: 3,
  /** Somebody waits for it. */
  soon: 2,
  /** Others wait for its slot, nobody for what it does. */
  late: 1,
  /** Nobody loses anything when it's told a while later. */
  idle: 0,
} as const;

/** True where somebody waits. */
export function isUrgent(urgency: number): boolean {
  return urgency >= URGENCY.soon;
}
