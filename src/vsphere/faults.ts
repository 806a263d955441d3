// The only error that leaves this folder. It says what failed (method, object), how (fault, fields), whether the server can
// have seen the call, and what to do about it (kind). It never carries the request: that would hold the password or the cookie.
import { classifyFault } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import { faultMessage } from './fault-message.ts';
import type { MoRef } from './mo-ref.ts';
import { methodKind } from './method-kinds.ts';

export { classifyFault, isLocalFault } from './fault-kinds.ts';
export type { FaultContext, FaultKind, LocalFault } from './fault-kinds.ts';

export interface VSphereErrorInit {
  /** Type name of the vim25 fault, or one of the LOCAL_FAULTS. */
  readonly fault: string;
  readonly method: string;
  readonly object?: MoRef | undefined;
  /** Decoded fields of the fault. */
  readonly detail?: Record<string, unknown>;
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  readonly opId?: string | undefined;
  /** False only where the request surely never reached the server. */
  readonly sent?: boolean;
  /** Text of the server or the operating system, for the message only. */
  readonly text?: string | undefined;
  readonly cause?: Error | undefined;
}

export class VSphereError extends Error {
  override readonly name = 'VSphereError';
  /** What to do about it. */
  readonly kind: FaultKind;
  readonly fault: string;
  readonly detail: Record<string, unknown>;
  readonly method: string;
  readonly object: MoRef | undefined;
  readonly status: number | undefined;
  readonly opId: string | undefined;
  readonly sent: boolean;

  constructor(init: VSphereErrorInit) {
    const { fault, method, object, detail = {}, status, opId, sent = true, text, cause } = init;
    super(faultMessage({ method, object, fault, detail, text }), cause === undefined ? undefined : { cause });
    this.kind = kindOf(fault, detail, method, sent);
    this.fault = fault;
    this.detail = detail;
    this.method = method;
    this.object = object;
    this.status = status;
    this.opId = opId;
    this.sent = sent;
  }
}

/** `detail` of a BadReply that has more in it than is read. */
export const EXCESS = { excess: true } as const;

/** The account lacks a privilege: somebody has to give it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof VSphereError && error.kind === 'permission';
}

/** The reply was refused for its size or what is in it: less at a time may be answered. */
export function isExcess(error: unknown): boolean {
  return error instanceof VSphereError && error.fault === 'BadReply' && error.detail['excess'] === true;
}

/** A mutation whose request may have arrived and whose answer didn't: nobody knows whether it was carried out. */
function kindOf(fault: string, detail: Record<string, unknown>, method: string, sent: boolean): FaultKind {
  const kind = classifyFault(fault, detail, { method });
  return kind === 'connection' && sent && methodKind(method) === 'mutation' ? 'unknownOutcome' : kind;
}

/** A fault as it comes inside data (a task's error, a missing property), as an error about `method` on `object`. */
export function errorFromFault(
  localized: unknown,
  context: { method: string; object?: MoRef | undefined; opId?: string | undefined },
): VSphereError {
  const { fault, localizedMessage } = (localized ?? {}) as {
    fault?: Record<string, unknown>;
    localizedMessage?: string;
  };
  const name = fault?.['$type'];
  return new VSphereError({
    ...context,
    fault: typeof name === 'string' ? name : 'MethodFault',
    detail: fault ?? {},
    text: localizedMessage,
  });
}
