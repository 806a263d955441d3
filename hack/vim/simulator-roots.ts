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

/** Every fault and every event of vim25: a test may order any fault, a client may filter by any event. */
export const families: readonly string[] = ['MethodFault', 'Event'];
