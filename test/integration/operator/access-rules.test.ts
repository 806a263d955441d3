// Who may use which part of a vCenter: default deny. What isn't allowed is refused with the rule that is missing, ready to
// paste, without a single change in vCenter; and what was made before the access went can still be deleted.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { AnyObject } from '../../support/lab.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changeCounts, changesSince, machineNamed, messageOf, saysSoon, snapshotsOf } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { lastSeq, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const ALL = { parents: ['*'], folders: ['Labs/{namespace}'], resourcePools: ['*'], datastores: ['*'] };
const POOL = 'Lab Cluster/Resources/Classes';

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      vms: ['Tmpl', 'Withdrawn', 'Ours', 'no-rules', 'no-namespace', 'no-parent'].map((name) => parent(name)),
    }),
    applyVCenter: false,
  });
  other = await secondClient(lab);
  await lab.applyVCenter();
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

/** A VCenter and a namespace of that name; the VCenter is connected and has these access rules. */
async function scene(name: string, access: readonly unknown[] | undefined): Promise<void> {
  await lab.api.ensureNamespace(name);
  await setAccess(name, access);
  await lab.waitReason('vcenters', name, 'Connected', LONG);
}

async function setAccess(name: string, access: readonly unknown[] | undefined): Promise<void> {
  const spec: Record<string, unknown> = { ...lab.vCenterSpec(), access };
  if (access === undefined) delete spec['access'];
  await lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name }, spec });
}

/** Does what the message says: the rule in it becomes one more item of spec.access. */
async function pasteRule(name: string, refused: AnyObject): Promise<void> {
  const text = /the rule that is missing: (- \{.*\})/.exec(messageOf(refused))?.[1] ?? '';
  const rules = parse(text) as readonly unknown[];
  expect(rules).toHaveLength(1);
  const vCenter = await lab.api.get<VCenter>('vcenters', name);
  await setAccess(name, [...(vCenter?.spec.access ?? []), ...rules]);
}

function applyBase(scope: string, path: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
  return lab.applyBase('base', path, { vCenterRef: { name: scope }, ...spec }, scope);
}

function denied<T extends AnyObject>(scope: string, plural: string, name: string, text: string): Promise<T> {
  return saysSoon<T>(lab, plural, name, { reason: 'AccessDenied', text, namespace: scope });
}

describe('a base', () => {
  it.each<[string, readonly unknown[] | undefined, string]>([
    ['no-rules', undefined, 'no rule in spec.access is for namespace "no-rules"'],
    ['no-namespace', [{ namespaces: { names: ['somebody'] }, ...ALL }], 'no rule in spec.access is for namespace'],
    [
      'no-parent',
      [{ namespaces: { names: ['no-parent'] }, ...ALL, parents: ['Gold/*'] }],
      'doesn\'t allow parent "/DC0/vm/Templates/no-parent"',
    ],
  ])('%s: refused, nothing done; pasting the rule allows it', async (scope, access, text) => {
    await scene(scope, access);
    const before = await lastSeq(lab);
    await applyBase(scope, `Templates/${scope}`, { snapshot: { create: { name: 'ours' } } });
    await lab.applySet('set', 'base', 1, {}, {}, scope);
    const base = await denied<BaseSnapshot>(scope, 'basesnapshots', 'base', text);
    expect(conditionOf(base, 'Stalled')?.status).toBe('True');
    expect(base.status?.snapshot).toBeUndefined();
    await saysSoon(lab, 'linkedclonesets', 'set', { reason: 'BaseSnapshotNotReady', text, namespace: scope });
    expect(await changesSince(lab, before)).toEqual([]);
    await pasteRule(scope, base);
    await lab.waitReason('basesnapshots', 'base', 'Ready', { ...LONG, namespace: scope });
    expect(await changesSince(lab, before)).toEqual([expect.stringMatching(/^CreateSnapshot_Task/)]);
  });
});

describe('a clone', () => {
  it.each([
    {
      scope: 'no-folder',
      part: { folders: ['Labs/no-folder'] },
      placement: { folder: 'Labs/elsewhere' },
      text: 'folder "/DC0/vm/Labs/elsewhere"',
    },
    { scope: 'no-default', part: { folders: ['Labs/*'] }, placement: {}, text: 'a default folder' },
    {
      scope: 'no-pool',
      part: { resourcePools: [POOL] },
      placement: {},
      text: 'resource pool "/DC0/host/Lab Cluster/Resources"',
    },
    {
      scope: 'no-store',
      part: { datastores: ['shared-1'] },
      placement: { datastore: 'shared-2' },
      text: 'datastore "/DC0/datastore/shared-2"',
    },
  ])('$scope: refused, nothing done; pasting the rule allows it', async ({ scope, part, placement, text }) => {
    await scene(scope, [{ namespaces: { names: [scope] }, ...ALL, ...part }]);
    await applyBase(scope, 'Templates/Tmpl');
    await lab.waitReason('basesnapshots', 'base', 'Ready', { ...LONG, namespace: scope });
    const before = await lastSeq(lab);
    await lab.applySet(scope, 'base', 1, {}, { placement, powerPolicy: 'Off' }, scope);
    const clone = await denied<LinkedClone>(scope, 'linkedclones', `${scope}-1`, text);
    expect(conditionOf(clone, 'Stalled')?.status).toBe('True');
    expect(clone.status?.operation).toBeUndefined();
    const set = await denied<LinkedCloneSet>(scope, 'linkedclonesets', scope, 'the rule that is missing');
    expect(conditionOf(set, 'Stalled')?.status).toBe('True');
    expect(await changesSince(lab, before)).toEqual([]);

    await pasteRule(scope, clone);
    await lab.setReady(scope, 1, LONG.timeoutMs, scope);
    const changes = await changesSince(lab, before);
    expect(changes.filter((change) => !change.startsWith('CreateFolder'))).toEqual([
      expect.stringMatching(/^CloneVM_Task /),
    ]);
    const { vms } = await lab.vcenter.inventory();
    const made = vms.find(({ name }) => name === `${scope}-01`);
    const folder =
      scope === 'no-folder' ? 'Labs/elsewhere' : scope === 'no-default' ? `LinkedClones/${scope}` : `Labs/${scope}`;
    expect(made?.folder).toBe(`/DC0/vm/${folder}`);
    const store = scope === 'no-store' ? 'shared-2' : 'shared-1';
    expect(made?.disks[0]?.chain[0]?.file).toContain(`[${store}]`);
  });

  it('more of them than maxClones, asked for at once: refused, the others stay', async () => {
    await scene('few', [{ namespaces: { names: ['few'] }, ...ALL, maxClones: 2 }]);
    await applyBase('few', 'Templates/Tmpl');
    const before = await lastSeq(lab);
    await lab.applySet('few', 'base', 6, {}, { powerPolicy: 'Off' }, 'few');
    await denied<LinkedCloneSet>('few', 'linkedclonesets', 'few', 'more than 2 clones (maxClones)');
    await waitUntil(
      'two clones',
      async () => (await lab.api.get<LinkedCloneSet>('linkedclonesets', 'few', 'few'))?.status?.readyReplicas === 2,
      LONG,
    );
    expect((await changesSince(lab, before)).filter((change) => change.startsWith('CloneVM_Task'))).toHaveLength(2);
  });
});

describe('access that is withdrawn', () => {
  it('stops making, changing and powering on, and no deletion', async () => {
    await scene('gone', [{ namespaces: { names: ['gone'] }, ...ALL }]);
    await applyBase('gone', 'Templates/Withdrawn');
    await lab.applySet('gone', 'base', 2, {}, {}, 'gone');
    await lab.setReady('gone', 2, LONG.timeoutMs, 'gone');
    const before = await lastSeq(lab);
    await setAccess('gone', [{ namespaces: { names: ['somebody'] }, ...ALL }]);
    await denied<BaseSnapshot>('gone', 'basesnapshots', 'base', 'no rule in spec.access is for namespace "gone"');
    await lab.api.scale('gone', 3, 'gone');
    await saysSoon(lab, 'linkedclonesets', 'gone', {
      reason: 'BaseSnapshotNotReady',
      text: 'no rule',
      namespace: 'gone',
    });
    await lab.api.patch('linkedclonesets', 'gone', { spec: { template: { spec: { notes: 'new' } } } }, 'gone');
    await waitUntil('notes that were refused', async () => {
      const events = await lab.api.list<{ reason: string; message: string }>('events', 'gone');
      return events.some(
        ({ reason, message }) => reason === 'NotesFailed' && message.includes('no rule in spec.access'),
      );
    });
    await other.run(vm((await machineNamed(lab, 'gone-01')).moRef), 'PowerOffVM_Task');
    await denied<LinkedClone>('gone', 'linkedclones', 'gone-1', 'no rule in spec.access');
    expect((await machineNamed(lab, 'gone-01')).power).toBe('poweredOff');
    expect((await machineNamed(lab, 'gone-02')).power).toBe('poweredOn');
    expect(await changesSince(lab, before)).toEqual([]);

    await lab.api.scale('gone', 0, 'gone');
    await waitUntil('no clones', async () => (await lab.clonesOf('gone', 'gone')).length === 0, LONG);
    const { vms } = await lab.vcenter.inventory();
    expect(vms.filter(({ name }) => name.startsWith('gone-'))).toEqual([]);
    expect(await changeCounts(lab, before)).toEqual({ PowerOffVM_Task: 1, Destroy_Task: 2 });
    await lab.api.delete('linkedclonesets', 'gone', 'gone');
    await lab.api.delete('basesnapshots', 'base', 'gone');
    await lab.gone('basesnapshots', 'base', 'gone', LONG.timeoutMs);
  });

  it('a snapshot that the operator took is removed all the same', async () => {
    await scene('taken', [{ namespaces: { names: ['taken'] }, ...ALL }]);
    await applyBase('taken', 'Templates/Ours', { snapshot: { create: { name: 'ours' } }, deletionPolicy: 'Delete' });
    await lab.waitReason('basesnapshots', 'base', 'Ready', { ...LONG, namespace: 'taken' });
    expect((await snapshotsOf(lab, 'Ours')).map(({ name }) => name)).toEqual(['release', 'ours']);
    await setAccess('taken', undefined);
    await denied<BaseSnapshot>('taken', 'basesnapshots', 'base', 'no rule in spec.access');
    await lab.api.delete('basesnapshots', 'base', 'taken');
    await lab.gone('basesnapshots', 'base', 'taken', LONG.timeoutMs);
    expect((await snapshotsOf(lab, 'Ours')).map(({ name }) => name)).toEqual(['release']);
  });
});
