// What became of an operator's renewals of its Lease on their way through the proxy: when each was under way, for how long the
// API server refused them, and when the plan let none through.
import type { Span } from './stalls.ts';

const REFUSED = 500;
const TOO_MANY = 429;

export class LeaseTap {
  readonly #under: { readonly from: number; to: number }[] = [];
  readonly #cut: { readonly from: number; to: number }[] = [];
  #refusedFrom: number | undefined;

  /** A renewal is on its way: call what is given with the status of the answer, or without one when it broke. */
  begin(): (status?: number) => void {
    const span = { from: this.#refusedFrom ?? Date.now(), to: Number.POSITIVE_INFINITY };
    this.#refusedFrom = undefined;
    this.#under.push(span);
    return (status = REFUSED) => {
      span.to = Date.now();
      // until the next one it goes on having been refused
      if (status >= REFUSED || status === TOO_MANY) this.#refusedFrom = span.from;
    };
  }

  /** None gets through from now on, or again. */
  setCut(cut: boolean): void {
    const last = this.#cut.at(-1);
    const isCut = last?.to === Number.POSITIVE_INFINITY;
    if (cut && !isCut) this.#cut.push({ from: Date.now(), to: Number.POSITIVE_INFINITY });
    else if (!cut && isCut) last.to = Date.now();
  }

  /** In which it was under way or refused. */
  get renewals(): readonly Span[] {
    const refused = this.#refusedFrom;
    return refused === undefined ? this.#under : [...this.#under, { from: refused, to: Number.POSITIVE_INFINITY }];
  }

  /** In which the plan let none through. */
  get cut(): readonly Span[] {
    return this.#cut;
  }
}
