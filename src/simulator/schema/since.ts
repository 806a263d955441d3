// Which version of vim25 brought a type, a property, a field, a method or a parameter. A client that speaks an older version
// must not be sent what is newer: it doesn't know the element.
import { since, versions } from './schema-extra.generated.ts';

/** What isn't in the table has always been there. */
const OLDEST = '2.5';

const ages: ReadonlyMap<string, number> = new Map(versions.map((version, age) => [version, age]));
const sinceByName: ReadonlyMap<string, string> = new Map(
  Object.entries(since).flatMap(([version, names]) => names.map((name) => [name, version] as const)),
);

/**
 * The version that brought `type`, or its `member`: a field, a property, a method, or `Method.parameter`. The member has to
 * be named with the type that declares it: `ManagedEntity.name`, not `VirtualMachine.name`.
 */
export function sinceVersion(type: string, member?: string): string {
  const own = member === undefined ? undefined : sinceByName.get(`${type}.${member}`);
  if (own !== undefined) return own;
  const method =
    member?.includes('.') === true ? sinceByName.get(`${type}.${member.split('.', 1)[0] ?? ''}`) : undefined;
  return method ?? sinceByName.get(type) ?? OLDEST;
}

/** True when a client that speaks `version` knows what came with `wanted`. A version that isn't in the table is newer than all. */
export function knowsVersion(version: string, wanted: string): boolean {
  return (ages.get(version) ?? ages.size) >= (ages.get(wanted) ?? 0);
}
