// What a vCenter keeps in its database, as a backup has it: objects with their references, names, custom fields, stored
// specifications, roles and permissions, events and finished tasks, and the counters of keys and references. What lies on
// datastores and runs on hosts isn't in it. Everything in here is immutable, so a backup costs little.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { Permission } from '../access/permission-store.ts';
import type { SavedRoles } from '../access/roles.ts';
import { SimObject } from '../core/sim-object.ts';
import type { SavedSpecs } from '../customization/customization-specs.ts';
import type { LoggedEvent } from '../events/event-log.ts';
import type { SavedLog } from '../events/history-log.ts';
import type { SavedFields } from '../inventory/custom-fields.ts';
import type { Model } from '../inventory/model-state.ts';
import type { TaskRecord } from '../tasks/task-history.ts';
import type { Vm } from '../vm/vm.ts';
import { isOwned } from '../wire/visibility.ts';

export interface SavedObject {
  readonly type: string;
  readonly value: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Room of the model: plain values, and other objects as references. */
  readonly extra: ReadonlyMap<string, { readonly object: MoRef } | { readonly value: unknown }>;
}

export interface SavedVm {
  /** MoRef value. */
  readonly value: string;
  readonly vm: Vm;
  /** Snapshot id → MoRef value. */
  readonly snapshots: ReadonlyMap<number, string>;
}

export interface Database {
  readonly counter: number;
  readonly objects: readonly SavedObject[];
  readonly vms: readonly SavedVm[];
  readonly names: ReadonlyMap<string, ReadonlyMap<string, MoRef>>;
  readonly fields: SavedFields;
  readonly specs: SavedSpecs;
  readonly events: SavedLog<LoggedEvent>;
  readonly nextEventKey: number;
  readonly tasks: SavedLog<TaskRecord>;
  readonly roles: SavedRoles;
  readonly permissions: readonly { readonly entity: MoRef; readonly permissions: readonly Permission[] }[];
}

/** As everything is now. */
export function saveDatabase(model: Model): Database {
  const { world, authorization } = model;
  return {
    counter: world.registry.counter,
    objects: [...world.registry.all()].filter(isKept).map(saveObject),
    vms: [...model.vms.all].map((vm) => ({
      value: vm.object.value,
      vm,
      snapshots: new Map(vm.snapshots.all().map((snapshot) => [snapshot.id, snapshot.object.value])),
    })),
    names: model.names.save(),
    fields: model.fields.save(),
    specs: model.specs.save(),
    events: model.events.log.save(),
    nextEventKey: model.events.nextKey,
    tasks: model.tasks.history.save(),
    roles: authorization.roles.save(),
    permissions: [...authorization.permissions.entities].map((entity) => ({
      entity: entity.ref,
      permissions: authorization.permissions.on(entity),
    })),
  };
}

/** Tasks and what belongs to a session are gone after any restart. */
export function isKept(object: SimObject): boolean {
  return object.type !== 'Task' && !isOwned(object);
}

function saveObject(object: SimObject): SavedObject {
  const { recentTask, ...properties } = object.stored();
  const extra = object.hasExtra ? [...object.extra] : [];
  return {
    type: object.type,
    value: object.value,
    properties: recentTask === undefined ? properties : { ...properties, recentTask: [] },
    extra: new Map(extra.map(([key, value]) => [key, value instanceof SimObject ? { object: value.ref } : { value }])),
  };
}
