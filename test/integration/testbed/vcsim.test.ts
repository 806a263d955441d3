// govmomi's simulator and client, as this project builds them: they talk to each other, task delays work (the library
// ignores them unless a program sets them), and an end by any signal leaves no files.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startVcsim } from '../../../src/testbed/vcsim.ts';
import type { RunningVcsim } from '../../../src/testbed/vcsim.ts';
import { toolPaths } from '../../support/control-plane.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

async function govc(vcsim: RunningVcsim, args: readonly string[], password = vcsim.password): Promise<string> {
  const url = new URL(vcsim.url);
  const env = { GOVC_URL: url.href, GOVC_USERNAME: vcsim.username, GOVC_PASSWORD: password, GOVC_INSECURE: 'true' };
  // Otherwise a session of an earlier call, kept in the home folder, would stand in for the password.
  const alone = { ...env, GOVC_PERSIST_SESSION: 'false' };
  return (await promisify(execFile)(toolPaths().govc, [...args], { env: alone })).stdout;
}

/** Other tests start vcsim, too, beside these. */
const directory = useTemporaryDirectory();

describe('vcsim and govc', () => {
  it('serve and read an inventory of the size that flags say, for one user with one password', async () => {
    const args = ['-cluster', '1', '-host', '2', '-standalone-host', '0', '-vm', '3', '-ds', '2'];
    const vcsim = await startVcsim({
      vcsim: toolPaths().vcsim,
      args: [...args, '-username', 'me', '-password', 'secret'],
    });
    try {
      expect(JSON.parse(await govc(vcsim, ['about', '-json']))).toMatchObject({ about: { apiType: 'VirtualCenter' } });
      const machines = await govc(vcsim, ['find', '/', '-type', 'm']);
      expect(machines.trim().split('\n')).toHaveLength(3);
      expect((await govc(vcsim, ['find', '/', '-type', 's'])).trim().split('\n')).toHaveLength(2);
      await expect(govc(vcsim, ['about'], 'wrong')).rejects.toThrow(/Login failure/);
      expect(vcsim.thumbprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    } finally {
      await vcsim.stop();
    }
  }, 120_000);

  it('delay tasks by name', async () => {
    const delays = ['-standalone-host', '0', '-vm', '1', '-method-delay', 'CloneVm:1500,LockHandoff:0'];
    const vcsim = await startVcsim({ vcsim: toolPaths().vcsim, args: delays });
    try {
      const startedAt = performance.now();
      await govc(vcsim, ['vm.clone', '-on=false', '-vm', 'DC0_C0_RP0_VM0', 'copy']);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1500);
    } finally {
      await vcsim.stop();
    }
  }, 120_000);

  it('leave no files behind, also when they are killed', async () => {
    const vcsim = await startVcsim({ vcsim: toolPaths().vcsim, args: ['-vm', '0'], directory });
    expect(readdirSync(directory)).toHaveLength(1);
    await vcsim.process.kill();
    await vcsim.stop();
    expect(readdirSync(directory)).toEqual([]);
    const bad = startVcsim({ vcsim: toolPaths().vcsim, args: ['-method-delay', 'CloneVm'], directory });
    await expect(bad).rejects.toThrow(/exit code 2[^]*"CloneVm" is not NAME:MILLISECONDS/);
    expect(readdirSync(directory)).toEqual([]);
  }, 120_000);
});
