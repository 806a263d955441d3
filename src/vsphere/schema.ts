// The vim25 type table of the operator. The simulator has a larger one of its own (src/simulator/schema).
import { enums, managedTypes, types } from './schema.generated.ts';
import { createSchema } from './vim-schema.ts';

export type { FieldDef, ManagedTypeDef, MethodDef } from './vim-schema.ts';

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
} = createSchema({ types, enums, managedTypes });
