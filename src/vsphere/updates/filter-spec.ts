// The two filters of the watch. Both hang on a list view: objects listed in it, or virtual machines in the container views
// listed in it. Adding to a list is one call and keeps the filter, and with it the versions of the poll, as they are.
import type { MoRef } from '../mo-ref.ts';
import type { FilterSpec } from '../inventory/retrieve.ts';

function traverse(viewType: string, deeper?: object): Record<string, unknown> {
  const step = { $type: 'TraversalSpec', type: viewType, path: 'view' };
  // The views on the way are no results themselves.
  return deeper === undefined ? { ...step, skip: false } : { ...step, skip: true, selectSet: [deeper] };
}

function filter(list: MoRef, type: string, paths: readonly string[], step: object): FilterSpec {
  return {
    propSet: [{ type, pathSet: paths }],
    objectSet: [{ obj: list, skip: true, selectSet: [step] }],
    // A task that is gone is reported as such instead of failing the whole filter.
    reportMissingObjectsInResults: true,
  };
}

/** Objects of one type, listed themselves. */
export function listedObjects(list: MoRef, type: string, paths: readonly string[]): FilterSpec {
  return filter(list, type, paths, traverse('ListView'));
}

/** Virtual machines in listed container views. */
export function machinesInViews(list: MoRef, paths: readonly string[]): FilterSpec {
  return filter(list, 'VirtualMachine', paths, traverse('ListView', traverse('ContainerView')));
}
