// A parent by its name alone, as the published lab has it: the machine at the top of the datacenter, or else the only one of
// that name in its folders; among several none is chosen. Access rules judge the path where it was found.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { vm } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, machineNamed, messageOf, stallsAfterGrace } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { lastSeq, reconciles, secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      vms: [
        parent('Deep'),
        parent('Half 50% done'),
        parent('Both'),
        { ...parent('Both'), folder: undefined },
        { ...parent('Secret'), folder: 'Elsewhere/Secret' },
        parent('Twice'),
        { ...parent('Twice'), folder: 'Elsewhere' },
        parent('Waits'),
        { ...parent('Newcomer'), folder: 'Elsewhere' },
      ],
    }),
  });
  const [rule] = lab.vCenterSpec()['access'] as readonly object[];
  await lab.applyVCenter({ access: [{ ...rule, parents: ['Both', 'Templates/*', 'Elsewhere/*'] }] });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

describe('a parent by its name alone', () => {
  it.each([
    ['in a folder', 'Deep', '/DC0/vm/Templates/Deep'],
    ['with a sign that vCenter escapes', 'Half 50% done', '/DC0/vm/Templates/Half 50%25 done'],
    ['at the top, before one of that name in a folder', 'Both', '/DC0/vm/Both'],
  ])('%s', async (_, name, path) => {
    const object = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    await lab.applyBase(object, name);
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', object, 'Ready', LONG);
    expect(base.status?.source).toMatchObject({ name, path });
  });

  it('is refused where the rules leave its folder out', async () => {
    await lab.applyBase('secret', 'Secret');
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'secret', 'AccessDenied', LONG);
    expect(messageOf(base)).toContain('/DC0/vm/Elsewhere/Secret/Secret');
  });

  it('is never chosen among several: both are named, nothing is pinned, and a path mends it', async () => {
    const before = await lastSeq(lab);
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'twice', 'SourceAmbiguous', () =>
      lab.applyBase('twice', 'Twice'),
    );
    expect(messageOf(base)).toMatch(/^2 VMs of \/DC0 have the name "Twice": vm-\d+ in .*, vm-\d+ in \/DC0\/vm\//);
    expect(messageOf(base)).toContain('in /DC0/vm/Templates');
    expect(messageOf(base)).toContain('in /DC0/vm/Elsewhere');
    expect(base.status?.source).toBeUndefined();
    expect(await changesSince(lab, before)).toEqual([]);
    await lab.applyBase('twice', 'Templates/Twice');
    await lab.waitReason('basesnapshots', 'twice', 'Ready', LONG);
  });

  it('is looked for once while it waits for its snapshot, and once more before that is pinned', async () => {
    const source = await machineNamed(lab, 'Waits');
    await lab.applyBase('waits', 'Waits', { snapshot: { existing: { name: 'later' } } });
    await lab.waitReason('basesnapshots', 'waits', 'SnapshotNotFound', LONG);
    const scans = async (): Promise<number> => (await lab.vcenter.stats()).calls['CreateContainerView'] ?? 0;
    const before = await scans();
    const looked = await reconciles(lab, 'base-snapshot');
    await waitUntil(
      'ten more looks',
      async () => {
        await lab.api.annotate('basesnapshots', 'waits', { touched: String(performance.now()) });
        return (await reconciles(lab, 'base-snapshot')) >= looked + 10;
      },
      LONG,
    );
    expect((await scans()) - before).toBe(0);

    const newcomer = await machineNamed(lab, 'Newcomer');
    await other.run(vm(newcomer.moRef), 'Rename_Task', { newName: 'Waits' });
    await other.run(vm(source.moRef), 'CreateSnapshot_Task', { name: 'later', memory: false, quiesce: false });
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'waits', 'SourceAmbiguous', LONG);
    expect(messageOf(base)).toContain(source.moRef);
    expect(messageOf(base)).toContain(newcomer.moRef);
    expect(base.status?.source).toBeUndefined();
  });

  it('is not looked for below a folder that the path names', async () => {
    const base = await stallsAfterGrace<BaseSnapshot>(lab, 'basesnapshots', 'elsewhere', 'SourceNotFound', () =>
      lab.applyBase('elsewhere', 'Elsewhere/Deep'),
    );
    expect(messageOf(base)).toContain('there is no VM at /DC0/vm/Elsewhere/Deep; in /DC0/vm/Elsewhere there');
  });

  it('once pinned stays, whoever takes the name', async () => {
    const { moRef } = await machineNamed(lab, 'Secret');
    const pinned = await lab.waitReason<BaseSnapshot>('basesnapshots', 'deep', 'Ready', LONG);
    await other.run(vm(moRef), 'Rename_Task', { newName: 'Deep' });
    await lab.applySet('deep', 'deep', 1);
    await lab.setReady('deep', 1);
    const base = await lab.waitReason<BaseSnapshot>('basesnapshots', 'deep', 'Ready', LONG);
    expect(base.status?.source?.moRef).toBe(pinned.status?.source?.moRef);
  });
});
