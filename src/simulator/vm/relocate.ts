// RelocateVM_Task and MigrateVM_Task: another host, pool, folder or datastore. A move to another datastore copies the
// disks and by default flattens them: a linked clone is none any more afterwards, and its files are named after the VM.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext } from '../core/call-context.ts';
import type { SimObject } from '../core/sim-object.ts';
import type { VimFault } from '../core/vim-fault.ts';
import { entityArgument } from '../events/event-arguments.ts';
import { postVmEvent } from '../events/vm-events.ts';
import { link, refAt, sameRef, unlink } from '../inventory/links.ts';
import type { Model } from '../inventory/model-state.ts';
import { moveEntity } from '../inventory/move.ts';
import { migrationUnits, provisioningUnits } from '../tasks/slot-pools.ts';
import type { SlotNeeds } from '../tasks/slot-pools.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import type { RelocateSpec } from './clone/clone-arguments.ts';
import { demandSees, demandUsable, moveToHost, volumesOf } from './host-placement.ts';
import { applyMove, discardMove, planMove, prepareMove } from './relocate-files.ts';
import type { MovePlan, PreparedMove } from './relocate-files.ts';
import { demandHost, exclusive, hostOf, invalidArgument, vmCall } from './vm-call.ts';
import { isTemplate, nameOf, powerStateOf } from './vm.ts';
import type { Vm } from './vm.ts';

/** `kind` only names the task. */
export function relocateTask(context: CallContext, kind: 'relocate' | 'migrate', spec: RelocateSpec): MoRef {
  const { model, vm, origin } = vmCall(context);
  const { registry } = model.world;
  const host = spec.host === undefined ? hostOf(model, vm) : registry.must(spec.host);
  const pool = poolOf(model, vm, host, spec);
  const plan = planMove(model, vm, spec);
  demandUsable(host);
  demandSees(model, host, plan.volumes.size > 0 ? plan.volumes : volumesOf(vm));
  let prepared: PreparedMove | undefined;
  return model.tasks.start(
    {
      kind,
      entity: vm.object,
      locks: exclusive(vm),
      units: unitsOf(model, vm, host, plan),
      volumes: () => plan.volumes,
      copiedBytes: () => plan.copiedBytes,
      begin() {
        demandHost(model, vm);
        demandUsable(host);
        prepared = prepareMove(model, vm, plan);
      },
      finish(run) {
        const source = entityArgument(hostOf(model, vm));
        if (spec.folder !== undefined && !sameRef(spec.folder, refAt(vm.object, 'parent')))
          moveEntity(model, vm.object, registry.must(spec.folder));
        if (prepared !== undefined) applyMove(model, vm, prepared);
        prepared = undefined;
        changePool(model, vm, pool);
        moveToHost(model, vm, host);
        postMoved(model, vm, host, source, plan.copies.length > 0, run);
      },
      undo() {
        if (prepared !== undefined) discardMove(model, prepared);
      },
      ended(run, fault) {
        if (fault !== undefined) postMoveFailed(model, vm, host, plan.copies.length > 0, fault, run);
      },
    },
    origin,
  );
}

/** The pool that the VM will be in. Throws InvalidArgument when host and pool don't belong together. */
function poolOf(model: Model, vm: Vm, host: SimObject, spec: RelocateSpec): SimObject | undefined {
  const { registry } = model.world;
  const current = vm.object.get('resourcePool') as MoRef | undefined;
  const ref = spec.pool ?? current;
  if (ref === undefined || isTemplate(vm)) return undefined;
  const pool = registry.must(ref);
  if (sameRef(refAt(pool, 'owner'), refAt(host, 'parent'))) return pool;
  throw invalidArgument(spec.pool === undefined ? 'spec.pool' : 'spec.host');
}

/** A VM that stays on its host with its files costs nothing. */
function unitsOf(model: Model, vm: Vm, host: SimObject, plan: MovePlan): SlotNeeds {
  const source = hostOf(model, vm);
  const copies = plan.copies.length > 0;
  if (!copies && source === host) return new Map();
  if (powerStateOf(vm) !== 'poweredOn') return provisioningUnits(copies, source.ref, host.ref);
  const volumes = [...(copies ? plan.volumes : []), ...volumesOf(vm)];
  return migrationUnits(
    copies,
    [source.ref, host.ref],
    volumes.map((volume) => volume.ref),
  );
}

function changePool(model: Model, vm: Vm, pool: SimObject | undefined): void {
  const before = vm.object.get('resourcePool') as MoRef | undefined;
  if (pool === undefined || before === undefined || sameRef(before, pool.ref)) return;
  unlink(model.world.registry.must(before), 'vm', vm.object.ref);
  link(pool, 'vm', vm.object.ref);
  vm.object.set('resourcePool', pool.ref);
}

function postMoved(
  model: Model,
  vm: Vm,
  host: SimObject,
  sourceHost: Record<string, unknown>,
  copied: boolean,
  run: TaskRun,
): void {
  const type = copied ? 'VmRelocatedEvent' : 'VmMigratedEvent';
  const verb = copied ? 'Relocation' : 'Migration';
  postVmEvent(
    model,
    vm,
    type,
    run,
    `${verb} of ${nameOf(vm)} from ${String(sourceHost['name'])} to ${String(host.get('name'))} completed`,
    { sourceHost },
  );
}

function postMoveFailed(model: Model, vm: Vm, host: SimObject, copied: boolean, fault: VimFault, run: TaskRun): void {
  const type = copied ? 'VmRelocateFailedEvent' : 'VmFailedMigrateEvent';
  const message = `Cannot move ${nameOf(vm)} to ${String(host.get('name'))}: ${fault.message}`;
  postVmEvent(model, vm, type, run, message, { destHost: entityArgument(host), reason: fault.toLocalized() });
}
