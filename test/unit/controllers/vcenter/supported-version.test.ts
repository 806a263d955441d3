import { describe, expect, it } from '@jest/globals';
import { versionProblem } from '../../../../src/controllers/vcenter/supported-version.ts';

describe('versionProblem', () => {
  it.each(['7.0.2.0', '7.0.2.1', '7.0.3.2', '8.0.0.0', '8.0.3.0', '10.0', '7.1', '9.1.1.0'])(
    'API %s is worked with',
    (apiVersion) => {
      expect(versionProblem({ version: '7.0.2', apiVersion })).toBeUndefined();
    },
  );

  it.each(['6.5', '6.7.3', '7.0', '7.0.1.1', '', 'dev'])('API "%s" is not', (apiVersion) => {
    expect(versionProblem({ version: '6.7.0', apiVersion })).toContain('supported: vCenter 7.0 Update 2');
  });

  it('says what it is and what is supported', () => {
    expect(versionProblem({ version: '6.7.0', apiVersion: '6.7.3' })).toBe(
      'vCenter 6.7.0 (API 6.7.3) is too old; supported: vCenter 7.0 Update 2 (API 7.0.2.0) and newer',
    );
    expect(versionProblem({ version: '', apiVersion: '' })).toContain('of an unknown version (API unknown)');
  });
});
