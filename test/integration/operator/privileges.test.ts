// The preflight against roles of the vCenter's own: what is missing is named and stops nothing else, what is too much is
// reported, and vCenter is asked a few times, not all the time.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { WANTED } from '../../../src/controllers/vcenter/preflight/privilege-table.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, messageOf, saysSoon } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { applyClone } from './support/story.ts';

jest.setTimeout(180_000);

const NEEDED = [...new Set(WANTED.map(({ id }) => id))].filter((id) => !id.startsWith('System.'));
const without = (...ids: readonly string[]): readonly string[] => NEEDED.filter((id) => !ids.includes(id));
const CREATE = 'Folder.Create';
const NOTES = 'VirtualMachine.Config.Annotation';
const ROLES = { short: without(CREATE), plain: without(NOTES) };

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      vms: [parent('Tmpl')],
      folders: ['Templates', 'Labs', 'Labs/lab'],
      roles: Object.entries(ROLES).map(([name, privileges]) => ({ name, privileges })),
      users: Object.keys(ROLES).map((role) => ({ name: `${role}@vsphere.local`, password: 'pw', role })),
    }),
    operatorFlags: { 'privileges-interval': 2 },
    applyVCenter: false,
  });
  await logInAs('short');
  await lab.api.ensureNamespace('lab');
  await lab.api.apply({
    apiVersion: 'linkedclone.dev/v1alpha1',
    kind: 'VCenter',
    metadata: { name: 'vc' },
    spec: lab.vCenterSpec(),
  });
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

function logInAs(role: keyof typeof ROLES): Promise<void> {
  return lab.api.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vc-credentials', namespace: 'linked-clone-system' },
    stringData: { username: `${role}@vsphere.local`, password: 'pw' },
  });
}

function says(reason: string, text: string): Promise<VCenter> {
  return saysSoon<VCenter>(lab, 'vcenters', 'vc', { type: 'PrivilegesSufficient', reason, text });
}

async function questions(): Promise<number> {
  return (await lab.vcenter.stats()).calls['HasPrivilegeOnEntities'] ?? 0;
}

describe('an account', () => {
  it('that lacks a privilege: named with its object and the command, an event; all else goes on', async () => {
    const vCenter = await says('MissingPrivileges', `${CREATE} on /DC0/vm/Labs`);
    expect(messageOf(vCenter, 'PrivilegesSufficient')).toContain(`govc role.update -a linked-clone-folder ${CREATE}`);
    expect(vCenter.status?.missingPrivileges).toEqual([
      { path: '/DC0/vm/Labs', moRef: expect.stringMatching(/^Folder:/), privileges: [CREATE] },
    ]);
    const noted = async (): Promise<boolean> =>
      (await lab.api.list<{ reason: string }>('events', 'default')).some(
        ({ reason }) => reason === 'MissingPrivileges',
      );
    await waitUntil('the event', noted, LONG);
    expect(conditionOf(vCenter, 'Ready')?.status).toBe('True');
    await lab.applyBase('base', 'Templates/Tmpl');
    await lab.waitReason('basesnapshots', 'base', 'Ready', LONG);
    await applyClone(lab, 'one', 'base');
    await lab.waitReason<LinkedClone>('linkedclones', 'one', 'Ready', LONG);
  });

  it('with what is needed, on parents, too: enough, and the excess is listed', async () => {
    await logInAs('plain');
    const vCenter = await says('MoreThanNeeded', 'status.excessPrivileges');
    expect(conditionOf(vCenter, 'PrivilegesSufficient')?.status).toBe('True');
    expect(vCenter.status?.missingPrivileges).toBeUndefined();
    expect(vCenter.status?.excessPrivileges).toContainEqual({
      path: '/DC0/vm/Templates/Tmpl',
      moRef: expect.stringMatching(/^VirtualMachine:/),
      privileges: [
        'VirtualMachine.Config.AdvancedConfig',
        'VirtualMachine.Config.Settings',
        'VirtualMachine.Interact.PowerOff',
        'VirtualMachine.Interact.PowerOn',
        'VirtualMachine.Inventory.Delete',
        'VirtualMachine.State.RemoveSnapshot',
      ],
    });
  });

  it('is asked about again when something needs more, and not otherwise', async () => {
    const before = await questions();
    await applyClone(lab, 'two', 'base');
    await lab.waitReason<LinkedClone>('linkedclones', 'two', 'Ready', LONG);
    expect(await questions()).toBe(before);
    await lab.applySet('noted', 'base', 0, {}, { notes: 'of {base}' });
    await says('MissingPrivileges', `${NOTES} on /DC0/vm/Labs`);
  });
});
