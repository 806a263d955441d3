// The slots of one VCenter: separate pools for clone, power, snapshot and delete, as its own limits are separate. Clones
// of one source VM share it; a snapshot operation takes the source alone, and while one waits no new clone of it starts. That
// goes for all VCenters of the same vCenter: SourceLocks.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';
import type { SlotNeed } from '../../util/slots.ts';
import { Slots } from '../../util/slots.ts';
import { HOST_COST_UNITS } from './host-choice.ts';
import { SourceLocks } from './source-locks.ts';
import type { SourceUser } from './source-locks.ts';

export interface Limits {
  readonly clonesPerSourceHost: number;
  readonly clones: number;
  readonly powerOps: number;
  readonly snapshotOps: number;
  readonly deletes: number;
}

export const DEFAULT_LIMITS: Limits = { clonesPerSourceHost: 8, clones: 20, powerOps: 50, snapshotOps: 8, deletes: 12 };

export type PoolName = 'clone' | 'power' | 'snapshot' | 'delete';
export const POOL_NAMES: readonly PoolName[] = ['clone', 'power', 'snapshot', 'delete'];

/** Key of all slots of a pool. */
const ALL = 'all';

interface CloneSlotRequest {
  readonly id: string;
  readonly group: string;
  readonly source: MoRef;
  /** Asked at its turn: it's not known until the source is watched, and the source may be moved. */
  sourceHost(): MoRef | undefined;
  /** At most this many of the group at a time; asked at its turn, so that a changed one counts for those that wait. */
  groupLimit(): number;
  /** The destination host with the least load; undefined when none may take it now. */
  chooseHost(load: (host: MoRef) => number): MoRef | undefined;
  granted(host: MoRef): void;
}

export class SlotPools {
  readonly clone = new Slots();
  readonly power = new Slots();
  readonly snapshot = new Slots();
  readonly delete = new Slots();
  limits: Limits = DEFAULT_LIMITS;
  /** Sources that snapshot operations hold or wait for, by slot id. */
  readonly #snapshotSources = new Map<string, string>();
  #locks = new SourceLocks();
  readonly #asUser: SourceUser = {
    clonesOf: (source) => this.clone.usage(source),
    snapshotsOf: (source) => this.snapshot.usage(source),
    reserves: (source) => [...this.#snapshotSources.values()].includes(source),
    ask: (what) => this[what].pump(),
  };

  constructor() {
    this.#locks.join(this.#asUser);
  }

  /** From now on sources are shared with all others there. To be called before anybody asks for a slot. */
  share(locks: SourceLocks): void {
    this.#locks.leave(this.#asUser);
    this.#locks = locks;
    locks.join(this.#asUser);
  }

  /** What they hold or wait for keeps nobody else from a source any more. */
  leave(): void {
    this.#locks.leave(this.#asUser);
  }

  /** True when the slot is held at once; otherwise `granted` is called later. */
  requestClone(request: CloneSlotRequest): boolean {
    const source = sourceKey(request.source);
    return this.clone.request({
      id: request.id,
      group: request.group,
      needs: (usage) => {
        if (!this.#locks.isOpen(source)) return undefined;
        const sourceHost = request.sourceHost();
        const needs = needsAnywhere(this.limits, request, sourceHost);
        // a choice looks at every host and datastore, and each turn asks all who wait: only those that could go are worth one
        if (needs.some(({ key, limit }) => usage(key) >= limit)) return undefined;
        const host = request.chooseHost((candidate) => usage(hostKey(candidate)));
        if (host === undefined) return undefined;
        const limit = sourceHost?.value === host.value ? HOST_COST_UNITS - 1 : HOST_COST_UNITS;
        return [...needs, { key: hostKey(host), limit }];
      },
      granted: (needs) => {
        const destination = needs.findLast((need) => need.key.startsWith('host/'))?.key.slice('host/'.length) ?? '';
        const [type = '', value = ''] = destination.split(':');
        request.granted({ type, value });
      },
    });
  }

  /** A clone task that already runs, found after a restart. */
  adoptClone(id: string, source: MoRef, sourceHost: MoRef | undefined): void {
    this.clone.adopt(id, `adopted/${source.value}`, [
      ALL,
      sourceKey(source),
      ...(sourceHost === undefined ? [] : [`source-host/${moRefKey(sourceHost)}`, hostKey(sourceHost)]),
    ]);
  }

  requestPower(id: string, group: string, granted: () => void): boolean {
    return this.power.request({ id, group, needs: () => [{ key: ALL, limit: this.limits.powerOps }], granted });
  }

  requestDelete(id: string, group: string, granted: () => void): boolean {
    return this.delete.request({ id, group, needs: () => [{ key: ALL, limit: this.limits.deletes }], granted });
  }

  /** Exclusive on the source: granted when no clone of it and no other snapshot operation on it runs. */
  requestSnapshot(id: string, source: MoRef, granted: () => void): boolean {
    const key = sourceKey(source);
    const before = this.#snapshotSources.get(id);
    if (before !== undefined && before !== key) this.release('snapshot', id); // it means another source now
    this.#snapshotSources.set(id, key);
    return this.snapshot.request({
      id,
      group: id,
      needs: () =>
        this.#locks.isUnused(key)
          ? [
              { key: ALL, limit: this.limits.snapshotOps },
              { key, limit: 1 },
            ]
          : undefined,
      granted,
    });
  }

  /** Gives a slot back, or forgets who waits for one. */
  release(pool: PoolName, id: string): void {
    if (pool === 'snapshot') this.#snapshotSources.delete(id);
    this[pool].release(id);
    // a clone that ended may free a source for a snapshot operation, and the other way round
    if (pool === 'clone' || pool === 'snapshot') this.#locks.changed('snapshot');
    if (pool === 'snapshot') this.#locks.changed('clone');
  }
}

function sourceKey(source: MoRef): string {
  return `source/${moRefKey(source)}`;
}

function hostKey(host: MoRef): string {
  return `host/${moRefKey(host)}`;
}

/** What a clone takes wherever it goes. */
function needsAnywhere(limits: Limits, request: CloneSlotRequest, sourceHost: MoRef | undefined): SlotNeed[] {
  const { source, group } = request;
  return [
    { key: ALL, limit: limits.clones },
    { key: sourceKey(source), limit: Number.POSITIVE_INFINITY },
    { key: `group/${group}`, limit: request.groupLimit() },
    ...(sourceHost === undefined
      ? []
      : [
          { key: `source-host/${moRefKey(sourceHost)}`, limit: limits.clonesPerSourceHost },
          { key: hostKey(sourceHost), limit: HOST_COST_UNITS },
        ]),
  ];
}
