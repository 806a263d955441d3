// The demo's flags: defaults, values, and the sentence for each that can't be used.
import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../../src/testbed/command.ts';
import { readDemoOptions } from '../../../../src/testbed/demo/options.ts';

describe('the flags of the demo', () => {
  it('have defaults', () => {
    expect(readDemoOptions({})).toEqual({ output: 'text', exitWhenReady: false, timeoutMs: 300_000, speed: 1 });
  });

  it('are read', () => {
    const values = { output: 'json', 'exit-when-ready': true, timeout: '2.5', speed: '10' };
    expect(readDemoOptions(values)).toEqual({ output: 'json', exitWhenReady: true, timeoutMs: 2500, speed: 10 });
  });

  it.each([
    ['0.001', 1],
    ['1.001', 1001],
    ['0.0015', 2],
    ['2147483', 2_147_483_000],
  ])('take a timeout of %s s as whole milliseconds, as a timer does', (timeout, ms) => {
    expect(readDemoOptions({ timeout }).timeoutMs).toBe(ms);
    expect(() => AbortSignal.timeout(ms)).not.toThrow();
  });

  it.each([
    [{ timeout: '0.0001' }, '--timeout must be 0.001 to 2147483 seconds, not "0.0001" (see --help)'],
    [{ timeout: '2147484' }, '--timeout must be 0.001 to 2147483 seconds, not "2147484" (see --help)'],
    [{ timeout: '1e300' }, '--timeout must be 0.001 to 2147483 seconds, not "1e300" (see --help)'],
    [{ output: 'yaml' }, '--output must be text or json, not "yaml" (see --help)'],
    [{ speed: '0' }, '--speed must be a number above 0, not "0" (see --help)'],
    [{ speed: '-1' }, '--speed must be a number above 0, not "-1" (see --help)'],
    [{ speed: 'fast' }, '--speed must be a number above 0, not "fast" (see --help)'],
    [{ timeout: '' }, '--timeout must be a number above 0, not "" (see --help)'],
    [{ timeout: 'Infinity' }, '--timeout must be a number above 0, not "Infinity" (see --help)'],
  ])('refuse %j', (values, sentence) => {
    expect(() => readDemoOptions(values)).toThrow(new UsageError(sentence));
  });
});
