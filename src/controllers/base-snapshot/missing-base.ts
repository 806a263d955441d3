// What is said of a base that isn't in the cache: it doesn't exist, or this operator may not see where it is.
import type { Config } from '../../config.ts';
import { parseKey } from '../../kube/objects.ts';

/** `key`: `namespace/name`. */
export function missingBase(key: string, watched: Config['watch-namespaces']): string {
  if (watched.length === 0 || watched.includes(parseKey(key).namespace)) return `BaseSnapshot "${key}" doesn't exist`;
  return `BaseSnapshot "${key}" can't be seen: this operator is limited to the namespaces ${watched.join(', ')} (watchNamespaces of the chart)`;
}
