// Clusters and their hosts: the methods of ComputeResource and ClusterComputeResource.
import type { MethodTable } from '../core/call-context.ts';

export const clusterMethods: MethodTable = {};
