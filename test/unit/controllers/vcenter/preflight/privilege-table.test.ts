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

  it('give no right to delete, unregister or power a parent', () => {
    const dangerous = WITHHELD.parent.filter((id) => id !== 'VirtualMachine.State.RemoveSnapshot');
    expect(idsOn('parent').filter((id) => dangerous.includes(id))).toEqual([]);
    expect(dangerous).toEqual(
      expect.arrayContaining(['VirtualMachine.Inventory.Delete', 'VirtualMachine.Inventory.Unregister']),
    );
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

  it('create-roles.sh makes exactly these roles', () => {
    const made = [
      ...read('create-roles.sh').matchAll(/^role (linked-clone-[a-z]+) \\\n((?: {2}[\w.]+(?: \\)?\n)+)/gm),
    ].map(([, name, ids = '']) => [name, [...ids.matchAll(/[\w.]+/g)].map(String)]);
    expect(Object.fromEntries(made)).toEqual(
      // these two are in every role
      Object.fromEntries(PLACES.map((place) => [ROLES[place], idsOn(place).filter((id) => !id.startsWith('System.'))])),
    );
    const claim = /^ {2}claim="(.*)"$/m.exec(read('create-roles.sh'))?.[1]?.split(' ');
    expect(claim).toEqual(OPTIONAL.map(({ id }) => id));
  });
});
