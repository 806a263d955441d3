// UserDirectory: who there is to give a role to.
import type { MethodTable } from '../core/call-context.ts';

export const userDirectoryMethods: MethodTable = {};
