// Machines with a clone's marker and another identity, where the clone's own isn't found: one of which vCenter tells that it
// was cloned from it is somebody's; any other may be what became of the clone, and nothing is concluded.
import { describe, expect, it } from '@jest/globals';
import { findByIdentity } from '../../../../src/controllers/linked-clone/search.ts';
import { UID, VM, deletedClone, intended, onStage, source, victim } from '../support/deleting-clone.ts';
import { ref, vmView } from '../support/vm.ts';

const COPY = ref('vm-59');

function cloned(from: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    $type: 'VmClonedEvent',
    vm: { name: 'a-copy', vm: COPY },
    sourceVm: { name: 'web-01', vm: ref(from) },
    ...fields,
  };
}

async function found(events: readonly unknown[], { recorded = true, there = false } = {}): Promise<string> {
  const status = { vm: { moRef: VM.value, instanceUuid: UID, folder: 'group-v1' } };
  const clone = recorded ? deletedClone({}, status) : intended(deletedClone(), { folder: 'group-v1' });
  const copy = { ...victim(), name: 'a-copy', 'config.instanceUuid': 'of-the-copy' };
  const vms = { 'vm-1': source(), [COPY.value]: copy, ...(there && { [VM.value]: victim() }) };
  const { scope, connection } = onStage({ vms, clone, events });
  connection.folders.candidates = async () => [vmView({ ref: COPY })];
  return findByIdentity(scope).then(
    (vm) => vm?.ref.value ?? 'none',
    (error: unknown) => (error as { reason?: string }).reason ?? String(error),
  );
}

describe('a copy beside a clone that is not found', () => {
  it('says nothing where it was cloned from it', async () => {
    expect(await found([cloned(VM.value)])).toBe('none');
  });

  it.each<[string, readonly unknown[]]>([
    ['nobody tells where it comes from', []],
    ['it was cloned from another machine', [cloned('vm-1')]],
    ['the event is of another machine', [cloned(VM.value, { vm: { name: 'x', vm: ref('vm-60') } })]],
  ])('may be it where %s', async (_, events) => {
    expect(await found(events)).toBe('Ambiguous');
  });

  it('may be it where the clone was never recorded: from which it would be a copy is not known', async () => {
    expect(await found([cloned(VM.value)], { recorded: false })).toBe('Ambiguous');
  });

  it('does not matter beside the clone itself', async () => {
    expect(await found([], { there: true })).toBe(VM.value);
  });
});
