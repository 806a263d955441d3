// What a machine lacks for a real node is said at once, with the line that installs it.
import { describe, expect, it } from '@jest/globals';
import { findLacking } from '../../../src/testbed/node/requirements.ts';

describe('what a real node needs of the machine', () => {
  it('is root', () => {
    expect(findLacking(process.env, 1000)[0]).toMatch(/needs root/);
    expect(findLacking(process.env, 0).join('\n')).not.toMatch(/needs root/);
  });

  it('is named with the packages that have it, each once', () => {
    const said = findLacking({ PATH: '/nowhere' }, 0).join('\n');
    expect(said).toMatch(/^missing: .*git/m);
    const [, packages = ''] = /apt-get install --no-install-recommends (.*)$/m.exec(said) ?? [];
    const names = packages.split(' ');
    expect(names).toContain('git');
    expect(new Set(names).size).toBe(names.length);
  });
});
