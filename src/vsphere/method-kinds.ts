// What it means when the reply to a method is lost. A read may be repeated; a call that only touches objects of our own
// session (views, filters, the session itself) leaves nothing that outlives the session; everything else may have changed
// the inventory, and then the outcome is unknown until somebody looks.

export type MethodKind = 'read' | 'session' | 'mutation';

const READS = new Set([
  'RetrieveServiceContent',
  'CurrentTime',
  'RetrieveProperties',
  'RetrievePropertiesEx',
  'FindByUuid',
  'FindAllByUuid',
  'FindByInventoryPath',
  'FindChild',
  'FindByDnsName',
  'FindByIp',
  'FindAllByDnsName',
  'FindAllByIp',
  'FindByDatastorePath',
  'SessionIsActive',
  'QueryEvents',
  'QueryOptions',
  'GetCustomizationSpec',
  'DoesCustomizationSpecExist',
  'HasPrivilegeOnEntities',
  'HasPrivilegeOnEntity',
  'HasUserPrivilegeOnEntities',
  'FetchUserPrivilegeOnEntities',
  'RetrieveRolePermissions',
  'RetrieveAllPermissions',
  'RetrieveEntityPermissions',
]);

const SESSION_METHODS = new Set([
  'Login',
  'Logout',
  'SetLocale',
  // The token of a paged read is good for one use, so this read can't be repeated as it stands.
  'ContinueRetrievePropertiesEx',
  'CancelRetrievePropertiesEx',
  'CreatePropertyCollector',
  'DestroyPropertyCollector',
  'CreateFilter',
  'DestroyPropertyFilter',
  'WaitForUpdates',
  'WaitForUpdatesEx',
  'CheckForUpdates',
  'CancelWaitForUpdates',
  'CreateContainerView',
  'CreateListView',
  'CreateInventoryView',
  'ModifyListView',
  'ResetListView',
  'ResetListViewFromView',
  'DestroyView',
]);

/** A method that isn't listed counts as a mutation: that is the safe mistake. */
export function methodKind(method: string): MethodKind {
  if (READS.has(method)) return 'read';
  return SESSION_METHODS.has(method) ? 'session' : 'mutation';
}
