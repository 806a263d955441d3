// Reading properties: of one object, of many, of all that a traversal reaches. Pages are drained to the end, and an object
// that an answer leaves out is asked for alone before anybody is told that it doesn't exist.
import { VSphereError, isExcess } from '../faults.ts';
import type { Invoke } from '../invoke.ts';
import { moRefKey } from '../mo-ref.ts';
import type { MoRef } from '../mo-ref.ts';
import { toObjectState } from '../object-state.ts';
import type { ObjectContent, ObjectState } from '../object-state.ts';
import { pageSizeFor } from './page-size.ts';

/** PropertyFilterSpec of the vSphere API. */
export interface FilterSpec {
  readonly propSet: readonly { readonly type: string; readonly pathSet: readonly string[] }[];
  readonly objectSet: readonly Record<string, unknown>[];
  readonly reportMissingObjectsInResults?: boolean;
}

interface RetrieveResult {
  readonly token?: string;
  readonly objects?: readonly ObjectContent[];
}

/** One object. Rejects when it doesn't exist (kind `notFound`) and when the answer leaves it out. */
export async function readOne(
  invoke: Invoke,
  collector: MoRef,
  ref: MoRef,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ObjectState> {
  const spec: FilterSpec = { propSet: [{ type: ref.type, pathSet: paths }], objectSet: [{ obj: ref }] };
  const [state] = await retrieve(invoke, collector, spec, 1, signal);
  if (state !== undefined) return state;
  throw new VSphereError({
    method: 'RetrievePropertiesEx',
    object: ref,
    fault: 'BadReply',
    text: 'the object is not in the answer',
  });
}

/** Many objects by moRefKey; an object that doesn't exist maps to undefined, and only then. */
export async function readMany(
  invoke: Invoke,
  collector: MoRef,
  refs: readonly MoRef[],
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, ObjectState | undefined>> {
  const wanted = new Map(refs.map((ref) => [moRefKey(ref), ref]));
  const found = new Map<string, ObjectState | undefined>();
  const pageSize = Math.min(...[...new Set(refs.map(({ type }) => type))].map((type) => pageSizeFor(paths, type)));
  const all = [...wanted.values()];
  for (let at = 0; at < all.length; at += pageSize) {
    const page = all.slice(at, at + pageSize);
    const spec: FilterSpec = {
      propSet: [...new Set(page.map(({ type }) => type))].map((type) => ({ type, pathSet: paths })),
      objectSet: page.map((obj) => ({ obj })),
      reportMissingObjectsInResults: true,
    };
    for (const state of await retrieve(invoke, collector, spec, pageSize, signal))
      found.set(moRefKey(state.ref), state);
  }
  for (const [key, ref] of wanted) {
    if (!found.has(key)) found.set(key, await readOrAbsent(invoke, collector, ref, paths, signal));
  }
  return found;
}

/**
 * Everything that the filter selects. Pages are sized by what objects usually have; where some have so much more that a
 * page can't be read, all is asked for again in pages of half the size.
 */
export async function retrieve(
  invoke: Invoke,
  collector: MoRef,
  spec: FilterSpec,
  maxObjects: number,
  signal?: AbortSignal,
): Promise<ObjectState[]> {
  for (let size = maxObjects; ; size = Math.floor(size / 2)) {
    try {
      return await retrieveInPages(invoke, collector, spec, size, signal);
    } catch (error) {
      if (size <= 1 || !isExcess(error)) throw error;
    }
  }
}

async function retrieveInPages(
  invoke: Invoke,
  collector: MoRef,
  spec: FilterSpec,
  maxObjects: number,
  signal: AbortSignal | undefined,
): Promise<ObjectState[]> {
  const states: ObjectState[] = [];
  const args = { specSet: [spec], options: { maxObjects } };
  let result = await invoke<RetrieveResult | undefined>(collector, 'RetrievePropertiesEx', args, { signal });
  for (;;) {
    for (const content of result?.objects ?? []) states.push(toObjectState(content));
    if (result?.token === undefined) return states;
    const next = { token: result.token };
    result = await invoke<RetrieveResult>(collector, 'ContinueRetrievePropertiesEx', next, {
      signal,
      sessionBound: true,
    });
  }
}

async function readOrAbsent(
  invoke: Invoke,
  collector: MoRef,
  ref: MoRef,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ObjectState | undefined> {
  try {
    return await readOne(invoke, collector, ref, paths, signal);
  } catch (error) {
    if (error instanceof VSphereError && error.kind === 'notFound' && isAbout(error, ref)) return undefined;
    // A task that vCenter has forgotten: there is no such object either, whatever became of what it did.
    if (error instanceof VSphereError && error.kind === 'unknownOutcome' && isAbout(error, ref)) return undefined;
    throw error;
  }
}

/** True when the fault names this very object, not for instance the collector. */
function isAbout(error: VSphereError, ref: MoRef): boolean {
  const obj = error.detail['obj'] as MoRef | undefined;
  return error.fault === 'ManagedObjectNotFound' && obj?.type === ref.type && obj.value === ref.value;
}
