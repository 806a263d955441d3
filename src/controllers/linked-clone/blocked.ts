// A deletion that is held says so in the condition DeletionBlocked, with an event in the moment in which that begins.
import { NotReady } from '../shared/not-ready.ts';
import { pauseAfter } from '../shared/pause.ts';
import type { CloneScope } from './scope.ts';

/** What is thrown. */
export function blocked(scope: CloneScope, reason: string, message: string, requeueAfterMs?: number): NotReady {
  const { draft, runtime, clone } = scope;
  if (draft.find('DeletionBlocked')?.reason !== reason)
    runtime.events.event(clone, { type: 'Warning', reason: 'DeletionBlocked', action: 'Delete', note: message });
  draft.set('DeletionBlocked', true, reason, message);
  return new NotReady('DeletionBlocked', `deletion is held: ${message}`, {
    requeueAfterMs: requeueAfterMs ?? runtime.config['conflict-retry'],
  });
}

/** A call of the deletion was refused for want of a privilege: somebody has to give it. Begins the action's pause; is thrown. */
export function forbidden(scope: CloneScope, action: string, message: string): NotReady {
  const pauseMs = scope.runtime.config['conflict-retry'];
  const held = blocked(scope, 'NoPermission', message, pauseMs);
  return pauseAfter(scope, action, held.reason, held.message, pauseMs);
}
