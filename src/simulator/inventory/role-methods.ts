// Roles and permissions: the methods of AuthorizationManager that change them.
import type { MethodTable } from '../core/call-context.ts';

export const roleMethods: MethodTable = {};
