// Reconciles a VCenter: reads its credentials, keeps one session, says what is wrong when there is none, and stays until
// nothing depends on it. It's the only place that opens and closes connections.
import type { VCenter, VCenterStatus } from '../../api/types.generated.ts';
import { ANNOTATIONS, FINALIZERS } from '../../api/identifiers.ts';
import type { ReconcileContext, ReconcileResult } from '../../kube/controller.ts';
import { isConflict } from '../../kube/api-error.ts';
import { addFinalizer, hasFinalizer, removeFinalizer, removeFinalizerAsRead } from '../../kube/finalizers.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { patchStatus } from '../../kube/status-patch.ts';
import { TerminalError, errorMessage } from '../../util/errors.ts';
import { OutageGate } from '../../vsphere/client.ts';
import { VSphereError } from '../../vsphere/faults.ts';
import { currentObject } from '../shared/current.ts';
import type { Phase, PhaseResult, PhasesOutcome } from '../shared/phases.ts';
import { finish, runPhases } from '../shared/phases.ts';
import { managesVCenter } from '../shared/references.ts';
import { invalidSpec, specProblem } from '../shared/spec-check.ts';
import type { Runtime } from '../shared/runtime.ts';
import { VCENTERS } from '../shared/resources.ts';
import { StatusDraft } from '../shared/status-draft.ts';
import type { ClaimMemory } from './claim/phase.ts';
import { claimPhase } from './claim/phase.ts';
import { VCenterConnection } from './connection.ts';
import { connectionOptions, endpointFingerprint, wakeAllOn } from './connection-options.ts';
import type { Credentials } from './credentials.ts';
import { readCredentials } from './credentials.ts';
import { cachedDependents, liveDependents } from './dependents.ts';
import { behindAway, explainFailure, sessionTrouble } from './failures.ts';
import { VCenterHolds } from './holds.ts';
import { describeHolds, holdsPhase } from './holds-phase.ts';
import { LoginWaits } from './login-attempts.ts';
import type { LoginSeen, Preflight } from './preflight/phase.ts';
import { preflightPhase } from './preflight/phase.ts';
import { giveUpSlots, orphansPhase } from './orphans/phase.ts';
import type { OrphanWatch } from './orphans/watch.ts';
import { checkEndpoint, openSession } from './session.ts';
import { DEFAULT_LIMITS } from './slot-pools.ts';

export interface VCenterScope {
  readonly runtime: Runtime;
  readonly vCenter: VCenter;
  readonly draft: StatusDraft<VCenterStatus>;
  readonly context: ReconcileContext;
  readonly memory: VCenterMemory;
  credentials?: Credentials;
  /** The orphans were looked after in this reconcile. */
  orphansDone?: true;
}

/** What is remembered of a VCenter between reconciles of this process. */
interface VCenterMemory {
  readonly holds: VCenterHolds;
  /** What the open session was opened with: another value means another session. */
  sessionKey?: string;
  /** Shut while what was to be opened with that doesn't answer; it outlives the sessions. */
  gate?: { readonly key: string; readonly gate: OutageGate };
  preflight?: Preflight;
  loginSeen?: LoginSeen;
  orphans?: OrphanWatch;
  claim?: ClaimMemory;
  /** The Secret as last read, by the monotonic clock; it isn't watched. */
  secret?: { readonly name: string; readonly credentials: Credentials; readonly readAt: number };
}

const PHASES: readonly Phase<VCenterScope>[] = [
  { name: 'spec', run: specPhase },
  { name: 'credentials', run: credentialsPhase },
  { name: 'endpoint', run: ({ runtime, vCenter }) => checkEndpoint(runtime, vCenter).then(() => undefined) },
  { name: 'session', run: sessionPhase },
  { name: 'claim', run: claimPhase }, // before anybody who waits for the holds goes on
  { name: 'holds', run: holdsPhase },
  { name: 'preflight', run: preflightPhase },
  { name: 'orphans', run: orphansPhase },
  { name: 'ready', run: readyPhase },
];

/** All phases; whichever ends them, no orphan keeps a slot that it wasn't looked after for. */
export async function lookAt(scope: VCenterScope): Promise<PhasesOutcome> {
  const outcome = await runPhases(scope, PHASES);
  giveUpSlots(scope);
  return outcome;
}

export class VCenterReconciler {
  readonly #runtime: Runtime;
  readonly #memory = new Map<string, VCenterMemory>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const runtime = this.#runtime;
    if (!managesVCenter(runtime, key.name)) return undefined;
    let vCenter = await currentObject(runtime.live, runtime.stores.vCenters, VCENTERS, key, context);
    // a hold that the cache doesn't show yet would be written over, and an old mark hides that the inventory went back
    if (vCenter !== undefined && !this.#memory.has(vCenter.metadata.uid))
      vCenter = await runtime.live.get<VCenter>(VCENTERS, key);
    if (vCenter === undefined) {
      await this.#forget(key.name);
      return undefined;
    }
    const draft = new StatusDraft<VCenterStatus>(vCenter.status, vCenter.metadata.generation, runtime.clock);
    const now = runtime.rest.serverNow() ?? runtime.clock.now();
    const memory = this.#memory.get(vCenter.metadata.uid) ?? { holds: new VCenterHolds(vCenter, now) };
    this.#memory.set(vCenter.metadata.uid, memory);
    memory.holds.hear(vCenter);
    const scope: VCenterScope = { runtime, vCenter, draft, context, memory };
    if (vCenter.metadata.deletionTimestamp !== undefined) return this.#delete(scope);
    if (!hasFinalizer(vCenter, FINALIZERS.dependents)) {
      await addFinalizer(runtime.rest, VCENTERS, vCenter, FINALIZERS.dependents);
      return undefined; // woken with it, or by what became of the object
    }

    const outcome = await lookAt(scope);
    const error = behindAway(outcome.errors[0]);
    if (error === undefined) runtime.grace.clear(vCenter.metadata.uid);
    else explainFailure(scope, error);
    const written = await this.#writeStatus(scope);
    // whoever waits for this vCenter is woken by the change of its status
    const requeueAfterMs = Math.min(
      outcome.requeueAfterMs ?? Number.POSITIVE_INFINITY,
      written ?? Number.POSITIVE_INFINITY,
      runtime.config['credentials-interval'],
    );
    if (error instanceof LoginWaits) {
      context.logger.warn({ reason: error.reason }, error.message);
      return { requeueAfterMs: Math.min(requeueAfterMs, Math.max(1, error.dueAt - runtime.clock.now())) };
    }
    if (error instanceof TerminalError) {
      context.logger.warn({ reason: error.reason }, error.message);
      return { requeueAfterMs };
    }
    if (error instanceof VSphereError && error.kind === 'connection') {
      context.logger.warn({ fault: error.fault }, error.message);
      return { requeueAfterMs: Math.min(requeueAfterMs, runtime.config['connect-retry']) };
    }
    return finish({ requeueAfterMs, errors: outcome.errors }, undefined);
  }

  async #forget(name: string): Promise<void> {
    // of one that never had a session, too: the password is in it
    for (const [uid, { holds }] of this.#memory) {
      if (holds.vCenterName !== name) continue;
      this.#memory.delete(uid);
      this.#runtime.grace.clear(uid);
      this.#runtime.writes.forget(uid);
    }
    this.#runtime.metrics.vcenterUp.remove({ vcenter: name });
    this.#runtime.metrics.orphans.remove({ vcenter: name });
    await this.#runtime.connections.close(name);
  }

  /** Stays while a base names it, or a base or a clone is pinned to it, unless an admin released it by its UID. */
  async #delete(scope: VCenterScope): Promise<ReconcileResult> {
    const { runtime, vCenter, draft } = scope;
    if (!(vCenter.metadata.finalizers ?? []).includes(FINALIZERS.dependents)) return undefined;
    if (vCenter.metadata.annotations?.[ANNOTATIONS.release] === vCenter.metadata.uid) {
      await this.#forget(vCenter.metadata.name);
      await removeFinalizer(runtime.rest, VCENTERS, vCenter, FINALIZERS.dependents);
      return undefined;
    }
    const cached = cachedDependents(runtime, vCenter);
    const dependents = cached.bases + cached.clones > 0 ? cached : await liveDependents(runtime, vCenter);
    const pinned = dependents.bases + dependents.clones;
    // asked for after those who may have been released into it were found gone
    const live = pinned > 0 ? undefined : await this.#asItIs(vCenter);
    const unmarked = live?.status?.releasedClones?.length ?? 0;
    if (pinned + unmarked === 0) return this.#letGo(vCenter, live);
    // what depends on it must be able to go: the session stays open, and is opened again when it ends
    const outcome = await lookAt(scope);
    const error = behindAway(outcome.errors[0]);
    if (error !== undefined) explainFailure(scope, error);
    const what =
      pinned > 0
        ? `${dependents.bases} BaseSnapshots and ${dependents.clones} LinkedClones depend on it`
        : `it alone remembers ${unmarked} released virtual machines that don't carry the mark yet`;
    if (draft.find('DeletionBlocked')?.status !== 'True')
      runtime.events.event(vCenter, { type: 'Warning', reason: 'DeletionBlocked', action: 'Delete', note: what });
    if (pinned > 0) draft.set('DeletionBlocked', true, 'DependentsExist', `${what}; it goes when they are gone`);
    else draft.set('DeletionBlocked', true, 'ReleasesUnmarked', `${what}; ${untilMarked(vCenter)}`);
    const trouble = error === undefined ? '' : `; ${errorMessage(error)}`;
    draft.summarize('Reconciling', 'Deleting', `deletion waits: ${what}${trouble}`);
    const written = await this.#writeStatus(scope);
    const again = error === undefined ? 'credentials-interval' : 'connect-retry';
    return { requeueAfterMs: Math.min(written ?? Number.POSITIVE_INFINITY, runtime.config[again]) };
  }

  async #asItIs({ metadata: { name, uid } }: VCenter): Promise<VCenter | undefined> {
    const live = await this.#runtime.live.get<VCenter>(VCENTERS, { namespace: '', name });
    return live?.metadata.uid === uid ? live : undefined;
  }

  /**
   * Nothing depends on it, and it remembers nobody, by `live`: what is written to it since refuses the removal. A logout takes
   * its time, so its dependents are listed once more after that.
   */
  async #letGo(vCenter: VCenter, live: VCenter | undefined): Promise<ReconcileResult> {
    const { rest, config } = this.#runtime;
    await this.#forget(vCenter.metadata.name);
    if (live === undefined) return undefined;
    const again = { requeueAfterMs: config['status-interval'] };
    const { bases, clones } = await liveDependents(this.#runtime, vCenter);
    if (bases + clones > 0) return again;
    try {
      await removeFinalizerAsRead(rest, VCENTERS, live, FINALIZERS.dependents);
    } catch (error) {
      if (!isConflict(error)) throw error;
      return again;
    }
    return undefined;
  }

  /** Writes the status at most once an interval; milliseconds to wait when it's too early. */
  async #writeStatus(scope: VCenterScope): Promise<number | undefined> {
    const { runtime, vCenter, draft } = scope;
    describeHolds(scope);
    const wait = runtime.writes.waitMs(vCenter.metadata.uid, draft.isResult(vCenter.status) ? 'result' : 'step');
    if (wait > 0) return wait;
    draft.status.dependents = cachedDependents(runtime, vCenter);
    // the instance is pinned to the server that was asked, not to one that the spec names since
    const pins = vCenter.status?.instanceUuid !== draft.status.instanceUuid;
    // the list of released clones is written by their reconciles, too
    const withResourceVersion = vCenter.status?.releasedClones !== draft.status.releasedClones;
    const options = { withGeneration: pins, withResourceVersion };
    if ((await patchStatus(runtime.rest, VCENTERS, vCenter, draft.status, options)) !== undefined)
      runtime.writes.wrote(vCenter.metadata.uid);
    return undefined;
  }
}

function untilMarked({ metadata: { name, uid } }: VCenter): string {
  return `without it a VCenter that is made for the same vCenter later would take them for orphans. It goes when a scan has marked them; where the vCenter is gone for good: kubectl annotate vcenter ${name} ${ANNOTATIONS.release}=${uid} --overwrite`;
}

/** A session that is open is closed: who may use what is in the spec, and nobody can tell what it says. */
async function specPhase({ runtime, vCenter }: VCenterScope): Promise<PhaseResult> {
  const problem = specProblem('VCenter', vCenter);
  if (problem === undefined) return undefined;
  await runtime.connections.close(vCenter.metadata.name);
  runtime.metrics.vcenterUp.set({ vcenter: vCenter.metadata.name }, 0);
  throw new TerminalError('InvalidSpec', invalidSpec(problem));
}

async function credentialsPhase(scope: VCenterScope): Promise<PhaseResult> {
  const { runtime, vCenter, memory } = scope;
  const { name } = vCenter.spec.credentialsSecretRef;
  const now = runtime.clock.monotonic();
  // children wake their VCenter often; the Secret is read once an interval all the same
  const fresh =
    memory.secret !== undefined && now - memory.secret.readAt < runtime.config['credentials-interval'] * 0.9;
  if (!fresh || memory.secret?.name !== name) {
    delete memory.secret;
    memory.secret = { name, credentials: await readCredentials(runtime.rest, runtime.namespace, name), readAt: now };
  }
  scope.credentials = memory.secret.credentials;
  return undefined;
}

async function sessionPhase(scope: VCenterScope): Promise<PhaseResult> {
  const { runtime, vCenter, context, credentials, memory } = scope;
  if (credentials === undefined) return { stop: true };
  const name = vCenter.metadata.name;
  const limits = { ...DEFAULT_LIMITS, ...vCenter.spec.limits };
  const wanted = endpointFingerprint(vCenter, credentials);
  const open = runtime.connections.get(name);
  if (open !== undefined && open.uid === vCenter.metadata.uid && memory.sessionKey === wanted) {
    open.setLimits(limits);
    const trouble = sessionTrouble(open.client);
    runtime.metrics.vcenterUp.set({ vcenter: name }, trouble === undefined ? 1 : 0);
    if (trouble === undefined) return undefined;
    if (!trouble.isFinal) throw trouble.failure; // it mends itself
  }
  await runtime.connections.close(name);
  runtime.metrics.vcenterUp.set({ vcenter: name }, 0);
  if (memory.gate?.key !== wanted) memory.gate = { key: wanted, gate: new OutageGate(runtime.clock) };
  const client = await openSession(runtime, vCenter, { credentials, gate: memory.gate.gate }, context.signal);
  const connection = new VCenterConnection(
    connectionOptions(runtime, vCenter, client, { limits, holds: memory.holds }),
  );
  if (!(await runtime.connections.open(connection))) return { stop: true };
  memory.sessionKey = wanted;
  runtime.metrics.vcenterUp.set({ vcenter: name }, 1);
  context.logger.info(
    { version: client.about.version, instanceUuid: client.about.instanceUuid },
    'connected to vCenter',
  );
  wakeAllOn(runtime, name);
  return undefined;
}

function readyPhase({ runtime, vCenter, draft }: VCenterScope): PhaseResult {
  const connection = runtime.connections.get(vCenter.metadata.name);
  if (connection === undefined) return { stop: true };
  // at every look: the write of an earlier one may have been put off
  const { version, instanceUuid } = connection.client.about;
  draft.status.version = version;
  draft.status.instanceUuid = instanceUuid;
  draft.set(
    'Authenticated',
    true,
    'LoginSucceeded',
    `logged in as the user of Secret "${vCenter.spec.credentialsSecretRef.name}"`,
  );
  draft.set('VersionSupported', true, 'Supported', `vCenter ${version}`);
  draft.summarize('Ready', 'Connected', `connected to vCenter ${version} at ${vCenter.spec.server}`);
  return undefined;
}
