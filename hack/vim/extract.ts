// Reads the type information that pyvmomi (Apache-2.0) ships and writes the part this project speaks to vim25.json.
// Run by hand when roots.ts changes: pip download pyvmomi==<version>, unzip, `npm run vim-data -- DIR/pyVmomi VERSION`.
// The generated table is made from vim25.json alone, so the check needs neither pyvmomi nor a network.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults, families, managedTypes, methods } from './roots.ts';
import type { VimData, VimMethod } from './vim-data.ts';

type Literal = string | number | null | Literal[];
interface DataType {
  kind: 'data';
  name: string;
  base: string | undefined;
  fields: Literal[][];
}
interface EnumType {
  kind: 'enum';
  name: string;
  values: string[];
}
interface ManagedType {
  kind: 'managed';
  name: string;
  base: string | undefined;
  properties: Literal[][];
  methods: Literal[][];
}

const OPTIONAL = 1;
// pyvmomi builds these in code (VmomiSupport.py), so its type lists lack them.
const BUILT_IN: [string, DataType][] = [
  [
    'vmodl.MethodFault',
    {
      kind: 'data',
      name: 'MethodFault',
      base: undefined,
      fields: [
        ['faultCause', 'vmodl.MethodFault', '', OPTIONAL],
        ['faultMessage', 'vmodl.LocalizableMessage[]', '', OPTIONAL],
      ],
    },
  ],
  ['vmodl.RuntimeFault', { kind: 'data', name: 'RuntimeFault', base: 'vmodl.MethodFault', fields: [] }],
  [
    'vmodl.LocalizedMethodFault',
    {
      kind: 'data',
      name: 'LocalizedMethodFault',
      base: 'vmodl.DynamicData',
      fields: [
        ['fault', '#MethodFault', '', 0],
        ['localizedMessage', 'string', '', OPTIONAL],
      ],
    },
  ],
];
const SCALARS: Record<string, string> = {
  'vmodl.DateTime': 'dateTime',
  'vmodl.Binary': 'base64Binary',
  'vmodl.URI': 'anyURI',
  'vmodl.Any': 'anyType',
  'vmodl.MethodName': 'string',
  'vmodl.TypeName': 'string',
  'vmodl.PropertyPath': 'string',
  anyType: 'anyType',
  string: 'string',
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  short: 'short',
  byte: 'byte',
  float: 'float',
  double: 'double',
  void: 'void',
};

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
            .replaceAll(/F_\w+(?:\s*\|\s*F_\w+)*/g, (f) => (f.includes('F_OPTIONAL') ? String(OPTIONAL) : '0')),
    )
    .join('')
    .replaceAll(/,\s*\]/g, ']');
  return JSON.parse(json) as Literal[];
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
        byVmodl.set(vmodl, { kind: 'data', name, base: args[2] as string, fields: (args[4] ?? []) as Literal[][] });
      else if (match[1] === 'Enum') byVmodl.set(vmodl, { kind: 'enum', name, values: args[3] as string[] });
      else
        byVmodl.set(vmodl, {
          kind: 'managed',
          name,
          base: args[2] as string,
          properties: (args[4] ?? []) as Literal[][],
          methods: (args[5] ?? []) as Literal[][],
        });
    }
  }
  return byVmodl;
}

function extract(dir: string, version: string): VimData {
  const byVmodl = readTypes(dir);
  const vmodlOf = new Map([...byVmodl].map(([vmodl, type]) => [type.name, vmodl]));
  const children = new Map<string, string[]>();
  for (const [vmodl, type] of byVmodl) {
    if (type.kind !== 'data' || type.base === undefined) continue;
    children.set(type.base, [...(children.get(type.base) ?? []), vmodl]);
  }
  const out: VimData = { source: `pyvmomi ${version} (Apache-2.0)`, types: {}, enums: {}, managed: {} };

  /** A vmodl type name as it stands in the table: `string`, `@VirtualMachine` for a reference, `Name`, with `[]` behind for a list. */
  function typeRef(vmodl: string): string {
    const list = vmodl.endsWith('[]');
    const bare = list ? vmodl.slice(0, -2) : vmodl;
    const suffix = list ? '[]' : '';
    if (bare.startsWith('#')) return bare.slice(1) + suffix;
    const scalar = SCALARS[bare];
    if (scalar !== undefined) return scalar + suffix;
    const type = byVmodl.get(bare);
    if (type === undefined) {
      if (bare === 'vmodl.ManagedObject') return `@${suffix}`;
      throw new Error(`no type information for ${bare}`);
    }
    if (type.kind === 'managed') return `@${type.name}${suffix}`;
    if (isFault(bare)) return `LocalizedMethodFault${suffix}`; // a fault inside data travels as LocalizedMethodFault
    return type.name + suffix;
  }
  function isFault(vmodl: string): boolean {
    let at: string | undefined = vmodl;
    while (at !== undefined) {
      if (at === 'vmodl.MethodFault') return true;
      const type = byVmodl.get(at);
      at = type?.kind === 'data' ? type.base : undefined;
    }
    return false;
  }
  function field(entry: Literal[]): string {
    const [name, vmodl, , flags] = entry as [string, string, string, number];
    return `${name}:${typeRef(vmodl)}${flags === OPTIONAL ? '?' : ''}`;
  }
  function want(vmodlRef: string): void {
    const bare = vmodlRef.replace(/\[\]$/, '');
    const type = byVmodl.get(bare);
    if (type === undefined || type.kind === 'managed') return;
    if (type.kind === 'enum') {
      out.enums[type.name] = type.values;
      return;
    }
    if (out.types[type.name] !== undefined) return;
    const base = type.base === undefined || !byVmodl.has(type.base) ? '' : (byVmodl.get(type.base) as DataType).name;
    out.types[type.name] = {
      base,
      fields: type.fields.filter((f) => f[0] !== 'dynamicType' && f[0] !== 'dynamicProperty').map(field),
    };
    if (type.base !== undefined) want(type.base);
    for (const f of type.fields) want(f[1] as string);
  }
  function family(vmodl: string): void {
    want(vmodl);
    for (const child of children.get(vmodl) ?? []) family(child);
  }
  function wireName(name: string): string {
    const vmodl = vmodlOf.get(name);
    if (vmodl === undefined) throw new Error(`roots.ts names ${name}, which is not in the type information`);
    return vmodl;
  }

  const missing = new Set(methods);
  for (const [name, leftOut] of Object.entries(managedTypes)) {
    const type = byVmodl.get(wireName(name)) as ManagedType;
    const properties: string[] = [];
    for (const property of type.properties) {
      if (leftOut.includes(property[0] as string)) continue;
      properties.push(`${field(property)}${property[4] === null ? '' : ` ${String(property[4])}`}`);
      want(property[1] as string);
    }
    const served: Record<string, VimMethod> = {};
    for (const method of type.methods) {
      const [, wire, , params, result, privilege, thrown] = method as [
        string,
        string,
        string,
        Literal[][],
        Literal[],
        string | null,
        string[] | null,
      ];
      if (!methods.includes(wire)) continue;
      missing.delete(wire);
      for (const param of params) want(param[1] as string);
      want(result[1] as string);
      const returns = wire.endsWith('_Task') ? '@Task' : typeRef(result[1] as string);
      served[wire] = {
        params: params.map((p) => `${field(p)}${p[4] === null ? '' : ` ${String(p[4])}`}`),
        returns: returns + (result[0] === OPTIONAL ? '?' : ''),
        privilege: privilege ?? '',
        faults: (thrown ?? []).map((f) => (byVmodl.get(f) as DataType).name),
      };
      for (const fault of thrown ?? []) want(fault);
    }
    const base = type.base === undefined ? '' : ((byVmodl.get(type.base) as ManagedType | undefined)?.name ?? '');
    out.managed[name] = { base, properties, methods: served };
  }
  if (missing.size > 0)
    throw new Error(`roots.ts names methods that no listed managed type has: ${[...missing].join(', ')}`);
  for (const name of families) family(wireName(name));
  for (const name of faults) want(wireName(name));
  for (const name of ['LocalizedMethodFault', 'KeyAnyValue']) want(wireName(name));
  return out;
}

const [dir, version] = process.argv.slice(2);
if (dir === undefined || version === undefined) {
  process.stderr.write('usage: npm run vim-data -- DIRECTORY_OF_pyVmomi VERSION\n');
  process.exit(2);
}
const data = extract(dir, version);
const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const text = JSON.stringify(
  { ...data, types: sorted(data.types), enums: sorted(data.enums), managed: sorted(data.managed) },
  null,
  1,
);
writeFileSync(new URL('vim25.json', import.meta.url), `${text}\n`);
process.stdout.write(
  `${Object.keys(data.types).length} types, ${Object.keys(data.enums).length} enumerations, ${Object.keys(data.managed).length} managed types\n`,
);
