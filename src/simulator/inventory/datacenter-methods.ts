// Datacenters: the methods of Datacenter, and of Folder those that make datacenters and clusters.
import type { MethodTable } from '../core/call-context.ts';

export const datacenterMethods: MethodTable = {};
