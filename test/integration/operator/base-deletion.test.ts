// The rule that a base can't go while anything stands on it: in Kubernetes, where a deletion waits for the last dependent,
// and in vCenter, where the snapshot stays as long as anybody's clone needs it.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, machineNamed, messageOf, saysSoon, snapshotsOf } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { applyClone, eventNotes, lastSeq, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const TAKEN = { snapshot: { create: { name: 'ours' } } };
const REMOVED = { ...TAKEN, deletionPolicy: 'Delete' };
const PARENTS = ['Held', 'Far', 'Whole', 'Foreign', 'Kept', 'Twin', 'Lost reply', 'Released', 'Race', 'Hidden'];

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory({ vms: PARENTS.map((name) => parent(name)) }) });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterEach(() => lab.vcenter.clearFaults());

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function baseReady(
  name: string,
  path: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<BaseSnapshot> {
  await lab.applyBase(name, `Templates/${path}`, spec);
  return lab.waitReason<BaseSnapshot>('basesnapshots', name, 'Ready', LONG);
}

/** The base says what holds its deletion, under this reason and with this text. */
function held(name: string, reason: string, text: string, namespace = 'lab'): Promise<BaseSnapshot> {
  return saysSoon<BaseSnapshot>(lab, 'basesnapshots', name, { type: 'DeletionBlocked', reason, text, namespace });
}

async function snapshotNames(parentName: string): Promise<string[]> {
  return (await snapshotsOf(lab, parentName)).map(({ name }) => name);
}

/** Somebody else's linked clone of the parent's snapshot; its MoRef. */
async function foreignClone(parentName: string, snapshot: string, name: string): Promise<string> {
  const source = await machineNamed(lab, parentName);
  const made = await other.run(vm(source.moRef), 'CloneVM_Task', {
    folder: await other.at('DC0/vm/Elsewhere'),
    name,
    spec: {
      location: { diskMoveType: 'createNewChildDiskBacking' },
      snapshot: { type: 'VirtualMachineSnapshot', value: snapshot },
      powerOn: false,
      template: false,
    },
  });
  return made?.value ?? '';
}

describe('clones exist', () => {
  it('kubectl delete: DeletionBlocked with their names, clones fine, no new ones; it goes with the last dependent', async () => {
    await baseReady('held', 'Held');
    await lab.applySet('held', 'held', 2);
    await lab.setReady('held', 2);
    const before = await lastSeq(lab);
    await lab.api.delete('basesnapshots', 'held');
    const base = await held('held', 'DependentsExist', '"held-1", "held-2"');
    expect(messageOf(base, 'DeletionBlocked')).toContain('1 set ("held")');
    expect(conditionOf(base, 'Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
    await waitUntil('the event', async () => (await eventNotes(lab, 'held', 'DeletionBlocked')).length > 0, LONG);

    await lab.api.scale('held', 3);
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'held', 'BaseSnapshotDeleting', LONG);
    expect(conditionOf(set, 'Stalled')?.status).toBe('True');
    expect(set.status).toMatchObject({ replicas: 2, readyReplicas: 2 });
    await applyClone(lab, 'late', 'held');
    const late = await lab.waitReason<LinkedClone>('linkedclones', 'late', 'BaseSnapshotDeleting', LONG);
    expect(conditionOf(late, 'Stalled')?.status).toBe('True');
    await lab.api.delete('linkedclones', 'late');
    await lab.gone('linkedclones', 'late', 'lab', LONG.timeoutMs);
    expect(await changesSince(lab, before)).toEqual([]);
    for (const name of ['held-01', 'held-02']) expect((await machineNamed(lab, name)).power).toBe('poweredOn');

    await lab.api.scale('held', 0);
    await held('held', 'DependentsExist', '1 set ("held")');
    await waitUntil('no clones', async () => (await lab.clonesOf('held')).length === 0, LONG);
    expect(await lab.api.get('basesnapshots', 'held')).toBeDefined(); // a set without clones holds it, too
    await lab.api.delete('linkedclonesets', 'held');
    await lab.gone('basesnapshots', 'held', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Held')).toEqual(['release']);
  });

  it('its namespace deleted, clones in another: the same, counted without names; the namespace goes in the end', async () => {
    await lab.api.ensureNamespace('far');
    await lab.applyBase('far', 'Templates/Far', { allowedNamespaces: { from: 'All' } }, 'far');
    await lab.applySet('far', 'far', 1, {}, { baseSnapshotRef: { name: 'far', namespace: 'far' } });
    await lab.setReady('far', 1);
    await lab.api.delete('namespaces', 'far');
    const base = await held('far', 'DependentsExist', '1 in other namespaces', 'far');
    expect(messageOf(base, 'DeletionBlocked')).not.toContain('far-1');
    const [clone] = await lab.clonesOf('far');
    expect(conditionOf(clone, 'Ready')?.status).toBe('True');
    expect((await machineNamed(lab, 'far-01')).power).toBe('poweredOn');
    await lab.api.delete('linkedclonesets', 'far');
    await lab.gone('namespaces', 'far', '', LONG.timeoutMs);
    expect((await lab.vcenter.inventory()).vms.map(({ name }) => name)).not.toContain('far-01');
  });

  it('its namespace deleted with all in it: clones, then base, then namespace', async () => {
    await lab.api.ensureNamespace('whole');
    await lab.applyBase('whole', 'Templates/Whole', REMOVED, 'whole');
    await lab.applySet('whole', 'whole', 3, {}, {}, 'whole');
    await lab.setReady('whole', 3, LONG.timeoutMs, 'whole');
    await lab.api.delete('namespaces', 'whole');
    await lab.gone('namespaces', 'whole', '', LONG.timeoutMs);
    expect((await lab.vcenter.inventory()).vms.filter(({ name }) => name.startsWith('whole-'))).toEqual([]);
    expect(await snapshotNames('Whole')).toEqual(['release']);
    const calls = (await lab.vcenter.ledger()).filter((entry) => entry.phase === 'call');
    const order = calls.filter((entry) => ['Destroy_Task', 'RemoveSnapshot_Task'].includes(entry.method)).slice(-4);
    expect(order.map(({ method }) => method)).toEqual([
      'Destroy_Task',
      'Destroy_Task',
      'Destroy_Task',
      'RemoveSnapshot_Task',
    ]);
  });

  it('deleted in the moment in which clones are asked for: either they hold it, or they were never made', async () => {
    await baseReady('race', 'Race', REMOVED);
    const before = await lastSeq(lab);
    await Promise.all([lab.applySet('race', 'race', 4), lab.api.delete('basesnapshots', 'race')]);
    // a busy API server may store the set when the snapshot is being removed, or when the base is gone
    const outcome = await waitUntil(
      'the base to be held or gone',
      async () => {
        const base = await lab.api.get<BaseSnapshot>('basesnapshots', 'race');
        if (base === undefined) return 'gone';
        return reasonOf(base, 'DeletionBlocked') === 'DependentsExist' ? 'held' : undefined;
      },
      LONG,
    );
    const methods = async (): Promise<string[]> =>
      (await lab.vcenter.ledger(before)).filter(({ phase }) => phase === 'call').map(({ method }) => method);
    const isRemoved = (await methods()).includes('RemoveSnapshot_Task');
    if (!isRemoved) expect(await snapshotNames('Race')).toEqual(['release', 'ours']); // held, it stays
    const reason = outcome === 'held' ? 'BaseSnapshotDeleting' : 'BaseSnapshotNotFound';
    await lab.waitReason('linkedclonesets', 'race', reason, LONG);
    await lab.api.delete('linkedclonesets', 'race');
    await lab.gone('basesnapshots', 'race', 'lab', LONG.timeoutMs);
    expect((await lab.vcenter.inventory()).vms.filter(({ name }) => name.startsWith('race-'))).toEqual([]);
    const after = (await methods()).slice((await methods()).indexOf('RemoveSnapshot_Task'));
    expect(after).not.toContain('CloneVM_Task');
    expect(await snapshotNames('Race')).toEqual(['release']);
  });
});

describe('deletionPolicy', () => {
  it('deletionPolicy Delete where not every folder may be read: unknown and blocked, until the right is there', async () => {
    await baseReady('hidden', 'Hidden', REMOVED);
    const before = await lastSeq(lab);
    const refuse = { type: 'NoPermission', privilegeId: 'System.Read' };
    await lab.vcenter.fault({ match: { method: 'HasPrivilegeOnEntities' }, action: { fault: refuse } });
    await lab.api.delete('basesnapshots', 'hidden');
    const base = await held('hidden', 'ForeignUnknown', 'System.View and System.Read on the root folder');
    expect(conditionOf(base, 'Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
    expect(await changesSince(lab, before)).toEqual([]);
    await lab.vcenter.clearFaults();
    await lab.gone('basesnapshots', 'hidden', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Hidden')).toEqual(['release']);
  });

  it('Delete: a linked clone that another client made holds it, by name; when that is gone the snapshot is removed', async () => {
    const base = await baseReady('foreign', 'Foreign', REMOVED);
    const moRef = await foreignClone('Foreign', base.status?.snapshot?.moRef ?? '', 'Somebody else');
    const before = await lastSeq(lab);
    await lab.api.delete('basesnapshots', 'foreign');
    const blocked = await held('foreign', 'ForeignDependents', `"Somebody else" (${moRef})`);
    expect(conditionOf(blocked, 'Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
    await waitUntil(
      'the count of foreign dependents',
      async () => (await lab.api.get<BaseSnapshot>('basesnapshots', 'foreign'))?.status?.dependents?.foreign === 1,
      LONG,
    );
    expect(await changesSince(lab, before)).toEqual([]);
    await other.run(vm(moRef), 'Destroy_Task');
    await lab.gone('basesnapshots', 'foreign', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Foreign')).toEqual(['release']);
    expect(await changesSince(lab, before)).toEqual([
      expect.stringMatching(`^RemoveSnapshot_Task ${base.status?.snapshot?.moRef ?? ''}`),
    ]);
  });

  it('Retain: the snapshot stays, for a clone of somebody else, too, and an event names that one', async () => {
    const base = await baseReady('kept', 'Kept', TAKEN);
    const moRef = await foreignClone('Kept', base.status?.snapshot?.moRef ?? '', 'Keeper');
    const before = await lastSeq(lab);
    await lab.api.delete('basesnapshots', 'kept');
    await lab.gone('basesnapshots', 'kept', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Kept')).toEqual(['release', 'ours']);
    expect(await changesSince(lab, before)).toEqual([]);
    const notes = await waitUntil(
      'the event',
      async () => {
        const seen = await eventNotes(lab, 'kept', 'ForeignDependents');
        return seen.length > 0 ? seen : undefined;
      },
      LONG,
    );
    expect(notes).toEqual([expect.stringContaining(`"Keeper" (${moRef})`)]);
  });

  it('Retain: bases that are deleted together share the look at all machines', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `together-${i}`);
    for (const name of names) await baseReady(name, 'Kept');
    const looks = async (): Promise<number> => (await lab.vcenter.stats()).calls['CreateContainerView'] ?? 0;
    const before = await looks();
    // slow reads: one look lasts until all the deletions have come, however they come
    const { username } = lab.simulator;
    await lab.vcenter.fault({ match: { method: 'RetrievePropertiesEx', caller: username }, action: { delayMs: 300 } });
    await Promise.all(names.map((name) => lab.api.delete('basesnapshots', name)));
    for (const name of names) await lab.gone('basesnapshots', name, 'lab', LONG.timeoutMs);
    expect((await looks()) - before).toBeGreaterThan(0);
    expect((await looks()) - before).toBeLessThan(names.length);
  });

  it('Delete: another base on the same snapshot holds it', async () => {
    const base = await baseReady('twin', 'Twin', REMOVED);
    await baseReady('twin-2', 'Twin', { snapshot: { existing: { moRef: base.status?.snapshot?.moRef } } });
    await lab.api.delete('basesnapshots', 'twin');
    await held('twin', 'DependentsExist', '1 base ("twin-2")');
    expect(await snapshotNames('Twin')).toEqual(['release', 'ours']);
    await lab.api.delete('basesnapshots', 'twin-2');
    await lab.gone('basesnapshots', 'twin', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Twin')).toEqual(['release']);
  });

  it('Delete: the reply to RemoveSnapshot lost, or its task failed: it goes all the same', async () => {
    await baseReady('lost', 'Lost reply', REMOVED);
    const method = 'RemoveSnapshot_Task';
    await lab.vcenter.fault({ match: { method }, action: { taskFault: 'TaskInProgress' }, times: 1 });
    await lab.vcenter.fault({ match: { method, nth: 2 }, action: { reset: 'after' } });
    await lab.api.delete('basesnapshots', 'lost');
    await lab.gone('basesnapshots', 'lost', 'lab', LONG.timeoutMs);
    expect(await snapshotNames('Lost reply')).toEqual(['release']);
  });
});

describe('the annotation release', () => {
  it('lets a base go by its UID alone: snapshot and clones stay, and the clones can be deleted without it', async () => {
    const base = await baseReady('released', 'Released', REMOVED);
    await lab.applySet('released', 'released', 1);
    await lab.setReady('released', 1);
    const before = await lastSeq(lab);
    await lab.api.delete('basesnapshots', 'released');
    await held('released', 'DependentsExist', '"released-1"');
    await lab.api.annotate('basesnapshots', 'released', { 'linkedclone.dev/release': 'somebody else' });
    // the operator has seen that annotation when it has seen a later change of the object
    await lab.api.patch('basesnapshots', 'released', { spec: { maxClones: 9 } });
    await waitUntil(
      'the operator has seen it',
      async () => {
        const seen = await lab.api.get<BaseSnapshot>('basesnapshots', 'released');
        return seen?.status?.observedGeneration === seen?.metadata.generation && seen?.spec.maxClones === 9;
      },
      LONG,
    );
    await lab.api.annotate('basesnapshots', 'released', { 'linkedclone.dev/release': base.metadata.uid ?? '' });
    await lab.gone('basesnapshots', 'released', 'lab', LONG.timeoutMs);
    expect(await changesSince(lab, before)).toEqual([]);
    expect(await snapshotNames('Released')).toEqual(['release', 'ours']);
    expect((await machineNamed(lab, 'released-01')).power).toBe('poweredOn');

    await lab.api.scale('released', 0);
    await waitUntil('no clones', async () => (await lab.clonesOf('released')).length === 0, LONG);
    expect((await lab.vcenter.inventory()).vms.map(({ name }) => name)).not.toContain('released-01');
    const files = (await machineNamed(lab, 'Released')).disks.flatMap(({ chain }) => chain);
    expect(files.filter((file) => file.missing)).toEqual([]);
  });
});
