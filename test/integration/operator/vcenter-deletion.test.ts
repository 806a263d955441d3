// A VCenter stays as long as a base or a clone is pinned to it, and works meanwhile; what is pinned can't be edited away;
// and an administrator's release lets it go without touching anything.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, machineNamed, messageOf, saysSoon } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { eventNotes, lastSeq } from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory({ vms: [parent('Tmpl'), parent('Tmpl 2')] }) });
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

async function applyVCenter(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const all = { ...lab.vCenterSpec(), ...spec };
  await lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name }, spec: all });
}

/** A VCenter, a base and a set of two clones of that name, all ready. */
async function scene(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await applyVCenter(name, spec);
  await lab.applyBase(name, 'Templates/Tmpl', { vCenterRef: { name } });
  await lab.applySet(name, name, 2);
  await lab.setReady(name, 2);
}

function held(name: string, text: string): Promise<VCenter> {
  const expected = { type: 'DeletionBlocked', reason: 'DependentsExist', text };
  return saysSoon<VCenter>(lab, 'vcenters', name, expected);
}

describe('deleting a VCenter', () => {
  it('is held by bases and clones, which can be deleted meanwhile, also after an outage; it goes with the last', async () => {
    const proxy = await TcpProxy.start(lab.simulator.url);
    try {
      await scene('held', { server: `127.0.0.1:${proxy.port}` });
      const before = await lastSeq(lab);
      await lab.api.delete('vcenters', 'held');
      const blocked = await held('held', '1 BaseSnapshots and 2 LinkedClones');
      expect(conditionOf(blocked, 'Ready')).toMatchObject({ status: 'False', reason: 'Deleting' });
      expect(await changesSince(lab, before)).toEqual([]);
      for (const clone of await lab.clonesOf('held')) expect(conditionOf(clone, 'Ready')?.status).toBe('True');

      proxy.refuse();
      await saysSoon(lab, 'vcenters', 'held', { reason: 'Deleting', text: 'ECONNRE' });
      proxy.accept();
      await lab.api.delete('linkedclonesets', 'held');
      await lab.gone('linkedclonesets', 'held', 'lab', LONG.timeoutMs);
      await held('held', '1 BaseSnapshots and 0 LinkedClones');
      await lab.api.delete('basesnapshots', 'held');
      await lab.gone('vcenters', 'held', '', LONG.timeoutMs);
      const { vms } = await lab.vcenter.inventory();
      expect(vms.filter(({ name }) => name.startsWith('held-'))).toEqual([]);
      const events = await lab.api.list<{ reason: string; involvedObject: { name: string } }>('events', 'default');
      expect(events.filter((event) => event.involvedObject.name === 'held').map((event) => event.reason)).toContain(
        'DeletionBlocked',
      );
    } finally {
      await proxy.stop();
    }
  });

  it('is held by a base that could never be pinned; without dependents it goes at once, and its session with it', async () => {
    await applyVCenter('alone');
    await lab.waitReason('vcenters', 'alone', 'Connected', LONG);
    await lab.applyBase('unpinned', 'Templates/Nothing', { vCenterRef: { name: 'alone' } });
    await lab.waitReason('basesnapshots', 'unpinned', 'SourceNotFound', LONG);
    const { sessions } = await lab.vcenter.stats();
    await lab.api.delete('vcenters', 'alone');
    await held('alone', '1 BaseSnapshots and 0 LinkedClones');
    await lab.api.delete('basesnapshots', 'unpinned');
    await lab.gone('vcenters', 'alone', '', LONG.timeoutMs);
    await waitUntil('the logout', async () => (await lab.vcenter.stats()).sessions < sessions, LONG);
    expect((await lab.vcenter.stats()).sessions).toBe(sessions - 1);
  });

  it('release by its UID lets it go; bases and clones stay as they are and hold on to their finalizers', async () => {
    await scene('released');
    const before = await lastSeq(lab);
    const { metadata } = await lab.waitReason<VCenter>('vcenters', 'released', 'Connected', LONG);
    await lab.api.delete('vcenters', 'released');
    await held('released', '2 LinkedClones');
    await lab.api.annotate('vcenters', 'released', { 'linkedclone.dev/release': 'somebody else' });
    await lab.api.patch('vcenters', 'released', { spec: { datacenter: '/DC0' } });
    await waitUntil(
      'the operator has seen that annotation',
      async () => {
        const seen = await lab.api.get<VCenter>('vcenters', 'released');
        return seen?.spec.datacenter === '/DC0' && seen.status?.observedGeneration === seen.metadata.generation;
      },
      LONG,
    );
    await lab.api.annotate('vcenters', 'released', { 'linkedclone.dev/release': metadata.uid ?? '' });
    await lab.gone('vcenters', 'released', '', LONG.timeoutMs);

    await lab.api.delete('linkedclonesets', 'released');
    for (const name of ['released-1', 'released-2']) {
      const expected = { type: 'DeletionBlocked', reason: 'VCenterNotReady', text: `VCenter "released" doesn't exist` };
      await saysSoon(lab, 'linkedclones', name, expected);
    }
    expect(await lab.clonesOf('released')).toHaveLength(2);
    expect(await changesSince(lab, before)).toEqual([]);
    for (const name of ['released-01', 'released-02']) expect((await machineNamed(lab, name)).power).toBe('poweredOn');

    // made again under its name it is another object for the same vCenter: that is what the clones are pinned to
    await applyVCenter('released');
    await lab.gone('linkedclonesets', 'released', 'lab', LONG.timeoutMs);
    const { vms } = await lab.vcenter.inventory();
    expect(vms.filter(({ name }) => name.startsWith('released-'))).toEqual([]);
  });
});

describe('what is pinned', () => {
  async function refused(kind: string, name: string, spec: unknown): Promise<string> {
    const error = await lab.api.patch(kind, name, { spec }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  }

  it("can't be edited: source and snapshot of a base, server of a VCenter; before that they can", async () => {
    await lab.applyBase('pinned', 'Templates/Tmpl');
    await lab.waitReason('basesnapshots', 'pinned', 'Ready', LONG);
    const source = await refused('basesnapshots', 'pinned', { source: { vm: { inventoryPath: 'Templates/Tmpl 2' } } });
    expect(source).toContain('immutable');
    const snapshot = await refused('basesnapshots', 'pinned', { snapshot: { existing: { name: 'release' } } });
    expect(snapshot).toContain('immutable');
    expect(await refused('vcenters', 'vc', { server: '127.0.0.1:1' })).toContain('make a new VCenter object');
    const base = await lab.api.get<BaseSnapshot>('basesnapshots', 'pinned');
    expect(base?.status?.source?.name).toBe('Tmpl');
    expect(messageOf(base)).toContain('"Tmpl"');

    await applyVCenter('typo', { server: '127.0.0.1:1' });
    await lab.waitReason('vcenters', 'typo', 'Unreachable', LONG);
    await applyVCenter('typo');
    await lab.waitReason('vcenters', 'typo', 'Connected', LONG);
    await lab.applyBase('typo', 'Templates/Tmpl 3', { vCenterRef: { name: 'typo' } });
    await lab.waitReason('basesnapshots', 'typo', 'SourceNotFound', LONG);
    await lab.applyBase('typo', 'Templates/Tmpl 2', { vCenterRef: { name: 'vc' } });
    await lab.waitReason('basesnapshots', 'typo', 'Ready', LONG);
    await waitUntil(
      'the event that names what was pinned',
      async () => (await eventNotes(lab, 'typo', 'SnapshotPinned')).some((note) => note.includes('release')),
      LONG,
    );
  });
});
