// What every reconciler is given: made once in main.ts, passed in, never reached for.
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, VCenter } from '../../api/types.generated.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { FormerHolder } from '../../kube/former-holders.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { RestClient } from '../../kube/rest.ts';
import type { Store } from '../../kube/store.ts';
import type { WriteGate } from '../../kube/write-gate.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Clock } from '../../util/clock.ts';
import type { Connections } from '../vcenter/connections.ts';
import type { Guard } from './guard.ts';
import type { LiveReads } from './live.ts';
import type { Namespace } from './resources.ts';
import type { WriteLimiter } from './write-limiter.ts';
import type { GraceClock } from './grace-clock.ts';

export interface Stores {
  readonly vCenters: Store<VCenter>;
  readonly bases: Store<BaseSnapshot>;
  readonly clones: Store<LinkedClone>;
  readonly sets: Store<LinkedCloneSet>;
  readonly namespaces: Store<Namespace>;
}

/** 'children': something below changed, and more of it is to come: parents sum up, so they wait a moment. */
export type WakeReason = 'itself' | 'children';

/** Wakes a reconciler; set up in main.ts once all exist. */
export interface Wake {
  vCenter(name: string, why?: WakeReason): void;
  base(key: ObjectKey, why?: WakeReason): void;
  clone(key: ObjectKey, urgent?: boolean): void;
  set(key: ObjectKey, why?: WakeReason): void;
}

export interface Runtime {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly rest: RestClient;
  readonly stores: Stores;
  /** Holds a set until the cache shows its own writes to its clones. */
  readonly gates: { readonly setClones: WriteGate };
  readonly live: LiveReads;
  readonly events: EventRecorder;
  readonly connections: Connections;
  readonly guard: Guard;
  readonly writes: WriteLimiter;
  readonly grace: GraceClock;
  readonly wake: Wake;
  /** UIDs of clones that their sets delete by their own plan, until they are gone. */
  readonly plannedDeletions: Set<string>;
  /** This process in the Lease. */
  readonly identity: string;
  /** Who held the Lease before this process took it. */
  readonly formerHolders: () => readonly FormerHolder[];
  /** UID of the namespace kube-system: which cluster a marker belongs to. */
  readonly clusterId: string;
  /** The operator's own namespace: credentials and the Lease. */
  readonly namespace: string;
}

/** Names of the indexes that main.ts adds to the stores. */
export const INDEX = {
  /** LinkedClones by their controller's UID. */
  owner: 'owner',
  /** Clones, sets and bases by `namespace/name` of the base they stand on. */
  base: 'base',
  /** Objects by UID. */
  uid: 'uid',
  /** Clones by the instanceUuid of the VM that they have, or are to adopt. */
  instanceUuid: 'instanceUuid',
  /** Clones by `instanceUuid of the vCenter/moRef value` of their VM. */
  vm: 'vm',
  /** Bases by `vCenterName/moRef value` of their source VM. */
  source: 'source',
  /** Bases and clones by name of their VCenter: the object, which may stand for another vCenter than theirs by now. */
  vCenter: 'vCenter',
  /** Clones by instanceUuid of the vCenter that they are pinned to, through whichever VCenter. */
  vCenterUuid: 'vCenterUuid',
} as const;
