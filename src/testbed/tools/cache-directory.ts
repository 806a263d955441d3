// Where built tools are kept: the user's cache folder, outside the checkout, shared by all checkouts.
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Absolute path; the folder may not exist yet. XDG_CACHE_HOME counts only when absolute, as its specification says. */
export function toolsCacheDirectory(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CACHE_HOME'];
  const cache = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache');
  return join(cache, 'linked-clone-operator', 'tools');
}
