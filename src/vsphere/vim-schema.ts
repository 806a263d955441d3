// A vim25 type table as code sees it: field order, lists, references, inheritance, methods and their privileges.
// SOAP wants elements in schema order and `xsi:type` on what is polymorphic, so both sides of the wire read such a table:
// the operator a small one (schema.ts), the simulator that one with more.
// Definitions are parsed on first use: a process touches a few hundred of one or two thousand types.
import type { MethodRow } from './schema.generated.ts';

/** The generated rows; see schema.generated.ts for their form. */
export interface SchemaTables {
  readonly types: Readonly<Record<string, readonly string[]>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly managedTypes: Readonly<
    Record<
      string,
      {
        readonly base: string;
        readonly properties: readonly string[];
        readonly methods: Readonly<Record<string, MethodRow>>;
      }
    >
  >;
}

export interface FieldDef {
  readonly name: string;
  /** `string`, `int`, …, `anyType`, a data or enumeration type, or `@VirtualMachine` for a managed object reference (`@` alone: any). */
  readonly type: string;
  readonly list: boolean;
  readonly optional: boolean;
  /** Managed properties and parameters only: the privilege that is checked on the object ('' = none named). */
  readonly privilege: string;
}

export interface MethodDef {
  readonly name: string;
  readonly params: readonly FieldDef[];
  /** As FieldDef: type, list, optional; type `void` where nothing comes back. */
  readonly returns: FieldDef;
  readonly privilege: string;
  readonly faults: readonly string[];
}

export interface ManagedTypeDef {
  readonly name: string;
  readonly base: string;
  readonly properties: ReadonlyMap<string, FieldDef>;
  readonly methods: ReadonlyMap<string, MethodDef>;
}

const SCALARS = new Set([
  'string',
  'boolean',
  'int',
  'long',
  'short',
  'byte',
  'float',
  'double',
  'dateTime',
  'base64Binary',
  'anyURI',
]);

/** `name:Type[]? Privilege` → FieldDef. */
function parseField(text: string): FieldDef {
  const [declaration = '', privilege = ''] = text.split(' ');
  const colon = declaration.indexOf(':');
  const optional = declaration.endsWith('?');
  const bare = declaration.slice(colon + 1, optional ? -1 : undefined);
  const list = bare.endsWith('[]');
  return { name: declaration.slice(0, colon), type: list ? bare.slice(0, -2) : bare, list, optional, privilege };
}

/** The questions about one table. Functions, not methods: they are passed around freely. */
export interface Schema {
  isScalar(this: void, type: string): boolean;
  isEnum(this: void, type: string): boolean;
  isDataType(this: void, type: string): boolean;
  isReference(this: void, type: string): boolean;
  /** The values of an enumeration in declaration order; empty for an unknown one. */
  enumValues(this: void, type: string): readonly string[];
  /** The base of a data type; '' for a root or an unknown type. */
  baseOf(this: void, type: string): string;
  /** True when `type` is `base` or descends from it. Data types only. */
  isA(this: void, type: string, base: string): boolean;
  /** All fields of a data type in wire order, the base's first; undefined for an unknown type. */
  fieldsOf(this: void, type: string): readonly FieldDef[] | undefined;
  /** A managed type with its inherited properties and methods; undefined for an unknown type. */
  managedType(this: void, name: string): ManagedTypeDef | undefined;
  /** True when managed type `type` is `base` or descends from it. */
  isManagedA(this: void, type: string, base: string): boolean;
  /** Every method name the table knows, whatever managed type has it. */
  knownMethodNames(this: void): ReadonlySet<string>;
}

/** The questions, answered from `tables`. */
export function createSchema({ types, enums, managedTypes }: SchemaTables): Schema {
  const fieldCache = new Map<string, readonly FieldDef[]>();
  const managedCache = new Map<string, ManagedTypeDef>();

  function isScalar(type: string): boolean {
    return SCALARS.has(type);
  }

  function isEnum(type: string): boolean {
    return Object.hasOwn(enums, type);
  }

  function isDataType(type: string): boolean {
    return Object.hasOwn(types, type);
  }

  function isReference(type: string): boolean {
    return type.startsWith('@');
  }

  function enumValues(type: string): readonly string[] {
    return Object.hasOwn(enums, type) ? (enums[type] as readonly string[]) : [];
  }

  function baseOf(type: string): string {
    return Object.hasOwn(types, type) ? ((types[type] as readonly string[])[0] as string) : '';
  }

  function isA(type: string, base: string): boolean {
    for (let at = type; at !== ''; at = baseOf(at)) if (at === base) return true;
    return false;
  }

  function fieldsOf(type: string): readonly FieldDef[] | undefined {
    const cached = fieldCache.get(type);
    if (cached !== undefined) return cached;
    if (!Object.hasOwn(types, type)) return undefined;
    const [base, ...own] = types[type] as readonly [string, ...string[]];
    const fields = [...(base === '' ? [] : (fieldsOf(base) ?? [])), ...own.map(parseField)];
    fieldCache.set(type, fields);
    return fields;
  }

  function managedType(name: string): ManagedTypeDef | undefined {
    const cached = managedCache.get(name);
    if (cached !== undefined) return cached;
    if (!Object.hasOwn(managedTypes, name)) return undefined;
    const entry = managedTypes[name] as (typeof managedTypes)[string];
    const base = entry.base === '' ? undefined : managedType(entry.base);
    const properties = new Map(base?.properties ?? []);
    for (const property of entry.properties) properties.set(parseField(property).name, parseField(property));
    const methods = new Map(base?.methods ?? []);
    for (const [method, [params, returns, privilege, faults]] of Object.entries(entry.methods)) {
      methods.set(method, {
        name: method,
        params: params.map(parseField),
        returns: parseField(`returnval:${returns}`),
        privilege,
        faults,
      });
    }
    const definition = { name, base: entry.base, properties, methods };
    managedCache.set(name, definition);
    return definition;
  }

  function isManagedA(type: string, base: string): boolean {
    for (
      let at = type;
      at !== '';
      at = Object.hasOwn(managedTypes, at) ? (managedTypes[at] as { base: string }).base : ''
    )
      if (at === base) return true;
    return false;
  }

  function knownMethodNames(): ReadonlySet<string> {
    return new Set(Object.values(managedTypes).flatMap((entry) => Object.keys(entry.methods)));
  }

  return {
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
  };
}
