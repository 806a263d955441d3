// `npm test` on a machine without Go: it ends at once, and says all that it lacks and which variable would do instead.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { pathOf } from '../../support/path-of.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const NOWHERE = 'http://127.0.0.1:9';
const directory = useTemporaryDirectory();

function npmTest(file: string, environment: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const args = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args, file],
      { cwd: repositoryPath('.'), env: environment },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), said: `${stdout}${stderr}` });
      },
    );
  });
}

it.each([
  ['test/packaging/chart/values.test.ts', ['VCSIM', 'GOVC', 'HELM', 'HELM3', 'KUBE_SCORE']],
  ['test/contract/vcenter', ['VCSIM', 'GOVC']],
])('of %s names all that is lacking, and the variables', async (file, variables) => {
  const cache = join(directory, 'cache');
  const { code, said } = await npmTest(file, {
    PATH: pathOf(directory, ['git']),
    XDG_CACHE_HOME: cache,
    KUBERNETES_MIRROR: NOWHERE,
    ETCD_MIRROR: NOWHERE,
  });
  expect(code).not.toBe(0);
  expect(said).toContain('there is no Go on this machine: install Go 1.26 or newer');
  const named = [...said.matchAll(/(?:set|and) ([A-Z0-9_]+) to a /g)].map(([, variable]) => variable);
  expect([...new Set(named)]).toEqual(variables);
  expect(said).not.toContain(NOWHERE);
  expect(existsSync(cache)).toBe(false);
});
