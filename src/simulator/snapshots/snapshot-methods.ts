// The methods on snapshots, and those of a VM that are about snapshots.
import type { MethodTable } from '../core/call-context.ts';
import { createSnapshotTask } from './create-snapshot.ts';
import { publishTree } from './publish-snapshots.ts';
import { consolidateTask, removeAllSnapshotsTask, removeSnapshotTask, snapshotCall } from './remove-snapshot.ts';
import { revertToCurrentSnapshotTask, revertToSnapshotTask } from './revert-snapshot.ts';

export const snapshotMethods: MethodTable = {
  VirtualMachine: {
    CreateSnapshot_Task: (context, args) =>
      createSnapshotTask(context, 'createSnapshot', {
        name: String(args['name']),
        description: String(args['description'] ?? ''),
        memory: args['memory'] === true,
        quiesced: args['quiesce'] === true,
      }),
    CreateSnapshotEx_Task: (context, args) =>
      createSnapshotTask(context, 'createSnapshotEx', {
        name: String(args['name']),
        description: String(args['description'] ?? ''),
        memory: args['memory'] === true,
        quiesced: args['quiesceSpec'] !== undefined,
      }),
    RemoveAllSnapshots_Task: (context, args) => removeAllSnapshotsTask(context, args['consolidate'] !== false),
    RevertToCurrentSnapshot_Task: (context, args) =>
      revertToCurrentSnapshotTask(context, args['suppressPowerOn'] === true),
    ConsolidateVMDisks_Task: (context) => consolidateTask(context),
  },
  VirtualMachineSnapshot: {
    RemoveSnapshot_Task: (context, args) =>
      removeSnapshotTask(context, args['removeChildren'] === true, args['consolidate'] !== false),
    RevertToSnapshot_Task: (context, args) => revertToSnapshotTask(context, args['suppressPowerOn'] === true),
    RenameSnapshot(context, args) {
      const { vm, snapshot } = snapshotCall(context);
      if (args['name'] !== undefined) snapshot.name = String(args['name']);
      if (args['description'] !== undefined) snapshot.description = String(args['description']);
      publishTree(vm);
    },
  },
};
