// Which data types have descendants. A value declared as such a type says by `$type` which one it is, also where the wire
// doesn't (it is then the declared type itself).
import { types } from '../schema.generated.ts';

let cached: ReadonlySet<string> | undefined;

/** The names of all data types that another type descends from. */
export function baseTypes(): ReadonlySet<string> {
  cached ??= new Set(Object.values(types).map(([base = '']) => base));
  return cached;
}
