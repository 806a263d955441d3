// The script that ships with the roles (deploy/vsphere/role.md says how to run it), run by govmomi's govc against govmomi's vcsim, which knows vCenter's privilege ids
// and refuses others: the roles come out as they are listed, on the objects that are given, however often it's run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPTIONAL, ROLES, WANTED } from '../../../src/controllers/vcenter/preflight/privilege-table.ts';
import type { Place } from '../../../src/controllers/vcenter/preflight/privilege-table.ts';
import { startVcsim } from '../../../src/testbed/vcsim.ts';
import type { RunningVcsim } from '../../../src/testbed/vcsim.ts';
import { toolPaths } from '../../support/control-plane.ts';

const SCRIPT = fileURLToPath(new URL('../../../deploy/vsphere/create-roles.sh', import.meta.url));
const PLACES = Object.keys(ROLES) as readonly Place[];
const OBJECTS: Readonly<Record<string, string>> = {
  '/': ROLES.root,
  '/DC0/vm': ROLES.folder,
  '/DC0/vm/DC0_C0_RP0_VM0': ROLES.parent,
  '/DC0/vm/DC0_C0_RP0_VM1': ROLES.parent,
  '/DC0/host/DC0_C0/Resources': ROLES.pool,
  '/DC0/datastore/LocalDS_0': ROLES.datastore,
};
const run = promisify(execFile);

let vcsim: RunningVcsim;

beforeAll(async () => {
  vcsim = await startVcsim({ vcsim: toolPaths().vcsim, args: ['-vm', '2', '-standalone-host', '0'] });
}, 120_000);
afterAll(() => vcsim?.stop());

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    GOVC: toolPaths().govc,
    GOVC_URL: vcsim.url,
    GOVC_USERNAME: vcsim.username,
    GOVC_PASSWORD: vcsim.password,
    GOVC_INSECURE: 'true',
    GOVC_PERSIST_SESSION: 'false',
  };
}

async function govc(...args: readonly string[]): Promise<string[]> {
  return (await run(toolPaths().govc, [...args], { env: environment() })).stdout.trim().split('\n');
}

describe('create-roles.sh', () => {
  it.each(['', '', 'yes'])(
    'makes the roles and permissions, again and again, with CLAIM=%s',
    async (CLAIM) => {
      const paths = (role: string): string =>
        Object.keys(OBJECTS)
          .filter((path) => OBJECTS[path] === role)
          .join(',');
      await run('sh', [SCRIPT], {
        env: {
          ...environment(),
          CLAIM,
          ACCOUNT: 'VSPHERE.LOCAL\\linked clones',
          FOLDERS: paths(ROLES.folder),
          PARENTS: paths(ROLES.parent),
          POOLS: paths(ROLES.pool),
          DATASTORES: paths(ROLES.datastore),
        },
      });
      for (const place of PLACES) {
        const ids = WANTED.filter((each) => each.place === place && (CLAIM === 'yes' || !OPTIONAL.includes(each))).map(
          ({ id }) => id,
        );
        const made = (await govc('role.ls', ROLES[place])).filter((id) => !id.startsWith('System.'));
        expect(made.toSorted()).toEqual(ids.filter((id) => !id.startsWith('System.')).toSorted());
      }
      for (const [path, role] of Object.entries(OBJECTS)) {
        const listed = await govc('permissions.ls', '-a=false', path);
        const ours = listed.filter((line) => line.includes('linked clones'));
        expect(ours).toHaveLength(1);
        expect(ours[0]).toContain(role);
        expect(ours[0]).toMatch(/\bYes\b/); // propagated
      }
    },
    120_000,
  );
});
