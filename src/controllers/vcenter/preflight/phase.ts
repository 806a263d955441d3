// The preflight of a VCenter: what the account needs against what it holds, as PrivilegesSufficient and two lists. It never
// stops anything: what lacks no privilege goes on. Asked once a login, when what is needed changed, and from time to time
// while something is missing; an idle vCenter with all that is needed isn't asked again.
import type { VCenter, VCenterStatus } from '../../../api/types.generated.ts';
import { moRefKey } from '../../../vsphere/mo-ref.ts';
import type { PhaseResult } from '../../shared/phases.ts';
import type { Runtime } from '../../shared/runtime.ts';
import type { StatusDraft } from '../../shared/status-draft.ts';
import type { VCenterConnection } from '../connection.ts';
import { askHeld } from './ask.ts';
import type { Finding, Findings } from './compare.ts';
import { compare, excessExample, missingMessage, statusList } from './compare.ts';
import { fingerprintOf, inUse, usedByClones } from './in-use.ts';
import type { InUse } from './in-use.ts';
import { OPTIONAL } from './privilege-table.ts';
import type { PreflightInput, Target } from './targets.ts';
import { targetsOf } from './targets.ts';

/** Bases and sets come in groups: what is needed isn't asked for again right after it was. */
const SHORTEST_PAUSE_MS = 5_000;
/** Longest wait after a login for what kind of object each parent is; one that is gone never says. */
const LONGEST_WAIT_MS = 10_000;
const LOOK_AGAIN_MS = 500;

/** What the last preflight found, with what it was asked for. */
export interface Preflight extends Findings {
  readonly connection: VCenterConnection;
  readonly fingerprint: string;
  /** By the monotonic clock. */
  readonly askedAt: number;
  /** Why there is no answer. */
  readonly failure: string | undefined;
}

/** When the preflight first saw a connection, by the monotonic clock. */
export interface LoginSeen {
  readonly connection: VCenterConnection;
  readonly at: number;
}

interface PreflightScope {
  readonly runtime: Runtime;
  readonly vCenter: VCenter;
  readonly draft: StatusDraft<VCenterStatus>;
  readonly memory: { preflight?: Preflight; loginSeen?: LoginSeen };
}

export async function preflightPhase(scope: PreflightScope): Promise<PhaseResult> {
  const { runtime, vCenter, memory } = scope;
  const connection = runtime.connections.get(vCenter.metadata.name);
  if (connection === undefined) return undefined;
  const use = inUse(runtime, vCenter, connection);
  const fingerprint = fingerprintOf(vCenter, use);
  const last = memory.preflight?.connection === connection ? memory.preflight : undefined;
  if (last === undefined && !kindsAreKnown(scope, connection, use)) return { requeueAfterMs: LOOK_AGAIN_MS };
  const dueMs = last === undefined ? 0 : dueInMs(runtime, last, fingerprint);
  if (last === undefined || dueMs <= 0)
    memory.preflight = {
      ...(await look(scope, connection, use)),
      connection,
      fingerprint,
      askedAt: runtime.clock.monotonic(),
    };
  const current = memory.preflight;
  if (current === undefined) return undefined;
  describe(scope, current);
  const nextMs = dueInMs(runtime, current, fingerprint);
  return nextMs === Number.POSITIVE_INFINITY ? undefined : { requeueAfterMs: Math.max(1, nextMs) };
}

/** After a start the bases' sources aren't watched yet. What was found before stays until they are, for a moment. */
function kindsAreKnown({ runtime, memory }: PreflightScope, connection: VCenterConnection, use: InUse): boolean {
  const now = runtime.clock.monotonic();
  if (memory.loginSeen?.connection !== connection) memory.loginSeen = { connection, at: now };
  if (now - memory.loginSeen.at >= LONGEST_WAIT_MS) return true;
  return use.parents.every(({ features }) => features.has('machine') || features.has('template'));
}

function dueInMs(runtime: Runtime, last: Preflight, fingerprint: string): number {
  const pause =
    last.fingerprint !== fingerprint
      ? Math.min(SHORTEST_PAUSE_MS, runtime.config['privileges-interval'])
      : last.missing.length > 0 || last.failure !== undefined
        ? runtime.config['privileges-interval']
        : Number.POSITIVE_INFINITY;
  return last.askedAt + pause - runtime.clock.monotonic();
}

async function look(
  { runtime, vCenter }: PreflightScope,
  connection: VCenterConnection,
  use: InUse,
): Promise<Findings & { failure: string | undefined }> {
  const clones = usedByClones(runtime, connection);
  const input: PreflightInput = {
    root: connection.client.content.rootFolder,
    tree: await connection.tree(),
    datacenter: vCenter.spec.datacenter,
    access: vCenter.spec.access ?? [],
    parents: use.parents,
    used: clones.used,
    features: new Set([...use.features, ...clones.features]),
  };
  const targets = targetsOf(input);
  const refs = targets.flatMap(({ entities }) => entities.map(({ ref }) => ref));
  const ids = new Set(targets.flatMap(({ wanted, withheld }) => [...wanted, ...withheld]));
  const { held, unreadable, failure } = await askHeld(connection.client, refs, [...ids].toSorted(), connection.signal);
  const { missing, excess } = compare(targets, held);
  const hidden = unreadable.flatMap((ref) => hiddenFinding(targets, moRefKey(ref)));
  return { missing: [...hidden, ...missing], excess, failure: failure?.message };
}

/** Whoever may not read an object may do nothing else there. */
function hiddenFinding(targets: readonly Target[], key: string): readonly Finding[] {
  const target = targets.find(({ entities }) => entities.some(({ ref }) => moRefKey(ref) === key));
  const entity = target?.entities.find(({ ref }) => moRefKey(ref) === key);
  if (target === undefined || entity === undefined) return [];
  return [{ ...entity, place: target.place, privileges: [...new Set(['System.Read', ...target.wanted])].toSorted() }];
}

/** What isn't missing, and could be given. */
function optional({ status }: PreflightScope['draft']): string {
  if (status.claim?.state !== 'Off') return '';
  return `; optional, for the claim on the vCenter, which isn't held: ${OPTIONAL.map(({ id }) => id).join(', ')} on /`;
}

function describe({ runtime, vCenter, draft }: PreflightScope, { missing, excess, failure }: Preflight): void {
  if (missing.length === 0) delete draft.status.missingPrivileges;
  else draft.status.missingPrivileges = statusList(missing);
  if (excess.length === 0) delete draft.status.excessPrivileges;
  else draft.status.excessPrivileges = statusList(excess);
  if (missing.length > 0) {
    const message = missingMessage(missing);
    if (draft.find('PrivilegesSufficient')?.reason !== 'MissingPrivileges')
      runtime.events.event(vCenter, {
        type: 'Warning',
        reason: 'MissingPrivileges',
        action: 'Preflight',
        note: message,
      });
    draft.set('PrivilegesSufficient', false, 'MissingPrivileges', message);
  } else if (failure !== undefined) {
    draft.set('PrivilegesSufficient', 'Unknown', 'CheckFailed', `${failure}; asked again later`);
  } else if (excess.length > 0) {
    const objects = excess.length === 1 ? 'one object' : `${excess.length} objects`;
    const [first] = excess;
    const example = first === undefined ? '' : excessExample(first);
    draft.set(
      'PrivilegesSufficient',
      true,
      'MoreThanNeeded',
      `the account holds what is needed, and more than that on ${objects}, which status.excessPrivileges lists: ${example}${optional(draft)}`,
    );
  } else {
    draft.set(
      'PrivilegesSufficient',
      true,
      'Sufficient',
      `the account holds what is needed, and nothing it had better not have${optional(draft)}`,
    );
  }
}
