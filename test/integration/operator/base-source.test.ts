// What a base says when its parent, its snapshot or its vCenter isn't there, is there twice, or can't be cloned by delta
// disks: named, with what is there instead, nothing done in vCenter, and healed without anybody's help.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import {
  LONG,
  changesSince,
  machineNamed,
  messageOf,
  saysSoon,
  snapshotsOf,
  stallsAfterGrace,
} from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { lastSeq, secondClient } from './support/story.ts';

const DISK = { capacity: '8 GB', used: '2 GB' };
const RELEASE = { name: 'release' };
const FOUR_LEVELS = { name: 'one', children: [{ name: 'two', children: [{ name: 'three', children: [RELEASE] }] }] };

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      vms: [
        parent('Good'),
        parent('Early name'),
        { ...parent('Twice'), snapshots: [{ ...RELEASE, children: [RELEASE] }] },
        { ...parent('Independent'), disks: [DISK, { ...DISK, mode: 'independent_persistent' }] },
        { ...parent('Raw'), disks: [DISK, { ...DISK, rdm: 'virtual' }] },
        { ...parent('Raw before'), disks: [DISK, { ...DISK, rdm: 'virtual' }] },
        { ...parent('Secret'), encrypted: true },
        { ...parent('Bare template'), template: true, snapshots: [] },
        { ...parent('Template'), template: true },
        { ...parent('Deep'), snapshots: [FOUR_LEVELS] },
      ],
    }),
  });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

describe('a reference that leads nowhere', () => {
  it('parent: Reconciling, Stalled after the grace, the names that are there; the set waits; the typo is edited', async () => {
    const before = await lastSeq(lab);
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'typo', 'SourceNotFound', async () => {
      await lab.applyBase('typo', 'Templates/Godo');
      await lab.applySet('typo', 'typo', 1);
    });
    expect(messageOf(base)).toContain('/DC0/vm/Templates/Godo');
    expect(messageOf(base)).toContain('"Good"');
    expect(conditionOf(base, 'SnapshotFound')).toMatchObject({ status: 'False', reason: 'SourceNotFound' });

    const set = await saysSoon<LinkedCloneSet>(lab, 'linkedclonesets', 'typo', {
      type: 'Stalled',
      reason: 'BaseSnapshotNotReady',
      text: 'Templates/Godo',
    });
    expect(reasonOf(set)).toBe('BaseSnapshotNotReady');
    expect(messageOf(set)).toContain('Templates/Godo');
    expect(conditionOf(set, 'ScalingUp')).toMatchObject({ status: 'True', reason: 'Waiting' });
    expect(conditionOf(set, 'BaseSnapshotReady')?.status).toBe('False');
    expect(await lab.clonesOf('typo')).toEqual([]);
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.applyBase('typo', 'Templates/Good');
    await lab.setReady('typo', 1);
    expect((await changesSince(lab, before)).filter((change) => change.startsWith('CloneVM_Task'))).toHaveLength(1);
  });

  it.each([
    ['reference', { moRef: 'vm-999999' }, /"\/DC0\/vm\/\S+\/[\w ]+ \(vm-\d+\)", .*, and more$/],
    [
      'instanceUuid',
      { instanceUuid: '00000000-0000-0000-0000-000000000000' },
      /"\/DC0\/vm\/\S+\/[\w ]+ \([\da-f-]{36}\)", .*, and more$/,
    ],
  ])('parent by its %s: the machines that are there, as they could be named', async (noun, machine, there) => {
    const name = `no-${noun.toLowerCase()}`;
    await lab.applyBase(name, '', { source: { vm: machine } });
    const text = `there is no VM with the ${noun} ${Object.values(machine)[0]}; in /DC0 there are `;
    const base = await saysSoon<BaseSnapshot>(lab, 'basesnapshots', name, { reason: 'SourceNotFound', text });
    expect(messageOf(base)).toMatch(there);
  });

  it('base of another namespace that does not allow this one: the set makes nothing and says so; a label opens it', async () => {
    const before = await lastSeq(lab);
    const selector = { matchLabels: { team: 'qa' } };
    await lab.applyBase('guarded', 'Templates/Good', { allowedNamespaces: { from: 'Selector', selector } });
    await lab.waitReason('basesnapshots', 'guarded', 'Ready', LONG);
    await lab.api.ensureNamespace('next-door');
    await lab.applySet(
      'guest',
      'guarded',
      1,
      {},
      { baseSnapshotRef: { name: 'guarded', namespace: 'lab' } },
      'next-door',
    );
    const set = await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'guest', 'BaseSnapshotNotAllowed', {
      ...LONG,
      namespace: 'next-door',
    });
    expect(conditionOf(set, 'Stalled')?.message).toContain('"next-door"');
    expect(conditionOf(set, 'BaseSnapshotReady')).toMatchObject({ status: 'False', reason: 'NotAllowed' });
    expect(await lab.clonesOf('guest', 'next-door')).toEqual([]);
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.api.ensureNamespace('next-door', { team: 'qa' });
    await lab.setReady('guest', 1, LONG.timeoutMs, 'next-door');
  });

  it('parent: heals by itself when it appears', async () => {
    await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'early', 'SourceNotFound', () =>
      lab.applyBase('early', 'Templates/Late name'),
    );
    const { moRef } = await machineNamed(lab, 'Early name');
    await other.run(vm(moRef), 'Rename_Task', { newName: 'Late name' });
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'early', 'Ready', LONG);
    expect(base.status?.source?.moRef).toBe(moRef);
    expect(conditionOf(base, 'Stalled')).toBeUndefined();
  });

  it('snapshot: the message lists those that are there; heals by itself when it is taken', async () => {
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'unborn', 'SnapshotNotFound', () =>
      lab.applyBase('unborn', 'Templates/Good', { snapshot: { existing: { name: 'golden' } } }),
    );
    expect(messageOf(base)).toContain('"golden"');
    expect(messageOf(base)).toContain('"release"');
    expect(conditionOf(base, 'SnapshotFound')).toMatchObject({ status: 'False', reason: 'SnapshotNotFound' });

    const source = await machineNamed(lab, 'Good');
    const taken = await other.run(vm(source.moRef), 'CreateSnapshot_Task', {
      name: 'golden',
      memory: false,
      quiesce: false,
    });
    const ready = await lab.waitReason<BaseSnapshot>('basesnapshots', 'unborn', 'Ready', LONG);
    expect(ready.status?.snapshot).toMatchObject({ moRef: taken?.value, name: 'golden', createdByOperator: false });
  });

  it('two snapshots of one name: never guessed, both are named; one is chosen by its path', async () => {
    const before = await lastSeq(lab);
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'twice', 'SnapshotAmbiguous', () =>
      lab.applyBase('twice', 'Templates/Twice', { snapshot: { existing: { name: 'release' } } }),
    );
    const both = await snapshotsOf(lab, 'Twice');
    expect(both).toHaveLength(2);
    for (const { moRef } of both) expect(messageOf(base)).toContain(moRef);
    expect(conditionOf(base, 'SnapshotFound')).toMatchObject({ status: 'False', reason: 'SnapshotAmbiguous' });
    expect(base.status?.snapshot).toBeUndefined();
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.applyBase('twice', 'Templates/Twice', { snapshot: { existing: { path: 'release/release' } } });
    const chosen = await lab.waitReason<BaseSnapshot>('basesnapshots', 'twice', 'Ready', LONG);
    expect(chosen.status?.chainDepth).toBe(2);
    const child = both.find(({ moRef }) => moRef === chosen.status?.snapshot?.moRef);
    expect(child).toMatchObject({ parent: both.find(({ moRef }) => moRef !== child?.moRef)?.moRef });
  });

  it('VCenter of a base, base of a set: named, Stalled after the grace, healed when they are there', async () => {
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'lone', 'VCenterNotFound', () =>
      lab.applyBase('lone', 'Templates/Good', { vCenterRef: { name: 'cv' } }),
    );
    expect(messageOf(base)).toContain('there is "vc"');

    const set = await stallsAfterGrace<LinkedCloneSet>(lab, 'linkedclonesets', 'baseless', 'BaseSnapshotNotFound', () =>
      lab.applySet('baseless', 'missing', 1),
    );
    expect(messageOf(set)).toContain('"lab/missing"');
    expect(conditionOf(set, 'BaseSnapshotReady')).toMatchObject({ status: 'False', reason: 'NotFound' });
    await lab.applyBase('missing', 'Templates/Good', { snapshot: { existing: { name: 'release' } } });
    await lab.setReady('baseless', 1);

    await lab.applyBase('lone', 'Templates/Good');
    await lab.waitReason('basesnapshots', 'lone', 'Ready', LONG);
  });
});

describe('a parent that can not be cloned by delta disks', () => {
  it.each([
    { name: 'independent', parent: 'Independent', reason: 'IndependentDisk', label: 'Hard disk 2', todo: 'dependent' },
    { name: 'raw', parent: 'Raw', reason: 'RawDeviceMapping', label: 'Hard disk 2', todo: 'virtual disk' },
    { name: 'secret', parent: 'Secret', reason: 'Encrypted', label: '"Secret"', todo: 'decrypt' },
    {
      name: 'bare',
      parent: 'Bare template',
      reason: 'TemplateWithoutSnapshot',
      label: 'Bare template',
      todo: 'convert',
    },
    { name: 'deep', parent: 'Deep', reason: 'ChainTooDeep', label: 'Hard disk 1', todo: 'maxChainDepth' },
    {
      name: 'deeper',
      parent: 'Deep',
      reason: 'ChainTooDeep',
      label: 'Hard disk 1',
      todo: 'maxChainDepth',
      spec: { snapshot: { create: { name: 'one-more' } } },
    },
  ])('$name: SourceSuitable=False, $reason, with what to do and nothing done', async (row) => {
    const before = await lastSeq(lab);
    await lab.applyBase(row.name, `Templates/${row.parent}`, row.spec);
    await lab.applySet(row.name, row.name, 1);
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', row.name, 'SourceNotSuitable', LONG);
    expect(conditionOf(base, 'Stalled')?.status).toBe('True');
    const suitable = conditionOf(base, 'SourceSuitable');
    expect(suitable).toMatchObject({ status: 'False', reason: row.reason });
    expect(suitable?.message).toContain(row.label);
    expect(suitable?.message).toContain(row.todo);
    expect(messageOf(base)).toContain(row.label);
    await saysSoon(lab, 'linkedclonesets', row.name, { reason: 'BaseSnapshotNotReady', text: row.label });
    expect(await lab.clonesOf(row.name)).toEqual([]);
    expect(await changesSince(lab, before)).toEqual([]);
  });

  it('a raw device that is only in the snapshot: refused before it is pinned; another snapshot is chosen', async () => {
    const source = vm((await machineNamed(lab, 'Raw before')).moRef);
    const devices = (await other.property(source, 'config.hardware.device')) as readonly {
      backing?: { $type?: string };
    }[];
    const raw = devices.find(({ backing }) => backing?.$type?.startsWith('VirtualDiskRawDiskMapping') === true);
    expect(raw).toBeDefined();
    const remove = [{ $type: 'VirtualDeviceConfigSpec', operation: 'remove', device: raw }];
    await other.run(source, 'ReconfigVM_Task', { spec: { deviceChange: remove } });

    await lab.applyBase('raw-before', 'Templates/Raw before', { snapshot: { existing: { name: 'release' } } });
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'raw-before', 'SourceNotSuitable', LONG);
    expect(conditionOf(base, 'SourceSuitable')).toMatchObject({ status: 'False', reason: 'RawDeviceMapping' });
    expect(messageOf(base)).toContain('"Hard disk 2" of snapshot "release" of "Raw before"');
    expect(base.status?.snapshot).toBeUndefined();

    await other.run(source, 'CreateSnapshot_Task', { name: 'without', memory: false, quiesce: false });
    await lab.applyBase('raw-before', 'Templates/Raw before', { snapshot: { existing: { name: 'without' } } });
    const ready = await lab.waitReason<BaseSnapshot>('basesnapshots', 'raw-before', 'Ready', LONG);
    expect(ready.status?.snapshot?.name).toBe('without');
  });

  it('a deep chain is allowed by maxChainDepth, and its clones stand on it', async () => {
    await lab.applyBase('deep-allowed', 'Templates/Deep', { maxChainDepth: 4 });
    await lab.applySet('deep-allowed', 'deep-allowed', 1);
    await lab.setReady('deep-allowed', 1);
    const [clone] = await lab.clonesOf('deep-allowed');
    const machine = await machineNamed(lab, 'deep-allowed-01');
    expect(machine.disks[0]?.chain).toHaveLength(5);
    expect(clone?.status?.chainDepth).toBe(5);
  });

  it('a template that has its snapshot works with an explicit resource pool, and says so without one', async () => {
    const before = await lastSeq(lab);
    await lab.applyBase('template', 'Templates/Template');
    await lab.waitReason('basesnapshots', 'template', 'Ready', LONG);
    await lab.applySet('template', 'template', 1);
    const refused = await lab.waitReason<LinkedClone>('linkedclones', 'template-1', 'PlacementInvalid', LONG);
    expect(messageOf(refused)).toContain('placement.resourcePool');
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.applySet('template', 'template', 1, {}, { placement: { resourcePool: 'Lab Cluster/Resources/Classes' } });
    await lab.setReady('template', 1);
    const source = await machineNamed(lab, 'Template');
    const machine = await machineNamed(lab, 'template-01');
    const [clone] = await lab.clonesOf('template');
    expect(machine.moRef).toBe(clone?.status?.vm?.moRef);
    expect(machine.disks[0]?.chain).toHaveLength(2);
    expect(machine.disks[0]?.chain[1]?.file).toBe(source.disks[0]?.chain.at(-1)?.file);
    expect(conditionOf(clone, 'Linked')?.status).toBe('True');
  });
});
