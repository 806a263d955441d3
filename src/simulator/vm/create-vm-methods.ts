// CreateVM_Task: the methods of Folder that make a VM from nothing.
import type { MethodTable } from '../core/call-context.ts';

export const createVmMethods: MethodTable = {};
