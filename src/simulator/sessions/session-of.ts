// The session of a call that can't be made without one.
import type { CallContext } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { Session } from './session.ts';

/** Throws NotAuthenticated. */
export function sessionOf(context: CallContext): Session {
  if (context.session !== undefined) return context.session;
  throw notAuthenticated();
}

export function notAuthenticated(): VimFault {
  return new VimFault('NotAuthenticated', { privilegeId: 'System.View' }, 'The session is not authenticated.');
}
