// Where the checkout is, from the place of this file: commands work from any current folder.
import { fileURLToPath } from 'node:url';

/** Absolute path of a file or folder of the repository. */
export function repositoryPath(relativePath: string): string {
  return fileURLToPath(new URL(`../../${relativePath}`, import.meta.url));
}
