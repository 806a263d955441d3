// Permissions that change while somebody watches: objects enter and leave, properties come and go.
import { afterEach, describe, expect, it } from '@jest/globals';
import { find, findAll } from '../wire/support/soap-client.ts';
import type { SoapClient } from '../wire/support/soap-client.ts';
import { AccessLab, authorize, permission, ref } from './support/access-lab.ts';

const ACCESS = `
roles: [{ name: seer, privileges: [] }]
users: [{ name: ann@lab, password: simulator, role: seer }]
`;
const NO_ACCESS = -5;
const READ_ONLY = -2;

let lab: AccessLab | undefined;
afterEach(async () => {
  await lab?.stop();
  lab = undefined;
});

interface Watch {
  /** What the next update set says: `enter vm-1`, `modify vm-1 name -config`; empty when nothing is new. */
  next(): Promise<readonly string[]>;
}

async function watch(client: SoapClient, object: string): Promise<Watch> {
  const spec = `<spec><propSet><type>VirtualMachine</type><pathSet>name</pathSet><pathSet>overallStatus</pathSet></propSet>${object}</spec>`;
  const made = await client.call(
    'CreateFilter',
    'PropertyCollector',
    'propertyCollector',
    `${spec}<partialUpdates>false</partialUpdates>`,
  );
  if (made.fault !== undefined) throw new Error(made.faultString);
  let version = '';
  return {
    async next() {
      const reply = await client.call(
        'CheckForUpdates',
        'PropertyCollector',
        'propertyCollector',
        `<version>${version}</version>`,
      );
      version = find(reply.body, 'returnval', 'version')?.text ?? version;
      return findAll(find(reply.body, 'returnval', 'filterSet'), 'objectSet').map((update) =>
        [
          find(update, 'kind')?.text,
          find(update, 'obj')?.text,
          ...findAll(update, 'changeSet').map(
            (change) => `${find(change, 'val') === undefined ? '-' : ''}${find(change, 'name')?.text}`,
          ),
          ...findAll(update, 'missingSet').map((missing) => `!${find(missing, 'path')?.text}`),
        ].join(' '),
      );
    },
  };
}

async function viewOf(client: SoapClient, started: AccessLab): Promise<string> {
  const made = await client.call(
    'CreateContainerView',
    'ViewManager',
    'ViewManager',
    `${ref('container', started.simulator.world.rootFolder)}<type>VirtualMachine</type><recursive>true</recursive>`,
  );
  const view = find(made.body, 'returnval')?.text ?? '';
  return `<objectSet><obj type="ContainerView">${view}</obj><skip>true</skip><selectSet xsi:type="TraversalSpec"><type>ContainerView</type><path>view</path><skip>false</skip></selectSet></objectSet>`;
}

describe('a permission that changes while watched', () => {
  it.each(['a view', 'a traversal', 'the object itself'])('makes objects leave and enter: %s', async (how) => {
    lab = await AccessLab.start(ACCESS);
    const [admin, ann] = [await lab.client(), await lab.client('ann@lab')];
    const [folder, seen, parent] = [lab.at('/DC/vm/open'), lab.at('/DC/vm/open/seen'), lab.at('/DC/vm/open/parent')];
    const objects = {
      'a view': await viewOf(ann, lab),
      'a traversal': `<objectSet>${ref('obj', folder)}<skip>true</skip><selectSet xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path><skip>false</skip></selectSet></objectSet>`,
      'the object itself': `<objectSet>${ref('obj', seen)}</objectSet>`,
    }[how];
    const updates = await watch(ann, objects ?? '');
    const first = await updates.next();
    expect(first).toContain(`enter ${seen.value} name overallStatus`);
    await authorize(admin, 'SetEntityPermissions', permission(seen, 'ann@lab', NO_ACCESS));
    expect(await updates.next()).toEqual([`leave ${seen.value}`]);
    await authorize(
      admin,
      'RemoveEntityPermission',
      `${ref('entity', seen)}<user>ann@lab</user><isGroup>false</isGroup>`,
    );
    expect(await updates.next()).toEqual([`enter ${seen.value} name overallStatus`]);
    await authorize(admin, 'SetEntityPermissions', permission(folder, 'ann@lab', NO_ACCESS));
    const last = await updates.next();
    expect(last).toContain(`leave ${seen.value}`);
    expect(last.includes(`leave ${parent.value}`)).toBe(how !== 'the object itself');
  });

  it('takes properties away and gives them back', async () => {
    lab = await AccessLab.start(
      `${ACCESS}permissions: [{ entity: /DC/vm/open/seen, user: ann@lab, role: ReadOnly }]\n`,
    );
    const [admin, ann] = [await lab.client(), await lab.client('ann@lab')];
    const [open, seen] = [lab.at('/DC/vm/open'), lab.at('/DC/vm/open')];
    await authorize(admin, 'SetEntityPermissions', permission(open, 'ann@lab', NO_ACCESS));
    const updates = await watchFolder(ann, seen.value);
    // Above something that may be seen there's sight, and no more.
    expect(await updates.next()).toEqual([`enter ${seen.value} name !overallStatus`]);
    await authorize(admin, 'SetEntityPermissions', permission(open, 'ann@lab', READ_ONLY));
    expect(await updates.next()).toEqual([`modify ${seen.value} overallStatus`]);
    await authorize(admin, 'SetEntityPermissions', permission(open, 'ann@lab', NO_ACCESS));
    expect(await updates.next()).toEqual([`modify ${seen.value} -overallStatus !overallStatus`]);
    expect(await updates.next()).toEqual([]);
  });

  it('counts for a machine that moves from one folder to another', async () => {
    lab = await AccessLab.start(`${ACCESS}permissions: [{ entity: /DC/vm/secret, user: ann@lab, role: NoAccess }]\n`);
    const [admin, ann] = [await lab.client(), await lab.client('ann@lab')];
    const updates = await watch(ann, await viewOf(ann, lab));
    const [seen, unseen] = [lab.at('/DC/vm/open/seen'), lab.at('/DC/vm/secret/unseen')];
    expect(await updates.next()).toHaveLength(2);
    await moved(admin, lab.at('/DC/vm/secret'), ref('list', seen));
    expect(await updates.next()).toEqual([`leave ${seen.value}`]);
    await moved(admin, lab.at('/DC/vm/open'), ref('list', unseen));
    expect(await updates.next()).toEqual([`enter ${unseen.value} name overallStatus`]);
  });

  it('means nothing to others', async () => {
    lab = await AccessLab.start(ACCESS);
    const admin = await lab.client();
    const updates = await watch(admin, await viewOf(admin, lab));
    expect(await updates.next()).toHaveLength(3);
    await authorize(admin, 'SetEntityPermissions', permission(lab.at('/DC/vm/open'), 'ann@lab', NO_ACCESS));
    expect(await updates.next()).toEqual([]);
  });
});

async function watchFolder(client: SoapClient, value: string): Promise<Watch> {
  return watch(
    client,
    `<objectSet><obj type="Folder">${value}</obj></objectSet>`.replace(
      '<objectSet>',
      '<propSet><type>Folder</type><pathSet>name</pathSet><pathSet>overallStatus</pathSet></propSet><objectSet>',
    ),
  );
}

async function moved(admin: SoapClient, folder: { readonly value: string }, list: string): Promise<void> {
  const started = await admin.call('MoveIntoFolder_Task', 'Folder', folder.value, list);
  const task = find(started.body, 'returnval')?.text ?? '';
  for (;;) {
    const reply = await admin.call(
      'RetrieveProperties',
      'PropertyCollector',
      'propertyCollector',
      `<specSet><propSet><type>Task</type><pathSet>info.state</pathSet></propSet><objectSet><obj type="Task">${task}</obj></objectSet></specSet>`,
    );
    const state = find(reply.body, 'returnval', 'propSet', 'val')?.text;
    if (state === 'success') return;
    if (state === 'error' || reply.fault !== undefined) throw new Error(`the move ended with ${reply.text}`);
  }
}
