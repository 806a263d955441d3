// Which of some privileges the session holds on which objects, asked in as few calls as there are pages. Every object needs
// System.Read (API: AuthorizationManager.hasPrivilegeOnEntities): the call fails as a whole, with NoPermission and the
// object, where one of them lacks it.
import { VSphereError } from '../faults.ts';
import type { Invoke } from '../invoke.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import type { ServiceContent } from '../service-content.ts';
import { LARGEST_PAGE } from './page-size.ts';

const METHOD = 'HasPrivilegeOnEntities';
/** Answers in one reply, one for each object and privilege: six tags each, well within what a reply may have. */
const ANSWERS_PER_PAGE = 8_000;

/** EntityPrivilege of the vSphere API. */
interface EntityPrivilege {
  readonly entity: MoRef;
  readonly privAvailability?: readonly { readonly privId: string; readonly isGranted: boolean }[];
}

/** Privilege ids held, by moRefKey; an object that isn't in it was left out of the answer, and nothing is known of it. */
export async function heldPrivileges(
  invoke: Invoke,
  { authorizationManager }: ServiceContent,
  sessionKey: () => string,
  entities: readonly MoRef[],
  privilegeIds: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, ReadonlySet<string>>> {
  if (authorizationManager === undefined)
    throw new VSphereError({ method: METHOD, fault: 'NotSupported', text: 'there is no AuthorizationManager' });
  const manager = authorizationManager;
  const held = new Map<string, ReadonlySet<string>>();
  const fitting = Math.floor(ANSWERS_PER_PAGE / Math.max(1, privilegeIds.length));
  const pageSize = Math.min(LARGEST_PAGE, Math.max(1, fitting));
  for (let at = 0; at < entities.length; at += pageSize) {
    for (const { entity, privAvailability = [] } of await ask(entities.slice(at, at + pageSize))) {
      const granted = privAvailability.filter(({ isGranted }) => isGranted).map(({ privId }) => privId);
      held.set(moRefKey(entity), new Set(granted));
    }
  }
  return held;

  async function ask(entity: readonly MoRef[]): Promise<readonly EntityPrivilege[]> {
    try {
      return await askOnce(entity);
    } catch (error) {
      // The session that was asked about is over; there is a new one by now.
      if (!(error instanceof VSphereError) || error.kind !== 'session') throw error;
      return await askOnce(entity);
    }
  }

  async function askOnce(entity: readonly MoRef[]): Promise<readonly EntityPrivilege[]> {
    const args = { entity, sessionId: sessionKey(), privId: privilegeIds };
    const options = { signal, sessionBound: true };
    return (await invoke<EntityPrivilege[] | undefined>(manager, METHOD, args, options)) ?? [];
  }
}
