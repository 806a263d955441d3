// Resource pools: the methods of ResourcePool. What is in a pool that goes belongs to the pool above it from then on.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { demandName } from '../vm/clone/clone-arguments.ts';
import { invalidArgument, notSupported, originOf } from '../vm/vm-call.ts';
import { newPool } from './build-compute.ts';
import { link, refAt, refsAt } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { demandPoolSpec, poolConfig } from './pool-config.ts';
import type { PoolSpec } from './pool-config.ts';
import { movePool, moveVmToPool, removePool } from './pool-moves.ts';
import { postPoolEvent } from './pool-events.ts';
import { rename } from './rename.ts';

export const poolMethods: MethodTable = {
  ResourcePool: {
    CreateResourcePool: createPool,
    UpdateConfig: updateConfig,
    MoveIntoResourcePool: moveInto,
    Destroy_Task: destroyPool,
    DestroyChildren(context) {
      const model = modelOf(context.world);
      for (const child of childrenOf(model, context.self)) removeTree(model, child, context.user);
    },
  },
};

function createPool(context: CallContext, args: Readonly<Record<string, unknown>>): MoRef {
  const model = modelOf(context.world);
  const parent = context.self;
  const name = String(args['name']);
  const spec = args['spec'] as PoolSpec;
  demandName(name, parent);
  demandPoolSpec(spec, 'spec');
  model.names.demandFree(parent.ref, name);
  const pool = newPool(model, parent, model.world.registry.must(refAt(parent, 'owner')), name);
  model.names.claim(parent.ref, name, pool.ref);
  setConfig(model, pool, spec);
  link(parent, 'resourcePool', pool.ref);
  postPoolEvent(model, pool, 'ResourcePoolCreatedEvent', context.user, `Created resource pool ${name}`, {
    parent: { name: String(parent.get('name')), resourcePool: parent.ref },
  });
  return pool.ref;
}

/** Everything that can be wrong is found before anything changes. */
function updateConfig(context: CallContext, args: Readonly<Record<string, unknown>>): void {
  const model = modelOf(context.world);
  const pool = context.self;
  const name = args['name'] as string | undefined;
  const spec = args['config'] as PoolSpec | undefined;
  const isNewName = name !== undefined && name !== pool.get('name');
  if (isNewName && isRoot(model, pool)) throw notSupported('the root pool keeps its name');
  if (isNewName) demandName(name, pool);
  if (spec !== undefined) demandPoolSpec(spec, 'config');
  if (isNewName) {
    rename(model, pool, name);
    pool.set('summary.name', name);
  }
  if (spec !== undefined) setConfig(model, pool, spec);
  if (isNewName || spec !== undefined)
    postPoolEvent(
      model,
      pool,
      'ResourcePoolReconfiguredEvent',
      context.user,
      `Updated configuration for ${String(pool.get('name'))}`,
    );
}

function setConfig(model: Model, pool: SimObject, spec: PoolSpec): void {
  const config = poolConfig(model, pool, spec);
  pool.setMany({ config, 'summary.config': config });
}

/** Throws InvalidArgument, NotSupported, DuplicateName before anything has moved. */
function moveInto(context: CallContext, args: Readonly<Record<string, unknown>>): void {
  const model = modelOf(context.world);
  const { registry } = model.world;
  const target = context.self;
  const entities = (args['list'] as readonly MoRef[]).map((ref) => registry.must(ref));
  for (const entity of entities) demandMovable(model, entity, target);
  for (const entity of entities) {
    const vm = model.vms.get(entity.ref);
    if (vm === undefined) movePool(model, entity, target, context.user);
    else moveVmToPool(model, vm, target, context.user);
  }
}

function demandMovable(model: Model, entity: SimObject, target: SimObject): void {
  const { registry } = model.world;
  if (entity.type === 'VirtualMachine') {
    const pool = entity.get('resourcePool') as MoRef | undefined;
    if (pool === undefined) throw notSupported('a template belongs to no resource pool');
    if (refAt(registry.must(pool), 'owner').value !== refAt(target, 'owner').value) throw invalidArgument('list');
    return;
  }
  if (entity.type !== 'ResourcePool' || isRoot(model, entity)) throw invalidArgument('list');
  if (refAt(entity, 'owner').value !== refAt(target, 'owner').value) throw invalidArgument('list');
  for (let at: SimObject | undefined = target; at?.type === 'ResourcePool'; at = registry.get(refAt(at, 'parent')))
    if (at === entity) throw invalidArgument('list');
  if (refAt(entity, 'parent').value !== target.value) model.names.demandFree(target.ref, String(entity.get('name')));
}

function destroyPool(context: CallContext): MoRef {
  const model = modelOf(context.world);
  const pool = context.self;
  if (isRoot(model, pool)) throw notSupported('the root pool goes only with its cluster');
  return model.tasks.start(
    {
      kind: 'destroyPool',
      entity: pool,
      finish: (run) => removePool(model, pool, run.user),
    },
    originOf(context),
  );
}

/** The pool and all below it; what was in them is in the pool above. */
function removeTree(model: Model, pool: SimObject, user: string): void {
  for (const child of childrenOf(model, pool)) removeTree(model, child, user);
  removePool(model, pool, user);
}

function childrenOf(model: Model, pool: SimObject): readonly SimObject[] {
  return refsAt(pool, 'resourcePool').map((ref) => model.world.registry.must(ref));
}

function isRoot(model: Model, pool: SimObject): boolean {
  return model.world.registry.must(refAt(pool, 'parent')).type !== 'ResourcePool';
}
