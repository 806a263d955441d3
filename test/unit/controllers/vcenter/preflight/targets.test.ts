// What an account is asked about: the objects that access rules name, one match that suffices of a pattern, parents by what
// their bases need, and the places of clones that exist.
import { describe, expect, it } from '@jest/globals';
import type { VCenterAccessRule } from '../../../../../src/api/types.generated.ts';
import { targetsOf } from '../../../../../src/controllers/vcenter/preflight/targets.ts';
import type { PreflightInput, Target } from '../../../../../src/controllers/vcenter/preflight/targets.ts';
import { REFS, ROOT, state, tree } from '../../support/inventory.ts';
import { ref } from '../../support/vm.ts';

const TEAM = ref('group-v3', 'Folder');
const TEAMS = ref('group-v4', 'Folder');
const FOLDERS = [state(TEAMS, 'Teams', REFS.vmFolder), state(TEAM, 'red', TEAMS)];

function targets(access: Partial<VCenterAccessRule>, input: Partial<PreflightInput> = {}): readonly Target[] {
  return targetsOf({
    root: ROOT,
    tree: tree(FOLDERS),
    datacenter: 'DC0',
    access: [{ namespaces: { names: ['*'] }, ...access }],
    parents: [],
    used: [],
    features: new Set(),
    ...input,
  });
}

/** `place: path, path wants …`, without the root, with only the privileges that `show` lets through. */
function shown(all: readonly Target[], show: RegExp): string[] {
  return all
    .filter(({ place }) => place !== 'root')
    .map(({ place, entities, wanted }) =>
      `${place}: ${entities.map(({ path }) => path).join(', ')}: ${wanted.filter((id) => show.test(id)).join(' ')}`.trim(),
    );
}

const FOLDER = /CreateFromExisting|Folder\.Create/;

describe('targetsOf', () => {
  it('always asks for read rights on the root folder', () => {
    const [root] = targets({});
    expect(root).toMatchObject({
      place: 'root',
      entities: [{ ref: ROOT, path: '/' }],
      wanted: ['System.View', 'System.Read'],
    });
    const [withSpecs] = targets({}, { features: new Set(['customization']) });
    expect(withSpecs?.wanted).toContain('VirtualMachine.Provisioning.ReadCustSpecs');
  });

  it.each<[string, string, string[]]>([
    ['that is there', 'Teams', ['folder: /DC0/vm/Teams: VirtualMachine.Inventory.CreateFromExisting']],
    [
      'that is absolute',
      '/DC0/vm/Teams/red',
      ['folder: /DC0/vm/Teams/red: VirtualMachine.Inventory.CreateFromExisting'],
    ],
    [
      'that is to be made: the one above it, with the right to make it',
      'Teams/blue/deep',
      ['folder: /DC0/vm/Teams: VirtualMachine.Inventory.CreateFromExisting Folder.Create'],
    ],
    [
      'for each namespace: one of those that are there will do, and the right to make more',
      'Teams/{namespace}',
      [
        'folder: /DC0/vm/Teams, /DC0/vm/Teams/red: VirtualMachine.Inventory.CreateFromExisting',
        'folder: /DC0/vm/Teams: Folder.Create',
      ],
    ],
    [
      'as a glob: one will do',
      'Teams/r*',
      ['folder: /DC0/vm/Teams, /DC0/vm/Teams/red: VirtualMachine.Inventory.CreateFromExisting'],
    ],
    [
      'that may be any: one below vm will do',
      '*',
      [
        'folder: /DC0/vm, /DC0/vm/Teams, /DC0/vm/Teams/red, /DC0/vm/Labs%2fEast: VirtualMachine.Inventory.CreateFromExisting',
      ],
    ],
    ['in a datacenter that is not there: nothing', '/DC9/vm/Teams', []],
    ['that is no folder for machines: nothing', '/DC0/host', []],
  ])('a folder %s', (_, folder, expected) => {
    expect(shown(targets({ folders: [folder] }), FOLDER)).toEqual(expected);
  });

  it('pools and datastores: each that is named, one of a pattern', () => {
    const access = { resourcePools: ['C0/Resources/Labs', '*'], datastores: ['ds-1', 'ds-*', 'other'] };
    expect(shown(targets(access), /./)).toEqual([
      'pool: /DC0/host/C0/Resources/Labs: Resource.AssignVMToPool',
      'pool: /Lost, /DC0/host/C0/Resources, /DC0/host/C0/Resources/Labs: Resource.AssignVMToPool',
      'datastore: /DC0/datastore/ds-1: Datastore.AllocateSpace',
      'datastore: /DC0/datastore/ds-1, /DC0/datastore/ds-2: Datastore.AllocateSpace',
    ]);
  });

  it('the places of clones that exist, each; one that is gone is not asked about', () => {
    const used = [TEAM, REFS.labPool, REFS.ds2, ref('group-gone', 'Folder')];
    expect(shown(targets({}, { used }), /CreateFromExisting|Resource|Datastore/)).toEqual([
      'folder: /DC0/vm/Teams/red: VirtualMachine.Inventory.CreateFromExisting',
      'pool: /DC0/host/C0/Resources/Labs: Resource.AssignVMToPool',
      'datastore: /DC0/datastore/ds-2: Datastore.AllocateSpace',
    ]);
  });

  it('parents: what their bases need, and no snapshot right beyond that', () => {
    const entity = { ref: ref('vm-1'), path: '/DC0/vm/Parents/win' };
    const of = (...features: ('machine' | 'template' | 'createSnapshot' | 'removeSnapshot')[]): Target | undefined =>
      targets({}, { parents: [{ ...entity, features: new Set(features) }] }).at(-1);
    expect(of('machine')).toMatchObject({ entities: [entity], wanted: ['VirtualMachine.Provisioning.Clone'] });
    expect(of('machine')?.withheld).toContain('VirtualMachine.State.RemoveSnapshot');
    expect(of('template', 'createSnapshot', 'removeSnapshot')?.wanted).toEqual([
      'VirtualMachine.Provisioning.DeployTemplate',
      'VirtualMachine.State.CreateSnapshot',
      'VirtualMachine.State.RemoveSnapshot',
    ]);
    expect(of('template', 'removeSnapshot')?.withheld).not.toContain('VirtualMachine.State.RemoveSnapshot');
  });

  it("on the parents' folders nothing is wanted, and rights to delete, unregister or power are too much", () => {
    const [, folder] = targets({ parents: ['Teams/win*'] });
    expect(folder).toMatchObject({ place: 'parent', entities: [{ path: '/DC0/vm/Teams' }], wanted: [] });
    expect(folder?.withheld).toEqual(
      expect.arrayContaining([
        'VirtualMachine.Inventory.Delete',
        'VirtualMachine.Inventory.Unregister',
        'VirtualMachine.Interact.PowerOff',
      ]),
    );
  });
});
