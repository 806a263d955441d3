// What of vim25 only the simulator speaks, on top of roots.ts. It has a table of its own, which the operator never loads.

/** As in roots.ts: managed types with the properties that are left out; an entry here replaces the one there. */
export const managedTypes: Readonly<Record<string, readonly string[]>> = {
  EventManager: [],
  FileManager: [],
  HostSystem: [
    'config',
    'licensableResource',
    'systemResources',
    'answerFileValidationState',
    'answerFileValidationResult',
  ],
  UserDirectory: [],
};

export const methods: readonly string[] = [
  'MoveDatastoreFile_Task',
  'CopyDatastoreFile_Task',
  'DeleteDatastoreFile_Task',
  'MakeDirectory',
  'RetrieveUserGroups',
  'AddHost_Task',
  'QueryConnectionInfo',
  'QueryHostConnectionInfo',
  'MoveHostInto_Task',
  'MoveInto_Task',
  'DestroyDatastore',
  'PlaceVm',
  'ResetGuestInformation',
  'reloadVirtualMachineFromPath_Task',
  'EstimateStorageForConsolidateSnapshots_Task',
];

/** Whole families: a test may order any fault of vim25, a client may filter by any event. */
export const families: readonly string[] = [
  'MethodFault',
  'Event',
  // Results of tasks and recommendations, which travel as anyType or by xsi:type.
  'ClusterAction',
  'ClusterPowerOnVmResult',
  'CheckResult',
];
