// Many objects below one root in a few calls: a container view is made, read page by page and destroyed. Used for the
// inventory without its virtual machines, and for a look into one folder.
import { toError } from '../../util/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { VSphereError } from '../faults.ts';
import type { Invoke } from '../invoke.ts';
import type { MoRef } from '../mo-ref.ts';
import type { ObjectState } from '../object-state.ts';
import type { ServiceContent } from '../service-content.ts';
import { pageSizeFor } from './page-size.ts';
import { retrieve } from './retrieve.ts';

/** A node's place in the tree; always read, whatever else is asked for. */
const PLACE = ['name', 'parent'] as const;

/**
 * The objects of the given managed types (and their descendants) below `root`, which is not among them, with `name`,
 * `parent` and the paths that are asked for by type. Rejects with the session's fault when the session changed midway.
 */
export async function readTree(
  invoke: Invoke,
  content: ServiceContent,
  logger: Logger,
  root: MoRef,
  types: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<ObjectState[]> {
  try {
    return await readOnce();
  } catch (error) {
    // The view went with the session; there is a new one by now.
    if (!(error instanceof VSphereError) || error.kind !== 'session') throw error;
    return await readOnce();
  }

  async function readOnce(): Promise<ObjectState[]> {
    const args = { container: root, type: Object.keys(types), recursive: true };
    const view = await invoke<MoRef>(content.viewManager, 'CreateContainerView', args, { signal });
    try {
      const propSet = Object.entries(types).map(([type, paths]) => ({
        type,
        pathSet: [...new Set([...PLACE, ...paths])],
      }));
      const traversal = { $type: 'TraversalSpec', type: 'ContainerView', path: 'view' };
      const objectSet = [{ obj: view, skip: true, selectSet: [traversal] }];
      const pageSize = Math.min(...propSet.map(({ type, pathSet }) => pageSizeFor(pathSet, type)));
      return await retrieve(invoke, content.propertyCollector, { propSet, objectSet }, pageSize, signal);
    } finally {
      await invoke(view, 'DestroyView', {}, { sessionBound: true }).catch((error: unknown) => {
        // It costs the server a little until the session ends; the answer is not worth less for it.
        logger.debug({ err: toError(error) }, 'a container view was not destroyed');
      });
    }
  }
}
