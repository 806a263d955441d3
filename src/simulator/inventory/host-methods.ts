// Hosts: connection and maintenance mode. A host that doesn't answer takes its VMs' connection state with it, nothing else.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { TaskKindName } from '../tasks/task-kinds.ts';
import { connectionStateOf } from '../vm/host-placement.ts';
import { originOf } from '../vm/vm-call.ts';
import { powerStateOf } from '../vm/vm.ts';
import { recountHosts } from './build-compute.ts';
import { refAt, refsAt } from './links.ts';
import { modelOf } from './model-state.ts';
import type { Model } from './model-state.ts';

export const hostMethods: MethodTable = {
  HostSystem: {
    EnterMaintenanceMode_Task: (context) =>
      hostTask(context, 'enterMaintenance', (model, host) => {
        demandConnected(host);
        const running = refsAt(host, 'vm').filter((ref) => {
          const vm = model.vms.get(ref);
          return vm !== undefined && powerStateOf(vm) === 'poweredOn';
        });
        // DRS would move them away first; this simulator leaves that to the client.
        if (running.length > 0)
          throw new VimFault('InvalidState', {}, `${running.length} virtual machines still run on the host.`);
        setMaintenance(model, host, true);
      }),
    ExitMaintenanceMode_Task: (context) =>
      hostTask(context, 'exitMaintenance', (model, host) => {
        demandConnected(host);
        setMaintenance(model, host, false);
      }),
    DisconnectHost_Task: (context) =>
      hostTask(context, 'disconnectHost', (model, host) => connectHost(model, host, 'disconnected')),
    ReconnectHost_Task: (context) =>
      hostTask(context, 'reconnectHost', (model, host) => connectHost(model, host, 'connected')),
  },
};

function hostTask(context: CallContext, kind: TaskKindName, change: (model: Model, host: SimObject) => void): MoRef {
  const model = modelOf(context.world);
  const host = context.self;
  return model.tasks.start(
    {
      kind,
      entity: host,
      finish() {
        change(model, host);
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

/** The host enters or leaves maintenance mode at once, whatever runs on it. */
export function setMaintenance(model: Model, host: SimObject, isInMaintenance: boolean): void {
  host.set('runtime.inMaintenanceMode', isInMaintenance);
  recountHosts(model, model.world.registry.must(refAt(host, 'parent')));
}

/** `notResponding` happens to a host, `disconnected` is somebody's doing. */
export function connectHost(
  model: Model,
  host: SimObject,
  state: 'connected' | 'disconnected' | 'notResponding',
): void {
  host.set('runtime.connectionState', state);
  recountHosts(model, model.world.registry.must(refAt(host, 'parent')));
  for (const ref of refsAt(host, 'vm')) {
    const vm = model.vms.get(ref);
    vm?.object.set('runtime.connectionState', connectionStateOf(model, vm, host));
  }
}
