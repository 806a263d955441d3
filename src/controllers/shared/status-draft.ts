// The status a reconcile is about to write: a copy of the stored one that phases change, with the rules for conditions
// kept in one place. Reconciling and Stalled are there only while True, never both; each condition carries the generation
// it speaks of, and the status as a whole that of Ready: a look that ended before it came to that has observed nothing, and
// nobody may take what it left for ready. Text from vCenter is made plain and short on its way in.
import type { SummaryState } from '../../api/conditions.ts';
import { findCondition, removeCondition, setCondition, setSummary } from '../../api/conditions.ts';
import type { Condition } from '../../api/types.generated.ts';
import type { Clock } from '../../util/clock.ts';
import { toRfc3339 } from '../../util/clock.ts';

interface StatusLike {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export type Mutable<S> = { -readonly [K in keyof S]: S[K] };

const LONGEST_MESSAGE = 1024;

export class StatusDraft<S extends StatusLike> {
  readonly status: Mutable<S>;
  readonly #generation: number;
  readonly #now: string;

  constructor(stored: S | undefined, generation: number | undefined, clock: Clock) {
    this.status = { ...(stored as S) };
    this.#generation = generation ?? 0;
    this.#now = toRfc3339(clock.now());
  }

  get now(): string {
    return this.#now;
  }

  /** True when Ready or Stalled says something else than `stored`, or speaks of a newer spec: what others wait for, not a step on the way. */
  isResult(stored: S | undefined): boolean {
    const before = findCondition(stored?.conditions, 'Ready');
    const after = this.find('Ready');
    return (
      before?.status !== after?.status ||
      before?.reason !== after?.reason ||
      this.isTrue('Stalled') !== (findCondition(stored?.conditions, 'Stalled')?.status === 'True') ||
      stored?.observedGeneration !== this.status.observedGeneration
    );
  }

  /**
   * True when a person has done what `stored` asked for. Written at once: Helm gives up on what is still Stalled when all
   * else of a release is ready.
   */
  endsStall(stored: S | undefined): boolean {
    return findCondition(stored?.conditions, 'Stalled')?.status === 'True' && !this.isTrue('Stalled');
  }

  find(type: string): Condition | undefined {
    return findCondition(this.status.conditions, type);
  }

  isTrue(type: string): boolean {
    return this.find(type)?.status === 'True';
  }

  /** `at`: when it became so, where a deletion counts from that; else now, by our clock. */
  set(type: string, value: boolean | 'Unknown', reason: string, message: string, at = this.#now): void {
    const status = value === 'Unknown' ? 'Unknown' : value ? 'True' : 'False';
    this.#replace(
      setCondition(
        this.status.conditions,
        { type, status, reason, message: plainText(message), observedGeneration: this.#generation },
        at,
      ),
    );
  }

  drop(type: string): void {
    this.#replace(removeCondition(this.status.conditions, type));
  }

  /** Ready, Reconciling and Stalled in one go. */
  summarize(state: SummaryState, reason: string, message: string): void {
    this.#replace(
      setSummary(
        this.status.conditions,
        { state, reason, message: plainText(message), observedGeneration: this.#generation },
        this.#now,
      ),
    );
  }

  #replace(conditions: readonly Condition[]): void {
    const status = this.status as Mutable<StatusLike>;
    status.conditions = conditions;
    if (this.find('Ready')?.observedGeneration === this.#generation) status.observedGeneration = this.#generation;
  }
}

/** C0 and C1 control characters, and the two that end a line in text of other systems. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/gu;

/**
 * One line of well-formed text without control characters, at most 1,024 characters. Half of a surrogate pair would come
 * back from the API server as something else, and be written again and again.
 */
export function plainText(text: string): string {
  const plain = text.toWellFormed().replaceAll(UNPRINTABLE, ' ');
  if (plain.length <= LONGEST_MESSAGE) return plain;
  const cut = plain.slice(0, LONGEST_MESSAGE - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
