// The script that ships with the roles (deploy/vsphere/role.md says how to run it), run by govmomi's govc against govmomi's vcsim, which knows vCenter's privilege ids
// and refuses others: the roles come out as they are listed, on the objects that are given, however often it's run.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROLES, WANTED } from '../../../src/controllers/vcenter/preflight/privilege-table.ts';
import type { Place } from '../../../src/controllers/vcenter/preflight/privilege-table.ts';
import { startVcsim } from '../../../src/testbed/vcsim.ts';
import type { RunningVcsim } from '../../../src/testbed/vcsim.ts';
import { toolPaths } from '../../support/control-plane.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

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

const directory = useTemporaryDirectory();
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

/** What the script says, with its exit code. */
async function script(settings: Readonly<Record<string, string>>): Promise<{ code: number; said: string }> {
  const env = { ...environment(), ...settings };
  return run('sh', [SCRIPT], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      said: error.stdout + error.stderr,
    }),
  );
}

async function privilegesOf(place: Place): Promise<string[]> {
  return (await govc('role.ls', ROLES[place])).filter((id) => !id.startsWith('System.')).toSorted();
}

const paths = (role: string): string =>
  Object.keys(OBJECTS)
    .filter((path) => OBJECTS[path] === role)
    .join(',');

/** Features whose privileges the script gives with a switch alone. */
const SWITCHED: Readonly<Record<string, readonly string[]>> = {
  CLAIM: ['claim'],
  create: ['createSnapshot'],
  delete: ['createSnapshot', 'removeSnapshot'],
};

describe('create-roles.sh', () => {
  it.each([
    ['', ''],
    ['', ''],
    ['yes', 'delete'],
    ['', 'create'],
    ['', ''],
  ])(
    'makes the roles and permissions, again and again, with CLAIM=%s and SNAPSHOTS=%s',
    async (CLAIM, SNAPSHOTS) => {
      const settings = {
        CLAIM,
        SNAPSHOTS,
        ACCOUNT: 'VSPHERE.LOCAL\\linked clones',
        FOLDERS: paths(ROLES.folder),
        PARENTS: paths(ROLES.parent),
        POOLS: paths(ROLES.pool),
        DATASTORES: paths(ROLES.datastore),
      };
      expect(await script(settings)).toMatchObject({ code: 0 });
      const on = new Set([...(CLAIM === 'yes' ? (SWITCHED['CLAIM'] ?? []) : []), ...(SWITCHED[SNAPSHOTS] ?? [])]);
      const switched = new Set(Object.values(SWITCHED).flat());
      for (const place of PLACES) {
        const ids = WANTED.filter(
          ({ place: of, feature = '' }) => of === place && (!switched.has(feature) || on.has(feature)),
        ).map(({ id }) => id);
        expect(await privilegesOf(place)).toEqual(ids.filter((id) => !id.startsWith('System.')).toSorted());
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

  it('makes the user where that is asked for and nobody has the name, and never prints the password', async () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'Pass word$1"\n');
    const users = async (): Promise<string[]> =>
      (await govc('sso.user.ls')).map((line) => line.replace(/ {2,}.*$/, ''));
    const settings = { ACCOUNT: 'VSPHERE.LOCAL\\lab operator', ACCOUNT_PASSWORD_FILE: file };
    await govc('sso.user.create', '-p', 'x', 'lab operator of others');
    expect(await script({ ACCOUNT: settings.ACCOUNT })).toEqual({ code: 0, said: '' });
    expect(await users()).not.toContain('lab operator');

    const recorded = join(directory, 'arguments');
    const recorder = join(directory, 'govc');
    writeFileSync(
      recorder,
      `#!/bin/sh\n[ "$1" != sso.user.create ] || printf '%s\\n' "$@" >>'${recorded}'\nexec '${toolPaths().govc}' "$@"\n`,
      { mode: 0o755 },
    );
    expect(await script({ ...settings, GOVC: recorder })).toEqual({ code: 0, said: '' });
    expect(await users()).toContain('lab operator');
    expect(readFileSync(recorded, 'utf8').trim().split('\n').slice(-3)).toEqual(['-p', 'Pass word$1"', 'lab operator']);

    const again = await script({ ...settings, GOVC: recorder });
    expect(again).toEqual({ code: 0, said: 'the user lab operator exists: neither it nor its password is changed\n' });
    expect(readFileSync(recorded, 'utf8').match(/sso\.user\.create/g)).toHaveLength(1);
    expect(
      (await govc('permissions.ls', '-a=false', '/')).filter((line) => line.includes('lab operator')),
    ).toHaveLength(1);
  }, 120_000);

  it.each<[Readonly<Record<string, string>>, RegExp]>([
    [{ SNAPSHOTS: 'yes' }, /^SNAPSHOTS is yes: it must be create, delete or empty\n$/],
    [{ ACCOUNT_PASSWORD_FILE: '/dev/null' }, /^ACCOUNT_PASSWORD_FILE needs ACCOUNT/],
    [{ ACCOUNT: 'a', ACCOUNT_PASSWORD_FILE: '/nowhere' }, /^ACCOUNT_PASSWORD_FILE: \/nowhere is not there or empty/],
    [{ ACCOUNT: 'a', ACCOUNT_PASSWORD_FILE: '/dev/null' }, /^ACCOUNT_PASSWORD_FILE: \/dev\/null is not there or empty/],
  ])('says what is wrong with %j before it makes anything', async (settings, said) => {
    expect(await script({ ...settings, GOVC: '/bin/false' })).toEqual({ code: 2, said: expect.stringMatching(said) });
  });
});
