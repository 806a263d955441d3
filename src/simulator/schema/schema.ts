// The vim25 type table of the simulator: the operator's, every fault and every event, and what else only a server needs.
// The operator never loads it.
import { enums, managedTypes, types } from '../../vsphere/schema.generated.ts';
import { createSchema } from '../../vsphere/vim-schema.ts';
import type { SchemaTables } from '../../vsphere/vim-schema.ts';
import { simulatorTables } from './schema-extra.generated.ts';

export type { FieldDef, ManagedTypeDef, MethodDef } from '../../vsphere/vim-schema.ts';

const tables: SchemaTables = {
  types: { ...types, ...simulatorTables.types },
  enums: { ...enums, ...simulatorTables.enums },
  managedTypes: mergedManagedTypes(),
};

function mergedManagedTypes(): SchemaTables['managedTypes'] {
  const merged: Record<string, SchemaTables['managedTypes'][string]> = { ...managedTypes };
  for (const [name, added] of Object.entries(simulatorTables.managedTypes)) {
    const known = merged[name];
    merged[name] = {
      base: added.base,
      properties: [...(known?.properties ?? []), ...added.properties],
      methods: { ...known?.methods, ...added.methods },
    };
  }
  return merged;
}

/** The names of all data types. */
export const dataTypeNames: readonly string[] = Object.keys(tables.types);

export const {
  isScalar,
  isEnum,
  isDataType,
  isReference,
  enumValues,
  baseOf,
  isA,
  fieldsOf,
  managedType,
  isManagedA,
  knownMethodNames,
} = createSchema(tables);
