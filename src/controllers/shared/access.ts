// Access rules of a VCenter, asked with what the cluster knows of the namespace. The rules themselves are in api/access.ts.
import type { AccessRequest, Allowed, Denied } from '../../api/access.ts';
import { checkAccess } from '../../api/access.ts';
import type { VCenter } from '../../api/types.generated.ts';
import type { InventoryTree } from '../vcenter/inventory-tree.ts';
import type { Runtime } from './runtime.ts';

/** May `namespace` use this part of the vCenter? Default deny. */
export function decideAccess(
  runtime: Runtime,
  vCenter: VCenter,
  tree: InventoryTree,
  namespace: string,
  request: Omit<AccessRequest, 'namespace' | 'namespaceLabels'>,
): Allowed | Denied {
  const labels = runtime.stores.namespaces.get({ namespace: '', name: namespace })?.metadata.labels ?? {};
  return checkAccess(
    vCenter.spec.access,
    { namespace, namespaceLabels: labels, ...request },
    tree.datacenter(vCenter.spec.datacenter)?.path,
  );
}
