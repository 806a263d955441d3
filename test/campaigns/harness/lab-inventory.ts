// The vCenter of every run: three hosts, small parents with snapshots, the operator's own account with the rights of the
// shipped role, another client's, and the decoys that can stand there from the start.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';

/** The second is for a rotated Secret. */
export const OPERATOR_ACCOUNTS: readonly string[] = ['operator@vsphere.local', 'operator-2@vsphere.local'];
export const OTHER_ACCOUNT = { username: 'other@vsphere.local', password: 'somebody-else' } as const;

export const PARENTS = ['Tmpl', 'Tmpl-2'] as const;
/** Stands for what people made by hand, with the names that stories give. */
export const DECOY_NAMES = ['web-01', 'web-02', 'web-03', 'one'] as const;
/** Takes a disk of one of our clones. */
export const ARCHIVE = 'archive';
const ALIEN_CLUSTER = '00000000-aaaa-4bbb-8ccc-dddddddddddd';

export interface LabInventoryOptions {
  readonly namespace: string;
  readonly password: string;
  /** The set's folder is there from the start, with a VM in it that somebody made. */
  readonly folderExists: boolean;
}

interface ShippedInventory {
  readonly roles: readonly { readonly name: string; readonly privileges: readonly string[] }[];
}

/** What a claim on the vCenter needs, an option of the shipped role. */
const CLAIM = ['Global.ManageCustomFields', 'Global.SetCustomField'];

function shippedRole(): ShippedInventory['roles'][number] {
  const text = readFileSync(repositoryPath('deploy/simulator/inventory.yaml'), 'utf8');
  const [role] = (parse(text) as ShippedInventory).roles;
  if (role === undefined) throw new Error('the shipped inventory has no role');
  return { ...role, privileges: [...role.privileges, ...CLAIM] };
}

function machine(name: string, folder: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name, folder, memory: '64 MB', disks: [{ capacity: '1 GB', used: '200 MB' }], ...more };
}

function parent(name: string, host: string): Record<string, unknown> {
  return {
    name,
    folder: 'Templates',
    host,
    memory: '64 MB',
    guest: { id: 'winXPProGuest', fullName: 'Microsoft Windows XP Professional (32-bit)' },
    firstBootBytes: '16 MB',
    disks: [{ capacity: '8 GB', used: '2 GB' }],
    // the second has the name that stories give to a snapshot of their own
    snapshots: [{ name: 'release', children: [{ name: 'made' }] }],
  };
}

/** A marker as ours, from another cluster, for an object that has the same name here. */
function alienMarker(namespace: string, name: string, uid: string): Record<string, string> {
  const marker = { cluster: ALIEN_CLUSTER, namespace, name, uid, instanceUuid: uid };
  return { 'linkedclone.dev/owner': JSON.stringify(marker) };
}

/** UID of the cluster that marked one of them. */
export function isAlien(cluster: string): boolean {
  return cluster === ALIEN_CLUSTER;
}

/** Machines of somebody's that look like ours, with the names that plans give to theirs. They need a folder "Elsewhere". */
export function decoyMachines(namespace: string, names: readonly string[]): readonly Record<string, unknown>[] {
  const alien = 'feedbeef-0000-4000-8000-000000000001';
  return [
    ...names.map((name) => machine(name, 'Elsewhere', { power: 'on' })),
    machine('alien', 'Elsewhere', { power: 'on', extraConfig: alienMarker(namespace, 'web-1', alien) }),
    machine(ARCHIVE, 'Elsewhere'),
    { ...machine('somebodys', 'Elsewhere'), snapshots: [{ name: 'release' }, { name: 'made' }] },
  ];
}

/** As the text of an inventory file. */
export function labInventory({ namespace, password, folderExists }: LabInventoryOptions): string {
  const role = shippedRole();
  return JSON.stringify({
    datacenter: 'DC0',
    users: [
      ...OPERATOR_ACCOUNTS.map((name) => ({ name, password, role: role.name })),
      { name: OTHER_ACCOUNT.username, password: OTHER_ACCOUNT.password },
    ],
    roles: [role],
    clusters: [{ name: 'Lab Cluster', hosts: ['esx-1', 'esx-2', 'esx-3'], pools: ['Classes'] }],
    datastores: [
      { name: 'shared-1', capacity: '500 GB' },
      { name: 'shared-2', capacity: '500 GB' },
    ],
    networks: [{ name: 'VM Network', dhcp: '10.20.0.0/16' }],
    folders: ['Templates', 'Labs', 'Elsewhere', 'Moved', ...(folderExists ? [`Labs/${namespace}`] : [])],
    vms: [
      parent(PARENTS[0], 'esx-1'),
      parent(PARENTS[1], 'esx-2'),
      machine('web-50', folderExists ? `Labs/${namespace}` : 'Labs', { power: 'on' }),
      ...decoyMachines(namespace, DECOY_NAMES),
    ],
    customizationSpecs: [{ name: 'good', os: 'Windows' }],
    storageRefreshSeconds: 30,
  });
}
