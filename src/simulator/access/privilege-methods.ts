// AuthorizationManager: what a session or a user may do where; it's what a preflight asks for.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { modelOf } from '../inventory/model-state.ts';

type Args = Readonly<Record<string, unknown>>;

export const privilegeMethods: MethodTable = {
  AuthorizationManager: {
    HasPrivilegeOnEntity(context, args) {
      const held = heldOn(context, userOfSession(context, args), args['entity'] as MoRef);
      return wanted(args).map((id) => held.has(id));
    },
    HasPrivilegeOnEntities(context, args) {
      const user = userOfSession(context, args);
      return (args['entity'] as readonly MoRef[]).map((entity) => entityPrivilege(context, user, entity, args));
    },
    HasUserPrivilegeOnEntities(context, args) {
      const user = String(args['userName']);
      return (args['entities'] as readonly MoRef[]).map((entity) => entityPrivilege(context, user, entity, args));
    },
    FetchUserPrivilegeOnEntities(context, args) {
      const user = String(args['userName']);
      return (args['entities'] as readonly MoRef[]).map((entity) => ({
        entity,
        privileges: [...heldOn(context, user, entity)],
      }));
    },
  },
};

function wanted(args: Args): readonly string[] {
  return (args['privId'] as readonly string[] | undefined) ?? [];
}

function heldOn({ world }: CallContext, user: string, entity: MoRef): ReadonlySet<string> {
  return modelOf(world).authorization.privilegesOf(user, world.registry.must(entity));
}

function entityPrivilege(context: CallContext, user: string, entity: MoRef, args: Args): Record<string, unknown> {
  const held = heldOn(context, user, entity);
  return { entity, privAvailability: wanted(args).map((privId) => ({ privId, isGranted: held.has(privId) })) };
}

/** Throws InvalidArgument for a session that isn't there. */
function userOfSession({ world }: CallContext, args: Args): string {
  const session = world.sessions.byKey(String(args['sessionId']));
  if (session !== undefined) return session.userName;
  throw new VimFault(
    'InvalidArgument',
    { invalidProperty: 'sessionId' },
    'A specified parameter was not correct: sessionId',
  );
}
