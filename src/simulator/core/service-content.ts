// The service instance and its managers: the references that every vCenter has, under the values that vCenter uses.
// Managers that this simulator doesn't serve exist too, because clients read them without asking; their methods answer
// MethodNotFound.
import type { MoRef } from '../../vsphere/mo-ref.ts';

/** `ServiceContent` field → [managed type, MoRef value]. */
export const MANAGERS = {
  propertyCollector: ['PropertyCollector', 'propertyCollector'],
  viewManager: ['ViewManager', 'ViewManager'],
  setting: ['OptionManager', 'VpxSettings'],
  userDirectory: ['UserDirectory', 'UserDirectory'],
  sessionManager: ['SessionManager', 'SessionManager'],
  authorizationManager: ['AuthorizationManager', 'AuthorizationManager'],
  serviceManager: ['ServiceManager', 'ServiceMgr'],
  perfManager: ['PerformanceManager', 'PerfMgr'],
  scheduledTaskManager: ['ScheduledTaskManager', 'ScheduledTaskManager'],
  alarmManager: ['AlarmManager', 'AlarmManager'],
  eventManager: ['EventManager', 'EventManager'],
  taskManager: ['TaskManager', 'TaskManager'],
  extensionManager: ['ExtensionManager', 'ExtensionManager'],
  customizationSpecManager: ['CustomizationSpecManager', 'CustomizationSpecManager'],
  customFieldsManager: ['CustomFieldsManager', 'CustomFieldsManager'],
  diagnosticManager: ['DiagnosticManager', 'DiagMgr'],
  licenseManager: ['LicenseManager', 'LicenseManager'],
  searchIndex: ['SearchIndex', 'SearchIndex'],
  fileManager: ['FileManager', 'FileManager'],
  virtualDiskManager: ['VirtualDiskManager', 'virtualDiskManager'],
  vmProvisioningChecker: ['VirtualMachineProvisioningChecker', 'ProvChecker'],
  vmCompatibilityChecker: ['VirtualMachineCompatibilityChecker', 'CompatChecker'],
  ovfManager: ['OvfManager', 'OvfManager'],
  ipPoolManager: ['IpPoolManager', 'IpPoolManager'],
  dvSwitchManager: ['DistributedVirtualSwitchManager', 'DVSManager'],
  hostProfileManager: ['HostProfileManager', 'HostProfileManager'],
  clusterProfileManager: ['ClusterProfileManager', 'ClusterProfileManager'],
  complianceManager: ['ProfileComplianceManager', 'MoComplianceManager'],
  localizationManager: ['LocalizationManager', 'LocalizationManager'],
  storageResourceManager: ['StorageResourceManager', 'StorageResourceManager'],
  guestOperationsManager: ['GuestOperationsManager', 'guestOperationsManager'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** Managers that are parts of others: `Type.property` → [managed type, MoRef value]. */
export const PARTS = {
  'GuestOperationsManager.authManager': ['GuestAuthManager', 'guestOperationsAuthManager'],
  'GuestOperationsManager.fileManager': ['GuestFileManager', 'guestOperationsFileManager'],
  'GuestOperationsManager.processManager': ['GuestProcessManager', 'guestOperationsProcessManager'],
  'LicenseManager.licenseAssignmentManager': ['LicenseAssignmentManager', 'LicenseAssignmentManager'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

export type ManagerField = keyof typeof MANAGERS;

/** The reference of a manager: `managerRef('taskManager')` is TaskManager:TaskManager. */
export function managerRef(field: ManagerField): MoRef {
  const [type, value] = MANAGERS[field];
  return { type, value };
}

/** AboutInfo of the vCenter that is simulated. */
export function aboutInfo(instanceUuid: string): Record<string, unknown> {
  return {
    name: 'VMware vCenter Server',
    fullName: 'VMware vCenter Server 8.0.3 build-24022515 (linked-clone simulator)',
    vendor: 'VMware, Inc.',
    version: '8.0.3',
    patchLevel: '00000',
    build: '24022515',
    localeVersion: 'INTL',
    localeBuild: '000',
    osType: 'linux-x64',
    productLineId: 'vpx',
    apiType: 'VirtualCenter',
    apiVersion: '8.0.3.0',
    instanceUuid,
    licenseProductName: 'VMware VirtualCenter Server',
    licenseProductVersion: '8.0',
  };
}

/** ServiceContent: what RetrieveServiceContent answers. */
export function serviceContent(rootFolder: MoRef, instanceUuid: string): Record<string, unknown> {
  const managers = Object.keys(MANAGERS).map((field) => [field, managerRef(field as ManagerField)]);
  return { rootFolder, about: aboutInfo(instanceUuid), ...Object.fromEntries(managers) };
}
