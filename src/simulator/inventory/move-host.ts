// Hosts move between clusters, with everything that is registered on them; a standalone host's compute resource goes.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import { exclusive, invalidArgument, originOf } from '../vm/vm-call.ts';
import { datacenterOf } from './add-host.ts';
import { linkToHost, recountHosts } from './build-compute.ts';
import { link, refAt, refsAt, sameRef, unlink } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { moveVmToPool } from './pool-moves.ts';
import { removeCompute, shrink } from './remove-host.ts';

type Args = Readonly<Record<string, unknown>>;

/** MoveInto_Task and MoveHostInto_Task. */
export function moveHostsTask(context: CallContext, args: Args): MoRef {
  const model = modelOf(context.world);
  const { registry } = model.world;
  const cluster = context.self;
  const hosts = [args['host']].flat().map((ref) => registry.must(ref as MoRef));
  const pool = args['resourcePool'] === undefined ? undefined : registry.must(args['resourcePool'] as MoRef);
  for (const host of hosts) {
    if (datacenterOf(model, host) !== datacenterOf(model, cluster)) throw invalidArgument('host');
    if (sameRef(refAt(host, 'parent'), cluster.ref)) throw invalidArgument('host');
  }
  if (pool !== undefined && !sameRef(refAt(pool, 'owner'), cluster.ref)) throw invalidArgument('resourcePool');
  const vms = hosts.flatMap((host) => refsAt(host, 'vm')).flatMap((ref) => model.vms.get(ref) ?? []);
  return model.tasks.start(
    {
      kind: context.method === 'MoveInto_Task' ? 'moveHosts' : 'moveHost',
      entity: cluster,
      locks: exclusive(...vms),
      begin() {
        for (const host of hosts) demandMovable(model, host);
      },
      finish(run) {
        for (const host of hosts) demandMovable(model, host);
        for (const host of hosts) model.names.demandFree(cluster.ref, String(host.get('name')));
        for (const host of hosts) moveHost(model, host, cluster, pool, run.user);
      },
    },
    originOf(context),
  );
}

/** A host leaves a cluster only in maintenance mode; a standalone one may run machines. */
function demandMovable(model: Model, host: SimObject): void {
  const compute = model.world.registry.must(refAt(host, 'parent'));
  if (compute.type !== 'ClusterComputeResource' || host.get('runtime.inMaintenanceMode') === true) return;
  throw new VimFault(
    'InvalidState',
    {},
    `The operation is not allowed in the current state: the host ${String(host.get('name'))} is not in maintenance mode.`,
  );
}

/** Machines come into `pool`, or into the cluster's root pool. */
function moveHost(model: Model, host: SimObject, cluster: SimObject, pool: SimObject | undefined, user: string): void {
  const { registry } = model.world;
  const before = registry.must(refAt(host, 'parent'));
  const name = String(host.get('name'));
  model.names.claim(cluster.ref, name, host.ref);
  unlink(before, 'host', host.ref);
  model.names.release(before.ref, name);
  host.set('parent', cluster.ref);
  link(cluster, 'host', host.ref);
  for (const property of ['datastore', 'network'] as const)
    for (const ref of refsAt(host, property)) linkToHost(model, host, property, registry.must(ref));
  const target = pool ?? registry.must(refAt(cluster, 'resourcePool'));
  for (const ref of refsAt(host, 'vm')) {
    const vm = model.vms.get(ref);
    if (vm === undefined) continue;
    if (vm.object.get('resourcePool') !== undefined) moveVmToPool(model, vm, target, user);
    vm.object.set('environmentBrowser', cluster.get('environmentBrowser'));
  }
  if (before.type === 'ClusterComputeResource') shrink(model, before);
  else removeCompute(model, before);
  recountHosts(model, cluster);
}
