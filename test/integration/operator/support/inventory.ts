// The vCenter of these tests: three hosts, two datastores, small parents with a snapshot each, stored specifications that
// succeed and fail, and an account of somebody else's. As a value, so that a test file changes what it needs.

interface ParentOptions {
  readonly host?: string;
  readonly guest?: Readonly<Record<string, unknown>>;
  readonly networks?: readonly string[];
  readonly datastore?: string;
  readonly capacity?: string;
  readonly used?: string;
}

/** A powered-off parent with one disk and the snapshot "release". */
export function parent(name: string, options: ParentOptions = {}): Record<string, unknown> {
  const { capacity = '8 GB', used = '2 GB', guest = {}, ...rest } = options;
  return {
    name,
    folder: 'Templates',
    memory: '64 MB',
    guest: { id: 'winXPProGuest', fullName: 'Microsoft Windows XP Professional (32-bit)', ...guest },
    firstBootBytes: '16 MB',
    disks: [{ capacity, used }],
    snapshots: [{ name: 'release' }],
    ...rest,
  };
}

/** The account that a second client logs in with. */
export const OTHER = { username: 'other@vsphere.local', password: 'somebody-else' } as const;

/** What simulators of these tests are started with; `changes` replace whole sections. */
export function inventory(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    datacenter: 'DC0',
    users: [{ name: OTHER.username, password: OTHER.password }],
    clusters: [{ name: 'Lab Cluster', hosts: ['esx-1', 'esx-2', 'esx-3'], pools: ['Classes'] }],
    datastores: [
      { name: 'shared-1', capacity: '500 GB' },
      { name: 'shared-2', capacity: '500 GB' },
    ],
    networks: [{ name: 'VM Network', dhcp: '10.20.0.0/16' }, { name: 'Dark Network' }],
    folders: ['Templates', 'Labs', 'Elsewhere'],
    vms: [parent('Tmpl')],
    customizationSpecs: [
      { name: 'good', os: 'Windows' },
      { name: 'broken', os: 'Windows', fail: 'The domain controller did not answer' },
    ],
    storageRefreshSeconds: 1,
    ...changes,
  };
}
