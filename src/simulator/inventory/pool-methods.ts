// Resource pools: the methods of ResourcePool.
import type { MethodTable } from '../core/call-context.ts';

export const poolMethods: MethodTable = {};
