// The end of a run whose machines weren't all ready in time, with what is known about why.
import type { NotReadyReason } from './not-ready.ts';

export class NotAllReady extends Error {
  override readonly name = 'NotAllReady';
  readonly reasons: readonly NotReadyReason[];
  /** The end of the operator's log, whose file goes with the run. */
  readonly operatorWords: string;

  constructor(timeoutMs: number, reasons: readonly NotReadyReason[], operatorWords: string) {
    super(`not everything was ready ${timeoutMs / 1000} s after the first apply`);
    this.reasons = reasons;
    this.operatorWords = operatorWords;
  }
}
