// CreateVM_Task: the methods of Folder that make a VM from nothing.
import type { MethodTable } from '../core/call-context.ts';
import { createVmTask } from './create-vm.ts';

export const createVmMethods: MethodTable = { Folder: { CreateVM_Task: createVmTask } };
