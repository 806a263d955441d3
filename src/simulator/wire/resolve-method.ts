// From a method's name to its definition in the table and the handler that serves it. The vim25 table knows more methods
// than are served; one without a handler answers MethodNotFound, as an object without that method does.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { managedType } from '../schema/schema.ts';
import { EVERYTHING } from '../schema/version-view.ts';
import type { MethodDef } from '../schema/schema.ts';
import type { MethodHandler, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';

export interface ResolvedMethod {
  readonly definition: MethodDef;
  readonly handler: MethodHandler;
}

/**
 * Every managed object has `Fetch`, which no WSDL mentions: it reads one property, and it is what pyvmomi (since 8.0.3)
 * and ovftool use for that. Known from their source.
 */
const FETCH: MethodDef = {
  name: 'Fetch',
  params: [{ name: 'prop', type: 'string', list: false, optional: false, privilege: '' }],
  returns: { name: 'returnval', type: 'anyType', list: false, optional: true, privilege: '' },
  privilege: 'System.Anonymous',
  faults: [],
};
/** The row of the table that holds what every type has. */
export const ANY_OBJECT = 'ManagedObject';

/** Throws MethodNotFound, also for a method that is newer than the client's version. */
export function resolveMethod(table: MethodTable, target: MoRef, method: string, view = EVERYTHING): ResolvedMethod {
  const definition = method === FETCH.name ? FETCH : managedType(target.type)?.methods.get(method);
  const handler = handlerOf(table, target.type, method) ?? table[ANY_OBJECT]?.[method];
  if (definition === undefined || handler === undefined || !view.knowsMember(target.type, method)) {
    const message = `Unable to resolve WSDL method name ${method} for vim.${target.type}`;
    throw new VimFault('MethodNotFound', { receiver: target, method }, message);
  }
  return { definition: view.methodFor(target.type, definition), handler };
}

/** The handler of the type itself or of its nearest base. */
function handlerOf(table: MethodTable, type: string, method: string): MethodHandler | undefined {
  for (let at = type; at !== ''; at = managedType(at)?.base ?? '') {
    const methods = Object.hasOwn(table, at) ? table[at] : undefined;
    if (methods !== undefined && Object.hasOwn(methods, method)) return methods[method];
  }
  return undefined;
}
