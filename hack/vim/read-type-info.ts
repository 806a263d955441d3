// pyvmomi's lists of types (`_typeinfo_*.py`: one call of CreateDataType and its like per line) as data.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Literal = string | number | null | Literal[];
export interface DataType {
  kind: 'data';
  name: string;
  /** vmodl name of the version that brought it, such as `vim.version.version7`. */
  version: string;
  base: string | undefined;
  fields: Literal[][];
}
export interface EnumType {
  kind: 'enum';
  name: string;
  version: string;
  values: string[];
}
export interface ManagedType {
  kind: 'managed';
  name: string;
  version: string;
  base: string | undefined;
  properties: Literal[][];
  methods: Literal[][];
}

/** The flag of a field that may be missing. */
export const OPTIONAL = 1;
/** The flag of a field that holds the key of a data object which stands elsewhere. */
export const LINK = 2;
// pyvmomi builds these in code (VmomiSupport.py), so its type lists lack them.
const BUILT_IN: [string, DataType][] = [
  [
    'vmodl.MethodFault',
    {
      kind: 'data',
      name: 'MethodFault',
      version: '',
      base: undefined,
      fields: [
        ['faultCause', 'vmodl.MethodFault', '', OPTIONAL],
        ['faultMessage', 'vmodl.LocalizableMessage[]', '', OPTIONAL],
      ],
    },
  ],
  ['vmodl.RuntimeFault', { kind: 'data', name: 'RuntimeFault', version: '', base: 'vmodl.MethodFault', fields: [] }],
  [
    'vmodl.LocalizedMethodFault',
    {
      kind: 'data',
      name: 'LocalizedMethodFault',
      version: '',
      base: 'vmodl.DynamicData',
      fields: [
        ['fault', '#MethodFault', '', 0],
        ['localizedMessage', 'string', '', OPTIONAL],
      ],
    },
  ],
];
function literal(text: string): Literal[] {
  const json = text
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part
            .replaceAll('(', '[')
            .replaceAll(')', ']')
            .replaceAll('None', 'null')
            .replaceAll(/F_\w+(?:\s*\|\s*F_\w+)*/g, (names) => String(flagsOf(names))),
    )
    .join('')
    .replaceAll(/,\s*\]/g, ']');
  return JSON.parse(json) as Literal[];
}

function flagsOf(names: string): number {
  return (names.includes('F_OPTIONAL') ? OPTIONAL : 0) + (/\bF_LINK\b/.test(names) ? LINK : 0);
}

export interface TypeInfo {
  /** By vmodl name. */
  readonly types: ReadonlyMap<string, DataType | EnumType | ManagedType>;
  /** vmodl name of a version of vim25 → its id on the wire, such as `8.0.3.0`; oldest first. */
  readonly versions: ReadonlyMap<string, string>;
}

/** Reads the type lists in `dir`. */
export function readTypeInfo(dir: string): TypeInfo {
  return { types: readTypes(dir), versions: readVersions(dir) };
}

/** A version has every older one as a parent, so the number of parents is its age. */
function readVersions(dir: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(dir, '_typeinfo_vim.py'), 'utf8');
  const ids = new Map<string, string>();
  for (const [, vmodl, space, id] of text.matchAll(/^AddVersion\("([^"]+)", "(vim2?5?)", "([^"]+)"/gm))
    if (vmodl !== undefined && space !== undefined && id !== undefined) ids.set(vmodl, id);
  const parents = new Map<string, number>();
  for (const [, vmodl = '', parent = ''] of text.matchAll(/^AddVersionParent\("([^"]+)", "([^"]+)"\)/gm))
    if (ids.has(parent)) parents.set(vmodl, (parents.get(vmodl) ?? 0) + 1);
  return new Map([...ids].toSorted(([a], [b]) => (parents.get(a) ?? 0) - (parents.get(b) ?? 0)));
}

function readTypes(dir: string): Map<string, DataType | EnumType | ManagedType> {
  const byVmodl = new Map<string, DataType | EnumType | ManagedType>(BUILT_IN);
  for (const file of ['_typeinfo_core.py', '_typeinfo_query.py', '_typeinfo_vim.py']) {
    for (const line of readFileSync(join(dir, file), 'utf8').split('\n')) {
      const match = /^Create(Data|Enum|Managed)Type(\(.*\))$/.exec(line);
      if (match === null) continue;
      const args = literal(match[2] as string);
      const [vmodl, name] = args as [string, string];
      if (match[1] === 'Data')
        byVmodl.set(vmodl, {
          kind: 'data',
          name,
          version: args[3] as string,
          base: args[2] as string,
          fields: (args[4] ?? []) as Literal[][],
        });
      else if (match[1] === 'Enum')
        byVmodl.set(vmodl, { kind: 'enum', name, version: args[2] as string, values: args[3] as string[] });
      else
        byVmodl.set(vmodl, {
          kind: 'managed',
          name,
          version: args[3] as string,
          base: args[2] as string,
          properties: (args[4] ?? []) as Literal[][],
          methods: (args[5] ?? []) as Literal[][],
        });
    }
  }
  return byVmodl;
}
