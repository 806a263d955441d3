// What `npm run test:pyvmomi` says when this machine can't run it, and what names its virtual environment.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findPython } from '../../../src/testbed/pyvmomi/python.ts';
import { environmentKey } from '../../../src/testbed/pyvmomi/virtual-environment.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();

/** A Python that answers the look at it with these lines: executable, version, venv there, version enough. */
function fakePython(name: string, ...lines: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' ${lines.join(' ')}\n`);
  chmodSync(path, 0o755);
  return path;
}

const INSTALL = 'install it (Debian and Ubuntu: apt-get install python3 python3-venv), or set PYTHON to one';

describe('findPython', () => {
  it('gives the Python that PYTHON names', async () => {
    const command = fakePython('good', '/opt/python', '3.12.1', '1', '1');
    expect(await findPython({ PYTHON: command })).toEqual({ command, version: '3.12.1', executable: '/opt/python' });
  });

  it('says what to install when there is none', async () => {
    await expect(findPython({ PATH: directory })).rejects.toThrow(
      `pyvmomi's tests need Python 3.9 or newer, and there is no python3 on this machine: ${INSTALL}`,
    );
  });

  it('says what to install when it has no venv module', async () => {
    const command = fakePython('bare', '/opt/python', '3.12.1', '0', '1');
    await expect(findPython({ PYTHON: command })).rejects.toThrow(
      `Python 3.12.1 (/opt/python) can't make virtual environments, its venv module is missing: ${INSTALL}`,
    );
  });

  it('says what to install when it is too old or broken', async () => {
    const old = fakePython('old', '/opt/python', '3.6.8', '1', '0');
    await expect(findPython({ PYTHON: old })).rejects.toThrow(
      `${old} is Python 3.6.8, and pyvmomi's tests need 3.9 or newer: ${INSTALL}`,
    );
    await expect(findPython({ PYTHON: '/bin/false' })).rejects.toThrow(
      `pyvmomi's tests need Python 3.9 or newer, and /bin/false doesn't work: ${INSTALL}`,
    );
  });
});

describe('environmentKey', () => {
  it('differs by Python, and is a name that the cache knows to prune', () => {
    const key = environmentKey({ version: '3.12.1', executable: '/opt/python' });
    expect(key).toMatch(/^pyvmomi-[0-9a-f]{16}$/);
    expect(environmentKey({ version: '3.12.2', executable: '/opt/python' })).not.toBe(key);
    expect(environmentKey({ version: '3.12.1', executable: '/usr/bin/python3' })).not.toBe(key);
  });
});
