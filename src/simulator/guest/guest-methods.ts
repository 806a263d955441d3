// What is asked of a guest: the methods of VirtualMachine that only touch what Tools report.
import type { MethodTable } from '../core/call-context.ts';

export const guestMethods: MethodTable = {};
