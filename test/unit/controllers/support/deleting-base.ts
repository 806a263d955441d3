// A base that is being deleted with the snapshot that the operator took for it, in front of a vCenter that the test fills.
import { FINALIZERS } from '../../../../src/api/identifiers.ts';
import { deleteBase } from '../../../../src/controllers/base-snapshot/delete.ts';
import type { BaseScope } from '../../../../src/controllers/base-snapshot/scope.ts';
import type { Stage } from './deleting-clone.ts';
import { onStage, source } from './deleting-clone.ts';
import { baseSnapshot, pinned } from './objects.ts';
import { chain, disk } from './vm.ts';

export const BASE_UID = 'uid-win';
const SNAPSHOT = { 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] };

/** `asked`: what was read of all machines, and what was to be changed. */
export function baseStage(more: Stage['vms'] = {}, options: Partial<Stage> = {}) {
  const status = pinned();
  const base = baseSnapshot({
    uid: BASE_UID,
    deleted: true,
    spec: { deletionPolicy: 'Delete' },
    status: { ...status, snapshot: { ...status.snapshot, createdByOperator: true } },
  });
  const metadata = { ...base.metadata, finalizers: [FINALIZERS.dependents] };
  const { scope, connection, clock, calls } = onStage({
    vms: { 'vm-1': source(), 'snapshot-1': SNAPSHOT, ...more },
    ...options,
  });
  const asked: string[] = [];
  const { client } = connection;
  const readTree = client.readTree.bind(client);
  Object.assign(client, {
    readTree: async (...args: Parameters<typeof readTree>) => {
      if (args[1]['VirtualMachine'] !== undefined) asked.push('all VMs');
      return (await readTree(...args)).filter((state) => state.ref.value.startsWith('vm-'));
    },
    removeSnapshot: async () => {
      asked.push('remove');
      return { type: 'Task', value: `task-${asked.length}` };
    },
    updates: { ...client.updates, watchObjects: async () => undefined },
  });
  Object.assign(scope.runtime.config, { 'watch-namespaces': [] });
  Object.assign(scope.runtime.live, { get: async () => ({ ...base, metadata }), list: async () => [] });
  Object.assign(scope.runtime, { wake: { base: () => undefined } });
  Object.assign(scope.runtime.stores.clones, { byIndex: () => [] });
  Object.assign(scope.runtime.stores, { sets: { byIndex: () => [] } });
  const { runtime, draft, context } = scope;
  const baseScope = {
    runtime,
    base: { ...base, metadata },
    draft,
    context,
    memory: {},
    asked: new Set(),
  } as unknown as BaseScope;
  return { scope: baseScope, connection, clock, asked, calls };
}

/** What comes of one step of the deletion. */
export async function said(scope: BaseScope): Promise<string> {
  return deleteBase(scope).then(
    () => 'let go',
    (error: unknown) => `${(error as { reason?: string }).reason ?? ''}: ${(error as Error).message}`,
  );
}
