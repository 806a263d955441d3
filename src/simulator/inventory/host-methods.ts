// Hosts: connection and maintenance mode. A host that doesn't answer takes its VMs' connection state with it, nothing else.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { EventCause } from '../events/vm-events.ts';
import type { TaskKindName } from '../tasks/task-kinds.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import { followConnection } from '../vm/host-placement.ts';
import { exclusive, originOf } from '../vm/vm-call.ts';
import { powerStateOf } from '../vm/vm.ts';
import { discover } from './add-host.ts';
import { recountHosts } from './build-compute.ts';
import { BY_ITSELF, postConnection, postHostEvent } from './host-events.ts';
import { refAt, refsAt } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';
import { removeHost } from './remove-host.ts';
import { hostConnectInfo } from './host-connect-info.ts';

export const hostMethods: MethodTable = {
  HostSystem: {
    EnterMaintenanceMode_Task: (context) =>
      hostTask(
        context,
        'enterMaintenance',
        (model, host, run) => {
          demandConnected(host);
          const running = refsAt(host, 'vm').filter((ref) => {
            const vm = model.vms.get(ref);
            return vm !== undefined && powerStateOf(vm) === 'poweredOn';
          });
          // DRS would move them away first; this simulator leaves that to the client.
          if (running.length > 0)
            throw new VimFault('InvalidState', {}, `${running.length} virtual machines still run on the host.`);
          setMaintenance(model, host, true, run);
        },
        postEntering,
      ),
    ExitMaintenanceMode_Task: (context) =>
      hostTask(context, 'exitMaintenance', (model, host, run) => {
        demandConnected(host);
        setMaintenance(model, host, false, run);
      }),
    Destroy_Task: removeHostTask,
    QueryHostConnectionInfo: (context) => hostConnectInfo(modelOf(context.world), context.self),
    DisconnectHost_Task: (context) =>
      hostTask(context, 'disconnectHost', (model, host, run) => connectHost(model, host, 'disconnected', run)),
    ReconnectHost_Task: (context) =>
      hostTask(context, 'reconnectHost', (model, host, run) => connectHost(model, host, 'connected', run)),
  },
};

/** A host of a cluster goes only when nobody counts on it: in maintenance mode or disconnected. */
function removeHostTask(context: CallContext): MoRef {
  const model = modelOf(context.world);
  const host = context.self;
  const vms = refsAt(host, 'vm').flatMap((ref) => model.vms.get(ref) ?? []);
  return model.tasks.start(
    {
      kind: 'removeHost',
      entity: host,
      locks: exclusive(...vms),
      begin() {
        const compute = model.world.registry.must(refAt(host, 'parent'));
        if (compute.type !== 'ClusterComputeResource' || host.get('runtime.connectionState') !== 'connected') return;
        if (host.get('runtime.inMaintenanceMode') !== true)
          throw new VimFault(
            'InvalidState',
            {},
            'The operation is not allowed in the current state: the host is connected and not in maintenance mode.',
          );
      },
      finish: (run) => removeHost(model, host, run),
    },
    originOf(context),
  );
}

function hostTask(
  context: CallContext,
  kind: TaskKindName,
  change: (model: Model, host: SimObject, run: TaskRun) => void,
  begin?: (model: Model, host: SimObject, run: TaskRun) => void,
): MoRef {
  const model = modelOf(context.world);
  const host = context.self;
  return model.tasks.start(
    {
      kind,
      entity: host,
      begin: (run) => begin?.(model, host, run),
      finish(run) {
        change(model, host, run);
      },
    },
    originOf(context),
  );
}

function demandConnected(host: SimObject): void {
  if (host.get('runtime.connectionState') !== 'connected')
    throw new VimFault(
      'HostNotConnected',
      {},
      `Unable to communicate with the remote host: ${String(host.get('name'))} is not connected.`,
    );
}

function postEntering(model: Model, host: SimObject, run: TaskRun): void {
  postHostEvent(
    model,
    host,
    'EnteringMaintenanceModeEvent',
    run,
    `Host ${String(host.get('name'))} has started to enter maintenance mode`,
  );
}

/** The host enters or leaves maintenance mode at once, whatever runs on it. */
export function setMaintenance(
  model: Model,
  host: SimObject,
  isInMaintenance: boolean,
  cause: EventCause = BY_ITSELF,
): void {
  const isNew = host.get('runtime.inMaintenanceMode') !== isInMaintenance;
  host.set('runtime.inMaintenanceMode', isInMaintenance);
  recountHosts(model, model.world.registry.must(refAt(host, 'parent')));
  if (!isNew) return;
  const type = isInMaintenance ? 'EnteredMaintenanceModeEvent' : 'ExitMaintenanceModeEvent';
  const verb = isInMaintenance ? 'entered' : 'exited';
  postHostEvent(model, host, type, cause, `Host ${String(host.get('name'))} has ${verb} maintenance mode`);
}

/** `notResponding` happens to a host, `disconnected` is somebody's doing. */
export function connectHost(
  model: Model,
  host: SimObject,
  state: 'connected' | 'disconnected' | 'notResponding',
  cause: EventCause = BY_ITSELF,
): void {
  const isNew = host.get('runtime.connectionState') !== state;
  host.set('runtime.connectionState', state);
  recountHosts(model, model.world.registry.must(refAt(host, 'parent')));
  for (const ref of refsAt(host, 'vm')) {
    const vm = model.vms.get(ref);
    if (vm !== undefined) followConnection(model, vm, host);
  }
  if (state === 'connected') discover(model, host, { pool: undefined, vmFolder: undefined }, cause);
  if (isNew) postConnection(model, host, state, cause);
}
