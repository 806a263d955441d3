// Puts a database in the place of the one that is there. Nobody may be logged in, and no task may run. Machines and their
// snapshots are the caller's business, because what they are is on disk.
import { belongTo } from '../core/belongs-to.ts';
import { MANAGERS, PARTS } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { Model } from '../inventory/model-state.ts';
import { isKept } from './database.ts';
import type { Database, SavedObject } from './database.ts';

const SINGLETONS: ReadonlySet<string> = new Set([
  'ServiceInstance:ServiceInstance',
  ...[...Object.values(MANAGERS), ...Object.values(PARTS)].map(([type, value]) => `${type}:${value}`),
]);
const ON_DISK: ReadonlySet<string> = new Set(['VirtualMachine', 'VirtualMachineSnapshot']);

/** Everything but machines and snapshots; `before` still has its properties, but isn't in the inventory any more. */
export function loadObjects(model: Model, database: Database): void {
  const { registry, rootFolder } = model.world;
  const isSingleton = (object: Pick<SimObject, 'type' | 'value'>): boolean =>
    SINGLETONS.has(`${object.type}:${object.value}`) || object.value === rootFolder.value;
  for (const object of [...registry.all()]) if (isKept(object) && !isSingleton(object)) registry.remove(object);
  registry.counter = database.counter;
  const made: [SimObject, SavedObject][] = [];
  for (const saved of database.objects) {
    if (ON_DISK.has(saved.type)) continue;
    const { type, value, properties } = saved;
    if (isSingleton(saved)) registry.get({ type, value })?.restore(properties);
    else made.push([registry.create(type, properties, { value }), saved]);
  }
  for (const [object, saved] of made) loadExtra(model, object, saved);
}

/** What isn't an object, once all objects are there. */
export function loadTables(model: Model, database: Database): void {
  const { authorization, world } = model;
  model.names.load(database.names);
  model.fields.load(database.fields);
  model.specs.load(database.specs);
  model.events.load(database.events, database.nextEventKey);
  model.tasks.history.log.load(database.tasks);
  authorization.roles.load(database.roles);
  for (const entity of [...authorization.permissions.entities]) authorization.permissions.replace(entity, []);
  for (const { entity, permissions } of database.permissions) {
    const object = world.registry.get(entity);
    if (object !== undefined) authorization.permissions.replace(object, permissions);
  }
  authorization.rolesChanged();
}

function loadExtra(model: Model, object: SimObject, saved: SavedObject): void {
  for (const [key, kept] of saved.extra) {
    if ('value' in kept) object.extra.set(key, kept.value);
    else belongTo(object, model.world.registry.must(kept.object));
  }
}
