// Machines by their uuids, kept current by what changes, so that a search among ten thousand costs nothing. Several
// machines may have one BIOS uuid; the order of a result is that of the inventory's growth.
import type { Change } from '../core/change.ts';
import { pathsTouch } from '../core/property-path.ts';
import type { Registry } from '../core/registry.ts';
import type { SimObject } from '../core/sim-object.ts';

export type UuidKind = 'uuid' | 'instanceUuid';

const KINDS: readonly UuidKind[] = ['uuid', 'instanceUuid'];

export class UuidIndex {
  readonly #byUuid: Readonly<Record<UuidKind, Map<string, Set<SimObject>>>> = {
    uuid: new Map(),
    instanceUuid: new Map(),
  };
  readonly #known = new Map<SimObject, Readonly<Record<UuidKind, string | undefined>>>();

  constructor(registry: Registry) {
    for (const machine of registry.ofType('VirtualMachine')) this.#update(machine);
    registry.subscribe((change) => this.#heard(change));
  }

  find(kind: UuidKind, uuid: string): readonly SimObject[] {
    return [...(this.#byUuid[kind].get(uuid.toLowerCase()) ?? [])];
  }

  #heard(change: Change): void {
    if (change.object.type !== 'VirtualMachine') return;
    if (change.kind === 'leave') this.#forget(change.object);
    else if (change.kind === 'enter' || KINDS.some((kind) => pathsTouch(`config.${kind}`, change.path)))
      this.#update(change.object);
  }

  #update(machine: SimObject): void {
    const now = { uuid: uuidOf(machine, 'uuid'), instanceUuid: uuidOf(machine, 'instanceUuid') };
    const before = this.#known.get(machine);
    if (before !== undefined && before.uuid === now.uuid && before.instanceUuid === now.instanceUuid) return;
    this.#forget(machine);
    this.#known.set(machine, now);
    for (const kind of KINDS) {
      const uuid = now[kind];
      if (uuid === undefined) continue;
      const machines = this.#byUuid[kind].get(uuid);
      if (machines === undefined) this.#byUuid[kind].set(uuid, new Set([machine]));
      else machines.add(machine);
    }
  }

  #forget(machine: SimObject): void {
    const known = this.#known.get(machine);
    if (known === undefined) return;
    this.#known.delete(machine);
    for (const kind of KINDS) {
      const uuid = known[kind];
      if (uuid === undefined) continue;
      const machines = this.#byUuid[kind].get(uuid);
      machines?.delete(machine);
      if (machines?.size === 0) this.#byUuid[kind].delete(uuid);
    }
  }
}

function uuidOf(machine: SimObject, kind: UuidKind): string | undefined {
  const uuid = machine.get(`config.${kind}`);
  return typeof uuid === 'string' ? uuid.toLowerCase() : undefined;
}
