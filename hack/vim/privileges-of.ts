// The ids of all privileges: those that pyvmomi's type information names, and those of the Administrator role of a vCenter 8
// (administrator-privileges.json; most belong to services outside vim25, and no type names them).
import { readFileSync } from 'node:fs';
import type { Literal, TypeInfo } from './read-type-info.ts';

const PRIVILEGE = /^[A-Z]\w*(?:\.\w+)+$/;

export function privilegesOf(info: TypeInfo): string[] {
  const known = JSON.parse(readFileSync(new URL('administrator-privileges.json', import.meta.url), 'utf8')) as {
    privileges: string[];
  };
  const found = new Set(known.privileges);
  for (const type of info.types.values()) {
    if (type.kind !== 'managed') continue;
    for (const property of type.properties) note(found, property[4]);
    for (const [, , , params, , privilege] of type.methods) {
      note(found, privilege);
      for (const param of params as Literal[][]) note(found, param[4]);
    }
  }
  return [...found].toSorted();
}

function note(found: Set<string>, privilege: Literal | undefined): void {
  if (typeof privilege === 'string' && PRIVILEGE.test(privilege)) found.add(privilege);
}
