// FileManager: moving, copying and deleting files of a datastore.
import type { MethodTable } from '../core/call-context.ts';

export const fileMethods: MethodTable = {};
