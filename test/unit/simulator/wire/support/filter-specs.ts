// PropertyFilterSpecs as data, the way clients write them.
import type { SimObject } from '../../../../../src/simulator/core/sim-object.ts';

type Data = Record<string, unknown>;

/** Everything in a view. */
export function viewSpec(
  view: SimObject | { type: string; value: string },
  type: string,
  pathSet: readonly string[],
): Data {
  const ref = { type: view.type, value: view.value };
  const selectSet = [{ $type: 'TraversalSpec', name: 'members', type: ref.type, path: 'view', skip: false }];
  return { propSet: [{ type, pathSet }], objectSet: [{ obj: ref, skip: true, selectSet }] };
}

/** All machines below a folder, by recursion through folders and datacenters, as govmomi and pyvmomi do without views. */
export function folderSpec(root: SimObject, type: string, pathSet: readonly string[]): Data {
  const again = [
    { $type: 'SelectionSpec', name: 'folders' },
    { $type: 'SelectionSpec', name: 'datacenter' },
  ];
  const selectSet = [
    { $type: 'TraversalSpec', name: 'folders', type: 'Folder', path: 'childEntity', skip: false, selectSet: again },
    { $type: 'TraversalSpec', name: 'datacenter', type: 'Datacenter', path: 'vmFolder', skip: false, selectSet: again },
  ];
  return { propSet: [{ type, pathSet }], objectSet: [{ obj: root.ref, skip: false, selectSet }] };
}

/** One object. */
export function objectSpec(object: { type: string; value: string }, pathSet: readonly string[]): Data {
  return {
    propSet: [{ type: object.type, pathSet }],
    objectSet: [{ obj: { type: object.type, value: object.value } }],
  };
}
