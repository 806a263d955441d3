// A clone that is being deleted, in front of a vCenter that the test fills: the machines are plain properties, every call
// that changes something is written down. The connection, its slots and its operations are the real ones.
import type {
  BaseSnapshot,
  LinkedClone,
  LinkedCloneSet,
  LinkedCloneStatus,
  LinkedCloneStatusOperation,
} from '../../../../src/api/types.generated.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { newMemory } from '../../../../src/controllers/linked-clone/scope.ts';
import { INDEX } from '../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { VCenterConnection } from '../../../../src/controllers/vcenter/connection.ts';
import { VCenterHolds } from '../../../../src/controllers/vcenter/holds.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import type { Marker } from '../../../../src/controllers/vcenter/marker.ts';
import type { OperationKind } from '../../../../src/controllers/vcenter/operations.ts';
import type { TerminatingCrd } from '../../../../src/controllers/vcenter/terminating-crds.ts';
import { DEFAULT_LIMITS } from '../../../../src/controllers/vcenter/slot-pools.ts';
import { MARKER_PATH, vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import type { ObjectState, VSphereClient } from '../../../../src/vsphere/client.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ROOT } from './inventory.ts';
import { CREATED, baseSnapshot, linkedClone, pinned, vCenter } from './objects.ts';
import { chain, disk, ref } from './vm.ts';

export const UID = 'uid-web-1';
export const MARKER: Marker = { cluster: 'cluster-1', namespace: 'lab', name: 'web-1', uid: UID, instanceUuid: UID };
export const VM = ref('vm-10');
export const SOURCE = ref('vm-1');

type Properties = Record<string, unknown>;

/** The clone's machine as it should be: ours, powered off, one delta disk on the base. */
export function victim(fields: Properties = {}): Properties {
  return {
    name: 'web-01',
    'config.instanceUuid': UID,
    [MARKER_PATH]: formatMarker(MARKER),
    'runtime.powerState': 'poweredOff',
    'runtime.connectionState': 'connected',
    'config.files.vmPathName': '[ds] web-01/web-01.vmx',
    'config.hardware.device': [disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk'))],
    ...fields,
  };
}

/** The base's machine with the pinned snapshot. */
export function source(fields: Properties = {}): Properties {
  const snapshot = {
    snapshot: ref('snapshot-1', 'VirtualMachineSnapshot'),
    id: 1,
    name: 'gold',
    createTime: CREATED,
    state: 'poweredOff',
    quiesced: false,
  };
  return {
    name: 'win',
    'config.instanceUuid': 'vm-uuid',
    snapshot: { rootSnapshotList: [snapshot] },
    'config.hardware.device': [disk(2000, chain('[ds] win/win-000001.vmdk', '[ds] win/win.vmdk'))],
    ...fields,
  };
}

export interface Stage {
  /** The machines, and what is told of snapshots, by the values of their references. */
  vms: Record<string, Properties>;
  /** Paths that can't be read for lack of a privilege, by the value of the reference. */
  hidden?: Record<string, readonly string[]>;
  clone?: LinkedClone;
  /** What the API server has instead of the clone; null: nothing. */
  live?: LinkedClone | null;
  base?: BaseSnapshot | null;
  /** All bases, as cached. */
  bases?: readonly BaseSnapshot[];
  /** All bases in the API server; default: as cached. */
  liveBases?: readonly BaseSnapshot[];
  /** The clone's set in the API server. */
  set?: LinkedCloneSet;
  namespaceDeletedAt?: string;
  /** The VCenter object in the API server; null: there is none. */
  vCenter?: null;
  /** The session can't be ended. */
  sessionStays?: boolean;
  /** What QueryEvents answers. */
  events?: readonly unknown[];
  /** All clones, as cached: those of other vCenters among them. */
  others?: readonly LinkedClone[];
  /** Of the VCenter; default `vc`. */
  vCenterName?: string;
  /** Another VCenter's. */
  second?: VCenterConnection;
  terminatingCrds?: readonly TerminatingCrd[];
  /** The API server's time; default: that of the clock. */
  now?: string;
  /** Machines that the watch kept without having seen them, by the values of their references. */
  unproven?: readonly string[];
  /** The watch broke, and isn't set up anew yet. */
  watchBroken?: boolean;
  /** Called whenever machines are read, with the values of their references. */
  duringReads?: (machines: readonly string[]) => void;
}

export function deletedClone(spec: Partial<LinkedClone['spec']> = {}, status: LinkedCloneStatus = {}): LinkedClone {
  return linkedClone({
    name: 'web-1',
    uid: UID,
    deleted: true,
    spec,
    status: {
      vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid: 'vc-uuid' },
      vm: { moRef: VM.value, instanceUuid: UID, name: 'web-01' },
      baseSnapshotUid: 'uid-win',
      ...status,
    },
  });
}

/** The clone as long as nobody has deleted it. */
export function living(clone: LinkedClone): LinkedClone {
  const { deletionTimestamp: _, ...metadata } = clone.metadata;
  return { ...clone, metadata };
}

/** The clone's intent, without a VM that came of it. */
export function intended(clone: LinkedClone, operation: Partial<LinkedCloneStatusOperation> = {}): LinkedClone {
  const { vm: _, ...status } = clone.status ?? {};
  const intent = { type: 'Clone', startedAt: CREATED, attempt: 1, sourceVm: SOURCE.value, vmName: 'web-01' } as const;
  return { ...clone, status: { ...status, operation: { ...intent, ...operation } } };
}

/** A fault of vCenter about the method. */
export function vimFault(name: string, method: string, detail: Record<string, unknown> = {}): VSphereError {
  return new VSphereError({ fault: name, method, detail });
}

/** Ends the operation that runs: with that fault, or well. */
export function end(
  connection: VCenterConnection,
  kind: OperationKind,
  error?: VSphereError,
  result?: MoRef,
  uid = UID,
): void {
  const task = connection.operations.running(uid, kind)?.task;
  if (task === undefined) throw new Error(`no ${kind} runs`);
  const state = error === undefined ? 'success' : 'error';
  const info = { key: task.value, state, descriptionId: '', queueTime: CREATED } as const;
  connection.operations.update(task, {
    ref: task,
    gone: false,
    info: { ...info, ...(error !== undefined && { error }), ...(result !== undefined && { result }) },
  });
}

function clientOf(stage: Stage, calls: string[], login: { generation: number }): VSphereClient {
  const stateOf = (objectRef: MoRef): ObjectState | undefined => {
    const properties = stage.vms[objectRef.value];
    if (properties === undefined) return undefined;
    const hidden = stage.hidden?.[objectRef.value] ?? [];
    const fault = (path: string): VSphereError =>
      new VSphereError({ fault: 'NoPermission', method: `reading ${path}`, object: objectRef });
    return {
      ref: objectRef,
      properties: Object.fromEntries(Object.entries(properties).filter(([path]) => !hidden.includes(path))),
      missing: Object.fromEntries(hidden.map((path) => [path, fault(path)])),
    };
  };
  const task = (call: string): Promise<MoRef> => {
    calls.push(call);
    return Promise.resolve(ref(`task-${calls.length}`, 'Task'));
  };
  const client = {
    about: { instanceUuid: 'vc-uuid' },
    get generation() {
      return login.generation;
    },
    ended: false,
    replaceSession: async (generation: number) => {
      if (stage.sessionStays === true) throw vimFault('Transport', 'Logout');
      if (generation === login.generation) {
        calls.push('new session');
        login.generation += 1;
      }
    },
    content: { rootFolder: ROOT, eventManager: ref('EventManager', 'EventManager') },
    read: async (objectRef: MoRef) => stateOf(objectRef) ?? { ref: objectRef, properties: {}, missing: {} },
    readSoon: async (objectRef: MoRef) => stateOf(objectRef),
    readMany: async (refs: readonly MoRef[]) => {
      stage.duringReads?.(refs.map(({ value }) => value));
      return new Map(refs.map((each) => [moRefKey(each), stateOf(each)]));
    },
    readTree: async () =>
      Object.keys(stage.vms).flatMap((value) => (value.startsWith('snapshot-') ? [] : stateOf(ref(value)))),
    heldPrivileges: async (refs: readonly MoRef[], ids: readonly string[]) =>
      new Map(refs.map((each) => [moRefKey(each), new Set(ids)])),
    findAllByUuid: async (uuid: string) =>
      Object.entries(stage.vms).flatMap(([value, properties]) =>
        properties['config.instanceUuid'] === uuid ? ref(value) : [],
      ),
    invoke: async (_: MoRef, method: string) => {
      if (method === 'CurrentTime') return CREATED;
      calls.push(method);
      return stage.events;
    },
    reconfigure: (vm: MoRef, change: unknown) => task(`reconfigure ${vm.value} ${JSON.stringify(change)}`),
    cloneVm: (vm: MoRef) => task(`clone ${vm.value}`),
    destroy: (vm: MoRef) => task(`destroy ${vm.value}`),
    powerOff: (vm: MoRef) => task(`powerOff ${vm.value}`),
    updates: {
      get isDelivering() {
        return stage.watchBroken !== true;
      },
      trackTask: () => undefined,
      watchFolders: async () => undefined,
      isCurrent: ({ value }: MoRef) => login.generation === 1 && stage.unproven?.includes(value) !== true,
    },
  };
  return client as unknown as VSphereClient;
}

/** The scope of the clone's reconcile, and what it does to the vCenter. */
export function onStage(stage: Stage): {
  scope: CloneScope;
  connection: VCenterConnection;
  calls: string[];
  clock: FakeClock;
  /** The session ended, and the client logged in again by itself; the watch isn't set up in the new one yet. */
  relogin: () => void;
  events: string[];
} {
  const login = { generation: 1 };
  const events: string[] = [];
  const clock = new FakeClock();
  const calls: string[] = [];
  const nothing = (): void => undefined;
  const clone = stage.clone ?? deletedClone();
  const base = stage.base === null ? undefined : (stage.base ?? baseSnapshot({ uid: 'uid-win', status: pinned() }));
  const connection = new VCenterConnection({
    name: stage.vCenterName ?? 'vc',
    uid: 'uid-vc',
    client: clientOf(stage, calls, login),
    // what waits for company isn't kept waiting here
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: (delayMs, callback) => {
        if (delayMs > 0) return clock.schedule(delayMs, callback);
        queueMicrotask(callback);
        return { cancel: nothing };
      },
    },
    logger: createLogger('silent'),
    limits: DEFAULT_LIMITS,
    batchWindowMs: 0,
    capacityRetryMs: 1000,
    treeRereadMs: 5_000,
    specCacheMs: 30_000,
    eventCheck: { uncheckedRetryMs: 1000, stoppedRetryMs: 100 },
    holds: new VCenterHolds(vCenter()),
    crds: { get: async () => stage.terminatingCrds ?? [] },
    onVmChange: nothing,
    onOperationEnd: nothing,
    onSourceChange: nothing,
    onHostChange: nothing,
    onConnectionChange: nothing,
    onBack: nothing,
  });
  for (const [value, properties] of Object.entries(stage.vms))
    connection.inventory.upsert(vmView(ref(value), properties));
  connection.events.checked(0, 0, 1);
  const stores = {
    vCenters: { get: () => vCenter(), list: () => [] },
    bases: { get: () => base, list: () => stage.bases ?? [] },
    clones: {
      byIndex: (index: string, key: string) =>
        (stage.others ?? []).filter(({ status }) => {
          if (index === INDEX.vCenter) return status?.vCenter?.name === key;
          return index !== INDEX.vCenterUuid || status?.vCenter?.instanceUuid === key;
        }),
    },
    sets: { byIndex: () => [] },
    namespaces: { get: () => undefined },
  };
  const runtime = {
    clock,
    stores,
    rest: {
      serverNow: () => (stage.now === undefined ? clock.now() : Date.parse(stage.now)),
      patch: async () => ({}),
    },
    logger: createLogger('silent'),
    clusterId: 'cluster-1',
    config: {
      vcenters: [],
      'watch-namespaces': [],
      'conflict-retry': 30_000,
      'capacity-retry': 60_000,
      'status-interval': 1000,
      'retry-max': 60_000,
      'batch-window': 25,
      'connect-retry': 10_000,
      'lost-after': 1,
      'resync-interval': 1,
    },
    guard: { mayChange: nothing, mayDestroy: async () => undefined },
    events: {
      event: (object: { metadata: { name: string } }, { reason }: { reason: string }) =>
        events.push(`${reason} ${object.metadata.name}`),
    },
    wake: { clone: nothing, vCenter: nothing },
    plannedDeletions: new Set<string>(),
    live: {
      list: async ({ kind }: { kind: string }) => {
        if (kind === 'BaseSnapshot') return stage.liveBases ?? stage.bases ?? [];
        return stage.vCenter === null ? [] : [vCenter()];
      },
      get: async ({ kind }: { kind: string }) => {
        if (kind === 'VCenter') return stage.vCenter === null ? undefined : vCenter();
        if (kind === 'LinkedCloneSet') return stage.set;
        if (kind === 'BaseSnapshot') return base;
        if (kind === 'Namespace') return { metadata: { name: 'lab', deletionTimestamp: stage.namespaceDeletedAt } };
        return kind !== 'LinkedClone' || stage.live === null ? undefined : (stage.live ?? clone);
      },
    },
    connections: {
      get: () => connection,
      all: () => [connection, ...(stage.second === undefined ? [] : [stage.second])],
    },
  };
  const scope = {
    runtime,
    clone,
    uid: UID,
    namespace: 'lab',
    vmName: 'web-01',
    set: undefined,
    group: 'uid-web',
    draft: new StatusDraft<LinkedCloneStatus>(clone.status, 1, clock),
    context: { logger: createLogger('silent') },
    memory: newMemory(),
    asked: new Set(),
    ...(base !== undefined && { base }),
    vCenter: vCenter(),
    connection,
  } as unknown as CloneScope;
  return { scope, connection, calls, clock, relogin: () => (login.generation += 1), events };
}
