// What passes through the layers of the client: transport → codec → gate → retry → session. Each layer is a function that takes
// a call and gives its value, so each can be read and tested alone.
import type { MoRef } from '../mo-ref.ts';

export interface SoapCall {
  readonly object: MoRef;
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Appears in vCenter's logs and in our errors. */
  readonly opId: string;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /**
   * The object or token belongs to the session (a view, a collector of our own, a page token): after a new login it no
   * longer exists, so the call isn't repeated and the caller starts over.
   */
  readonly sessionBound: boolean;
  /** Asked right before it goes out; what it throws stops it. */
  readonly mayGo?: (() => void) | undefined;
}

/** Rejects with a VSphereError; with a TypeError where the call itself is malformed. */
export type SendCall = (call: SoapCall) => Promise<unknown>;

/** One call as it went over the wire, for metrics. */
export interface ObservedCall {
  readonly method: string;
  readonly fault?: string;
  readonly seconds: number;
}
