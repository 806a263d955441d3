// The one door to vCenter inside this folder: a method of an object with its arguments, by the type table.
import type { MoRef } from './mo-ref.ts';

export interface InvokeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shows up in vCenter's logs; made up where none is given. */
  readonly operationId?: string;
  /** Milliseconds for one attempt; default: the client's. */
  readonly timeoutMs?: number;
  /** The object or token doesn't outlive the session: the call isn't repeated after a new login. */
  readonly sessionBound?: boolean;
  /** Asked right before the call goes out, also after a wait for a socket or a new login; what it throws stops the call. */
  readonly mayGo?: (() => void) | undefined;
}

/** Resolves with the decoded return value; rejects with a VSphereError. */
export type Invoke = <T>(
  object: MoRef,
  method: string,
  args?: Record<string, unknown>,
  options?: InvokeOptions,
) => Promise<T>;
