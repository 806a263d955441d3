// What a change hits, as the simulator's own inventory has it at the moment when the call arrives: references alone can
// mean another machine later.
import type { World } from '../../../src/simulator/core/world.ts';
import { describeInventory } from '../../../src/simulator/inventory/describe.ts';
import type { InventoryDescription } from '../../../src/simulator/inventory/describe.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import { grouped } from './grouped.ts';
import type { Sent, SoapCall } from './vcenter-proxy.ts';

export interface Witnessed extends Partial<Sent> {
  /** Epoch milliseconds at which it was sent on: a plan may have held it up since it came. */
  readonly at: number;
  /** By which the ledger knows it; the call has it, and the one by which it is sent again when its session was over. */
  readonly operationId?: string;
  readonly method: string;
  readonly target: string;
  /** The instanceUuid of the machine that it asks for. */
  readonly asksFor: string | undefined;
  readonly name: string | undefined;
  readonly instanceUuid: string | undefined;
  /** Files in the chain of each disk. */
  readonly chains: readonly number[];
  /** Folders in which the files lie that it writes to. */
  readonly homes: readonly string[];
  /** What it carried as a mark of ours. */
  readonly marker: unknown;
  /** UID of the object that it is about: of a clone the one in the call, of a snapshot the one in its description. */
  readonly forUid?: string;
  /** Of a snapshot that goes: those that were taken on top of it, by MoRef value. */
  readonly above?: readonly string[];
  /** When a clone was asked for: the tasks that had not ended and that vCenter told of. */
  readonly tasks?: readonly string[];
}

/** A snapshot as it was seen when a change arrived. */
export interface SeenSnapshot {
  readonly moRef: string;
  readonly key: string;
  /** The last entry of the ledger then. */
  readonly from: number;
}

/** For good, whatever its machine's reference and its own: number and time stay the same when the machine is registered again. */
export function snapshotKey(
  instanceUuid: string,
  { id = 0, createTime = '' }: { readonly id?: number; readonly createTime?: string },
): string {
  return `${instanceUuid}/${id}/${createTime}`;
}

/** Sees each change of operators right before it is sent on. */
export class Witness {
  readonly calls: Witnessed[] = [];
  /** What each reference to a snapshot meant, and from when on, in that order. */
  readonly snapshots: SeenSnapshot[] = [];
  readonly #world: World;
  readonly #keys = new Map<string, string>();
  #seq = 0;

  constructor(world: World) {
    this.#world = world;
  }

  readonly see = (call: SoapCall, body: string, sent: Sent): void => {
    const inventory = describeInventory(this.#world);
    this.#seq = this.#world.ledger.since(this.#seq).at(-1)?.seq ?? this.#seq;
    this.#note(inventory);
    this.calls.push({ ...whatItHits(this.#world, inventory, call, body), ...sent });
  };

  #note({ vms, snapshots }: InventoryDescription): void {
    const uuids = new Map(vms.map(({ moRef, instanceUuid }) => [moRef, instanceUuid]));
    for (const one of snapshots) {
      const key = snapshotKey(uuids.get(one.vm) ?? '', one);
      if (this.#keys.get(one.moRef) === key) continue;
      this.#keys.set(one.moRef, key);
      this.snapshots.push({ moRef: one.moRef, key, from: this.#seq });
    }
  }
}

/** `body`: of the call. */
function whatItHits(
  world: World,
  { vms, snapshots }: InventoryDescription,
  { method, target, asksFor, operationId }: SoapCall,
  body: string,
): Witnessed {
  const found = vms.find((one) => one.moRef === target);
  const snapshot = snapshots.find((one) => one.moRef === target);
  const forUid =
    method === 'CloneVM_Task'
      ? /<(?:\w+:)?instanceUuid>([^<]*)</.exec(body)?.[1]
      : snapshotOwner(snapshot?.description ?? describedIn(body));
  return {
    ...{ at: Date.now(), method, target, asksFor, name: found?.name, instanceUuid: found?.instanceUuid },
    ...(operationId === undefined ? {} : { operationId }),
    chains: found?.disks.map((disk) => disk.chain.length) ?? [],
    homes: [...new Set(found?.disks.map((disk) => homeOf(disk.chain[0]?.file ?? '')))],
    marker: found?.marker ?? undefined,
    ...(forUid === undefined ? {} : { forUid }),
    ...(snapshot === undefined ? {} : { above: takenOn(snapshots, target) }),
    ...(method === 'CloneVM_Task' ? { tasks: openTasks(world) } : {}),
  };
}

/** Snapshots that stand on this one, on those, and so on: MoRef values. */
function takenOn(snapshots: ReturnType<typeof describeInventory>['snapshots'], moRef: string): string[] {
  const children = snapshots.filter(({ parent }) => parent === moRef).map((one) => one.moRef);
  return children.flatMap((child) => [child, ...takenOn(snapshots, child)]);
}

/** What a snapshot is to be described with that the call asks for; empty for other calls. */
function describedIn(body: string): string {
  return /<(?:\w+:)?description>([^<]*)</.exec(body)?.[1] ?? '';
}

/** UID of the base that a snapshot was made for, as its description ends. */
export function snapshotOwner(description: string): string | undefined {
  return /\[linkedclone\.dev\/owner=[^/\]]+\/([^\]]+)\]$/.exec(description.trimEnd())?.[1];
}

function openTasks(world: World): string[] {
  return [...world.registry.ofType('Task')]
    .filter((task) => task.get('info.state') === 'queued' || task.get('info.state') === 'running')
    .map(({ value }) => value);
}

function homeOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

function idOf({ operationId = '' }: { readonly operationId?: string }): string {
  return operationId;
}

interface Seen {
  readonly ledger: readonly LedgerEntry[];
  readonly witnessed: readonly Witnessed[];
}

/**
 * What a call of the ledger (not its end) hit, known by its operation id; undefined where none was seen with that. One that is
 * turned away because its session is over isn't in the ledger, and is sent once more with the same id: the last are those of
 * the ledger.
 */
export function witnessOf({ ledger, witnessed }: Seen, entry: LedgerEntry): Witnessed | undefined {
  const id = idOf(entry);
  if (id === '') return undefined;
  const calls = (grouped(ledger, idOf).get(id) ?? []).filter(({ phase }) => phase === 'call');
  const index = calls.findIndex(({ seq }) => seq === entry.seq);
  return index < 0
    ? undefined
    : grouped(witnessed, idOf)
        .get(id)
        ?.at(index - calls.length);
}

/** Epoch milliseconds at which a call of the ledger arrived: simulated time isn't the API server's. */
export function passedAt(evidence: Seen, entry: LedgerEntry): number {
  return witnessOf(evidence, entry)?.at ?? Number.POSITIVE_INFINITY;
}
