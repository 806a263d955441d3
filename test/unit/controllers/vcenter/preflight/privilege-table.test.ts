// The list of wanted privileges is what the shipped page and the script say, and what vim25's own type information names
// for the calls that are made.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  OPTIONAL,
  ROLES,
  WANTED,
  WITHHELD,
  wantedOn,
} from '../../../../../src/controllers/vcenter/preflight/privilege-table.ts';
import type { Place } from '../../../../../src/controllers/vcenter/preflight/privilege-table.ts';
import { managedType } from '../../../../../src/vsphere/schema.ts';

const PLACES = Object.keys(ROLES) as readonly Place[];
const read = (file: string): string =>
  readFileSync(new URL(`../../../../../deploy/vsphere/${file}`, import.meta.url), 'utf8');
const idsOn = (place: Place): string[] =>
  WANTED.filter((each) => each.place === place && !OPTIONAL.includes(each)).map(({ id }) => id);
/** Wanted on parents where its feature is used, and too much elsewhere. */
const REMOVE_SNAPSHOT = 'VirtualMachine.State.RemoveSnapshot';
/** Every privilege of vCenter: the Administrator has them all. */
const KNOWN = new Set(
  (
    JSON.parse(
      readFileSync(new URL('../../../../../hack/vim/administrator-privileges.json', import.meta.url), 'utf8'),
    ) as { privileges: readonly string[] }
  ).privileges,
);
/** `maxItems` of the CRD. */
const MOST_IN_STATUS = 64;
/** Managed types whose methods the operator calls. */
const TYPES = [
  'CustomFieldsManager',
  'VirtualMachine',
  'VirtualMachineSnapshot',
  'Folder',
  'CustomizationSpecManager',
  'ViewManager',
  'AuthorizationManager',
];

describe('the wanted privileges', () => {
  it.each(WANTED)('$id on $place is what $method names, where the type table names one', ({ id, method }) => {
    const definitions = TYPES.flatMap((type) => managedType(type)?.methods.get(method) ?? []);
    expect(definitions).not.toEqual([]);
    for (const { privilege, params } of definitions) {
      const named = [privilege, ...params.map((param) => param.privilege)].filter((each) => each !== '');
      if (named.length > 0) expect(named).toContain(id);
    }
  });

  it('cover every call that changes something and has a privilege in the type table', () => {
    const changing = [
      'CreateFolder',
      'CreateSnapshot_Task',
      'RemoveSnapshot_Task',
      'PowerOnVM_Task',
      'PowerOffVM_Task',
    ];
    for (const method of [...changing, 'GetCustomizationSpec', 'ShutdownGuest']) {
      const [privilege] = TYPES.flatMap((type) => managedType(type)?.methods.get(method)?.privilege ?? []);
      expect(WANTED.map(({ id }) => id)).toContain(privilege);
    }
  });

  it('are asked for with their feature only', () => {
    expect(wantedOn('parent', new Set())).toEqual([]);
    expect(wantedOn('parent', new Set(['template', 'removeSnapshot']))).toEqual([
      'VirtualMachine.Provisioning.DeployTemplate',
      'VirtualMachine.State.RemoveSnapshot',
    ]);
    expect(wantedOn('folder', new Set())).not.toContain('VirtualMachine.Config.Annotation');
    expect(wantedOn('folder', new Set(['notes']))).toContain('VirtualMachine.Config.Annotation');
  });

  it('are not asked for where they are optional', () => {
    const all = new Set(WANTED.flatMap(({ feature }) => (feature === undefined || feature === 'claim' ? [] : feature)));
    expect(OPTIONAL.map(({ id }) => id)).toEqual(['Global.SetCustomField', 'Global.ManageCustomFields']);
    for (const { id, place } of OPTIONAL) expect(wantedOn(place, all)).not.toContain(id);
  });

  it('give no right to delete, unregister, power or change a parent', () => {
    const dangerous = WITHHELD.parent.filter((id) => id !== REMOVE_SNAPSHOT);
    expect(idsOn('parent').filter((id) => dangerous.includes(id))).toEqual([]);
    expect(dangerous).toEqual(
      expect.arrayContaining([
        ...['VirtualMachine.Inventory.Delete', 'VirtualMachine.Inventory.Unregister', 'VirtualMachine.Inventory.Move'],
        ...['VirtualMachine.Config.RemoveDisk', 'VirtualMachine.Config.EditDevice'],
        'VirtualMachine.GuestOperations.Execute',
      ]),
    );
  });

  it('and what is withheld are privileges that vCenter has, few enough for the status, and none that is wanted there', () => {
    for (const place of PLACES) {
      expect(WITHHELD[place].filter((id) => !KNOWN.has(id))).toEqual([]);
      expect(new Set(WITHHELD[place]).size).toBe(WITHHELD[place].length);
      expect(WITHHELD[place].length).toBeLessThanOrEqual(MOST_IN_STATUS);
      const wanted = new Set(idsOn(place).filter((id) => id !== REMOVE_SNAPSHOT));
      expect(WITHHELD[place].filter((id) => wanted.has(id))).toEqual([]);
    }
    expect(WITHHELD.pool).not.toEqual([]);
  });
});

describe('deploy/vsphere', () => {
  it('role.md has a row for each, under the role of its place, and names what is too much', () => {
    const sections = new Map(
      read('role.md')
        .split(/^### /m)
        .slice(1)
        .map((section) => [
          /`(linked-clone-[a-z]+)`/.exec(section.split('\n')[0] ?? '')?.[1],
          section.split(/^## /m)[0],
        ]),
    );
    expect([...sections.keys()].map(String).toSorted()).toEqual(Object.values(ROLES).toSorted());
    for (const place of PLACES) {
      const section = sections.get(ROLES[place]) ?? '';
      const rows = [...section.matchAll(/^\| `([\w.]+)` *\| `(\w+)` *\| (.*?) *\|/gm)].map(
        ([, id, method, purpose]) => ({ id, method, purpose }),
      );
      expect(rows).toEqual(
        WANTED.filter((each) => each.place === place).map(({ id, method, purpose }) => ({ id, method, purpose })),
      );
      const reported = /^Reported as too much: (.*)$/m.exec(section)?.[1] ?? '';
      expect([...reported.matchAll(/`(\w+\.[\w.]+)`/g)].map(([, id]) => id)).toEqual(WITHHELD[place]);
    }
  });

  it('create-roles.sh makes exactly these roles, says why beside each privilege, and has switches for what not all need', () => {
    const script = read('create-roles.sh');
    const [, lists = ''] = /^existing=.*\n([\s\S]*?)^permit /m.exec(script) ?? [];
    const made: Record<string, string[]> = {};
    let group: string[] = [];
    let condition = '';
    for (const line of lists.split('\n')) {
      const [, switched] = /^ {2}\[ (.*) \] \|\| cat <</.exec(line) ?? [];
      if (switched !== undefined) condition = ` if ${switched}`;
      const [, id, why] = /^(\w+\.[\w.]+) # (.+)$/.exec(line) ?? [];
      if (id !== undefined) group.push(`${id}: ${why ?? ''}${condition}`);
      if (line === 'WHY') condition = '';
      const [, role] = /role (linked-clone-[a-z]+)/.exec(line) ?? [];
      if (role !== undefined) made[role] = group = line.startsWith('}') ? group : [];
      if (line === '') group = [];
    }
    const SWITCHES: Readonly<Record<string, string>> = {
      claim: ' if "${CLAIM:-}" != yes',
      createSnapshot: ' if -z "${SNAPSHOTS:-}"',
      removeSnapshot: ' if "${SNAPSHOTS:-}" != delete',
    };
    const expected = PLACES.map((place) => [
      ROLES[place],
      // these are in every role
      WANTED.filter((each) => each.place === place && !each.id.startsWith('System.')).map(
        ({ id, purpose, feature = '' }) => `${id}: ${purpose}${SWITCHES[feature] ?? ''}`,
      ),
    ]);
    expect(made).toEqual(Object.fromEntries(expected));
  });
});
