// How many objects one reply may hold. Parsing blocks the event loop, 500 objects with four leaf properties for about
// 30 ms; so a page shrinks with what is read of each object.

/** Most objects in one page, however little is read of each. */
export const LARGEST_PAGE = 500;
const SMALLEST_PAGE = 20;
/** Leaf properties in one page that still parse in well under 50 ms. */
const LEAVES_PER_PAGE = 2_000;

/** Properties that are whole trees, in units of a leaf property. */
const WEIGHTS: Readonly<Record<string, number>> = {
  config: 120,
  'config.hardware': 60,
  'config.hardware.device': 60,
  'config.extraConfig': 30,
  guest: 30,
  'guest.net': 10,
  layoutEx: 25,
  'layoutEx.file': 15,
  recentTask: 3,
  snapshot: 5,
  storage: 5,
  summary: 30,
};

/** Lists that are short on some types of objects and long on these. */
const WEIGHTS_ON: Readonly<Record<string, number>> = {
  'ClusterComputeResource.host': 25,
  'Datastore.vm': 200,
  'Folder.childEntity': 200,
  'HostSystem.datastore': 25,
  'HostSystem.network': 25,
  'HostSystem.vm': 25,
};

/** Objects per page for these paths of each; `type`: their managed type. */
export function pageSizeFor(paths: readonly string[], type = ''): number {
  let weight = 0;
  for (const path of paths) weight += WEIGHTS_ON[`${type}.${path}`] ?? WEIGHTS[path] ?? 1;
  return Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, Math.floor(LEAVES_PER_PAGE / Math.max(weight, 1))));
}
