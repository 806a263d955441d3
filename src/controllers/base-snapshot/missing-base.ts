// What is said of a base that isn't in the cache: it doesn't exist, or this operator may not see where it is.
import type { Config } from '../../config.ts';
import { parseKey } from '../../kube/objects.ts';

/** Whether this operator may see where the base is. `key`: `namespace/name`. */
export function isSeen(key: string, watched: Config['watch-namespaces']): boolean {
  return watched.length === 0 || watched.includes(parseKey(key).namespace);
}

/** `key`: `namespace/name`. */
export function missingBase(key: string, watched: Config['watch-namespaces']): string {
  if (isSeen(key, watched)) return `BaseSnapshot "${key}" doesn't exist`;
  return `BaseSnapshot "${key}" can't be seen: this operator is limited to the namespaces ${watched.join(', ')} (watchNamespaces of the chart)`;
}
