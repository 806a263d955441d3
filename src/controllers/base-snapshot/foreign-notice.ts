// A snapshot that stays in vCenter when its base goes: whoever else has disks on it is named in an event, because from then
// on nobody guards it. It's a courtesy: it never holds the deletion, and never takes long.
import { errorMessage } from '../../util/errors.ts';
import { bounded } from '../../vsphere/bounded.ts';
import { foreignChildren } from './foreign.ts';
import { vCenterPhase } from './phases.ts';
import type { BaseScope } from './scope.ts';

/** Longest look, milliseconds. */
const LOOK_MS = 5_000;

/** Never rejects; what keeps it from looking is logged. */
export async function noteForeignChildren(scope: BaseScope): Promise<void> {
  const { runtime, context } = scope;
  const over = new AbortController();
  let looked = false;
  try {
    const look = lookAround(scope, over.signal).then(() => {
      looked = true;
    });
    await bounded(look, runtime.clock, LOOK_MS);
    if (!looked) context.logger.warn({ afterMs: LOOK_MS }, 'let go without knowing who else stands on the snapshot');
  } catch (error) {
    const reason = errorMessage(error);
    context.logger.warn({ reason }, 'let go without knowing who else stands on the snapshot');
  } finally {
    over.abort(new Error('the base was let go'));
  }
}

async function lookAround(scope: BaseScope, signal: AbortSignal): Promise<void> {
  const { runtime, base } = scope;
  const { source, snapshot } = base.status ?? {};
  if (source === undefined || snapshot === undefined) return;
  vCenterPhase(scope);
  const { connection } = scope;
  if (connection === undefined) return;
  const { names, unknown } = await foreignChildren(
    connection,
    { type: 'VirtualMachine', value: source.moRef },
    { type: 'VirtualMachineSnapshot', value: snapshot.moRef },
    signal,
  );
  if (signal.aborted || (unknown === undefined && names.length === 0)) return;
  const stays = `snapshot "${snapshot.name}" of "${source.name}" stays`;
  runtime.events.event(base, {
    type: 'Warning',
    reason: unknown === undefined ? 'ForeignDependents' : 'ForeignUnknown',
    action: 'Delete',
    note:
      unknown === undefined
        ? `${stays}, and ${names.length} virtual machines that no LinkedClone here stands for have disks on it: ${names.slice(0, 5).join(', ')}`
        : `${stays}; ${unknown}`,
  });
}
