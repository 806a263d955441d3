// What is read of each host, and followed: it decides where a clone may go.
export const HOST_PATHS = [
  'name',
  'runtime.connectionState',
  'runtime.inMaintenanceMode',
  'runtime.standbyMode',
  'datastore',
] as const;
