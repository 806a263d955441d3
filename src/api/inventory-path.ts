// Inventory paths as people write them: absolute, or relative to the folder of the datacenter that holds objects of that
// sort. One reading for specs and for access rules, so that a rule means the path that it looks like.

/** The folder of a datacenter below which a sort of object lives. */
export type InventoryBranch = 'vm' | 'host' | 'datastore' | 'network';

/**
 * The absolute form of `path`; undefined when it's relative and the datacenter isn't known. `datacenterPath` is absolute
 * (`/DC0`). A `/` inside of a name is written `%2f`, as vCenter does; other `%` and `\` are escaped as vCenter keeps them.
 */
export function absoluteInventoryPath(
  path: string,
  branch: InventoryBranch,
  datacenterPath: string | undefined,
): string | undefined {
  const plain = path
    .replaceAll('\\', '%5c')
    .replaceAll(/%(?!25|2f|5c)/gi, '%25')
    .replaceAll(/%2F|%5C/g, (escape) => escape.toLowerCase())
    .replaceAll(/\/+/g, '/')
    .replace(/\/$/, '');
  if (path.startsWith('/')) return plain;
  return datacenterPath === undefined ? undefined : `${datacenterPath}/${branch}/${plain}`;
}
