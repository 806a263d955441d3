// Reads the type information that pyvmomi (Apache-2.0) ships and writes the part this project speaks to vim25.json, and
// what the simulator alone speaks to vim25-simulator.json.
// Run by hand when the roots change: pip download pyvmomi==<version>, unzip, `npm run vim-data -- DIR/pyVmomi VERSION`.
// The generated tables are made from these two files alone, so the check needs neither pyvmomi nor a network.
import { writeFileSync } from 'node:fs';
import { LINK, OPTIONAL, readTypeInfo } from './read-type-info.ts';
import type { DataType, Literal, ManagedType, TypeInfo } from './read-type-info.ts';
import * as productRoots from './roots.ts';
import * as simulatorRoots from './simulator-roots.ts';
import { privilegesOf } from './privileges-of.ts';
import { sinceVersions } from './since-versions.ts';
import type { Roots, SimulatorVimData, VimData, VimMethod } from './vim-data.ts';

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

function hasFlag(flags: number, flag: number): boolean {
  return flags % (2 * flag) >= flag;
}

function isLink(field: Literal[]): boolean {
  return hasFlag(field[3] as number, LINK);
}

/** Everything that the roots lead to. */
function closure({ types: byVmodl }: TypeInfo, roots: Roots): Omit<VimData, 'source'> {
  const { faults, families, managedTypes, methods } = roots;
  const vmodlOf = new Map([...byVmodl].map(([vmodl, type]) => [type.name, vmodl]));
  const children = new Map<string, string[]>();
  for (const [vmodl, type] of byVmodl) {
    if (type.kind !== 'data' || type.base === undefined) continue;
    children.set(type.base, [...(children.get(type.base) ?? []), vmodl]);
  }
  const out: Omit<VimData, 'source'> = { types: {}, enums: {}, managed: {} };

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
    const type = isLink(entry) ? `string${vmodl.endsWith('[]') ? '[]' : ''}` : typeRef(vmodl);
    return `${name}:${type}${hasFlag(flags, OPTIONAL) ? '?' : ''}`;
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
    for (const f of type.fields) if (!isLink(f)) want(f[1] as string);
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
        returns: returns + (hasFlag(result[0] as number, OPTIONAL) ? '?' : ''),
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

/** What `all` has and `part` hasn't; of a managed type that both have, the members that only `all` has. */
function without(all: Omit<VimData, 'source'>, part: Omit<VimData, 'source'>): Omit<VimData, 'source'> {
  const managed: VimData['managed'] = {};
  for (const [name, type] of Object.entries(all.managed)) {
    const known = part.managed[name];
    const properties = type.properties.filter((property) => known?.properties.includes(property) !== true);
    const methods = Object.fromEntries(
      Object.entries(type.methods).filter(([method]) => known?.methods[method] === undefined),
    );
    if (known === undefined || properties.length > 0 || Object.keys(methods).length > 0)
      managed[name] = { base: type.base, properties, methods };
  }
  return {
    types: Object.fromEntries(Object.entries(all.types).filter(([name]) => part.types[name] === undefined)),
    enums: Object.fromEntries(Object.entries(all.enums).filter(([name]) => part.enums[name] === undefined)),
    managed,
  };
}

/** The roots of the simulator: the product's and its own. */
function allRoots(): Roots {
  return {
    managedTypes: { ...productRoots.managedTypes, ...simulatorRoots.managedTypes },
    methods: [...productRoots.methods, ...simulatorRoots.methods],
    families: [...productRoots.families, ...simulatorRoots.families],
    faults: productRoots.faults,
  };
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function write(file: string, { types, enums, managed, ...others }: VimData | SimulatorVimData): void {
  const data = { ...others, types: sorted(types), enums: sorted(enums), managed: sorted(managed) };
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(data, null, 1)}\n`);
  const count = (record: object): number => Object.keys(record).length;
  process.stdout.write(
    `${file}: ${count(types)} types, ${count(enums)} enumerations, ${count(managed)} managed types\n`,
  );
}

const [dir, version] = process.argv.slice(2);
if (dir === undefined || version === undefined) {
  process.stderr.write('usage: npm run vim-data -- DIRECTORY_OF_pyVmomi VERSION\n');
  process.exit(2);
}
const info = readTypeInfo(dir);
const source = `pyvmomi ${version} (Apache-2.0)`;
const product = closure(info, productRoots);
const all = closure(info, allRoots());
write('vim25.json', { source, ...product });
write('vim25-simulator.json', {
  source,
  ...without(all, product),
  versions: [...info.versions.values()],
  since: sinceVersions(info, all),
  privileges: privilegesOf(info),
});
