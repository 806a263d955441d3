// CloneVM_Task. Files are made when the task begins, so that the space is taken while it runs; the VM enters the inventory
// when it ends. Whatever goes wrong, nothing of the clone is left.
import type { MoRef } from '../../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../../core/call-context.ts';
import type { VimFault } from '../../core/vim-fault.ts';
import { scheduleCustomization } from '../../customization/run-customization.ts';
import { silentGuest } from '../../guest/guest-info.ts';
import { clonedGuest } from '../../guest/guest-profile.ts';
import { tellMacConflicts } from '../../guest/mac-conflicts.ts';
import { powerOnTask } from '../../guest/power-methods.ts';
import type { Model } from '../../inventory/model-state.ts';
import { SnapshotTree } from '../../snapshots/snapshot-tree.ts';
import { provisioningUnits } from '../../tasks/slot-pools.ts';
import type { TaskRun } from '../../tasks/task-work.ts';
import { demandConfigSpec } from '../config-spec.ts';
import { enroll } from '../enroll.ts';
import { chainVolumes, connectionStateOn, demandUsable } from '../host-placement.ts';
import { claimName } from '../name-claim.ts';
import { networkRefs } from '../network-refs.ts';
import { runtimeInfo } from '../runtime-info.ts';
import { refreshStorage } from '../storage-info.ts';
import { demandHost, vmCall } from '../vm-call.ts';
import type { Vm } from '../vm.ts';
import { cloneArguments } from './clone-arguments.ts';
import type { CloneArguments, CloneSpec } from './clone-arguments.ts';
import { buildClone, discardClone } from './clone-build.ts';
import type { CloneParts } from './clone-build.ts';
import { postCloneFailed, postCloneStarted, postCloned } from './clone-events.ts';
import { chooseInstanceUuid } from './clone-identity.ts';

export const cloneMethods: MethodTable = { VirtualMachine: { CloneVM_Task: cloneTask } };

function cloneTask(context: CallContext, input: Record<string, unknown>): MoRef {
  const { model, vm: source, origin } = vmCall(context);
  const spec = input['spec'] as CloneSpec;
  const ignoreDiskMoveType = context.flags.has('ignoreDiskMoveType');
  const args = cloneArguments(model, {
    source,
    folder: input['folder'] as MoRef,
    name: String(input['name']),
    spec,
    ignoreDiskMoveType,
  });
  demandConfigSpec(spec.config ?? {}, 'spec.config.');
  const locks = [{ entity: source.object.ref, mode: 'shared' as const }];
  model.tasks.demandUnlocked(locks);
  const claim = claimName(model, args.folder, args.name);
  let parts: CloneParts | undefined;
  let clone: Vm | undefined;
  return model.tasks.start(
    {
      kind: 'clone',
      entity: source.object,
      locks,
      units: provisioningUnits(
        args.disks.some((disk) => disk.method !== 'child'),
        args.sourceHost.ref,
        args.host.ref,
      ),
      volumes: () => [args.volume, ...args.disks.map((disk) => disk.volume)],
      copiedBytes: () => args.disks.reduce((bytes, disk) => bytes + disk.copiedBytes, 0),
      begin(run) {
        demandHost(model, source);
        demandUsable(args.host);
        parts = buildClone(model, source, args);
        postCloneStarted(model, source, args, run);
      },
      finish(run) {
        claim.release();
        if (parts === undefined) throw new Error('a clone ended before it began');
        clone = enrollClone(model, source, args, parts, run);
        parts = undefined;
        postCloned(model, source, clone, run);
        return clone.object.ref;
      },
      undo() {
        if (parts !== undefined) discardClone(model, parts);
      },
      ended(run: TaskRun, fault: VimFault | undefined) {
        claim.release();
        if (fault !== undefined) postCloneFailed(model, source, args, fault, run);
        else if (clone !== undefined && spec.powerOn && !spec.template)
          powerOnTask(model, clone, { user: origin.user, parentTask: run.ref.value });
      },
    },
    origin,
  );
}

/** Throws DuplicateName or ManagedObjectNotFound (the folder went meanwhile), changing nothing. */
function enrollClone(model: Model, source: Vm, args: CloneArguments, parts: CloneParts, run: TaskRun): Vm {
  const { registry } = model.world;
  const wish = args.spec.config ?? {};
  const folder = registry.must(args.folder.ref);
  const identity = chooseInstanceUuid(model, wish['instanceUuid'] as string | undefined);
  const config = {
    ...parts.config,
    name: args.name,
    uuid: String(wish['uuid'] ?? model.identities.uuid()).toLowerCase(),
    instanceUuid: identity.uuid,
  };
  const leaves = parts.disks.map((disk) => disk.file);
  const object = enroll(
    model,
    { folder, host: args.host, pool: args.spec.template ? undefined : args.pool },
    {
      name: args.name,
      config,
      runtime: runtimeInfo(args.host.ref, connectionStateOn(args.host)),
      guest: silentGuest(source.guest.tools, false, undefined),
      datastore: [...chainVolumes(parts.home, leaves)].map((volume) => volume.ref),
      network: networkRefs(parts.others),
    },
  );
  const clone: Vm = {
    object,
    registered: true,
    home: parts.home,
    disks: parts.disks,
    snapshots: new SnapshotTree(),
    customization: undefined,
    firstBoot: { bytes: source.firstBoot.bytes, done: false },
    guest: clonedGuest(source.guest, args.snapshot?.guest ?? source.guest),
    rollback: undefined,
  };
  model.vms.add(clone);
  identity.announce(clone, run);
  tellMacConflicts(model, clone, run);
  if (parts.customization !== undefined) scheduleCustomization(clone, parts.customization);
  refreshStorage(model, clone);
  return clone;
}
