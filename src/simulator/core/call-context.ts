// What a method handler gets besides its arguments, and how handlers are registered.
import type { VersionView } from '../schema/version-view.ts';
import type { Session } from '../sessions/session.ts';
import type { SimObject } from './sim-object.ts';
import type { VimFault } from './vim-fault.ts';
import type { World } from './world.ts';

export interface CallContext {
  readonly world: World;
  /** Undefined before login. */
  readonly session: Session | undefined;
  /** '' before login. */
  readonly user: string;
  /** The `operationID` of the SOAP header. */
  readonly operationId: string | undefined;
  readonly method: string;
  /** What the version of the client knows; undefined: everything. */
  readonly view?: VersionView;
  /** The object the method was called on. */
  readonly self: SimObject;
  /** Set by the fault plan: the task that this call starts ends with this fault, after its whole duration, undoing what it made. */
  readonly taskFault?: VimFault;
  readonly flags: ReadonlySet<CallFlag>;
  /** Aborted when the client went away or the simulator stops: only long polls care. */
  readonly signal?: AbortSignal;
  /** What the call needs to know about its connection. */
  readonly peer?: { readonly address: string; readonly userAgent: string };
  /** Of Login and Logout: the value of the session cookie that goes with the reply; '' clears it. */
  setCookie?: string;
}

/** Switches of the fault plan that a handler has to know. */
export type CallFlag = 'ignoreDiskMoveType';

/** Arguments are decoded and complete: required ones are there, each of its declared type. May throw VimFault. */
export type MethodHandler = (context: CallContext, args: Record<string, unknown>) => unknown;

/** Managed type → method → handler. A type's own handler wins over the one of its base. */
export type MethodTable = Readonly<Record<string, Readonly<Record<string, MethodHandler>>>>;

/** One table of several; the same method of the same type in two of them is a mistake of ours. */
export function mergeMethodTables(...tables: readonly MethodTable[]): MethodTable {
  const merged: Record<string, Record<string, MethodHandler>> = {};
  for (const table of tables) {
    for (const [type, methods] of Object.entries(table)) {
      const own = (merged[type] ??= {});
      for (const [method, handler] of Object.entries(methods)) {
        if (Object.hasOwn(own, method)) throw new Error(`two handlers for ${type}.${method}`);
        own[method] = handler;
      }
    }
  }
  return merged;
}
