import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { absoluteInventoryPath } from '../../../src/api/inventory-path.ts';
import { matchesGlob } from '../../../src/api/path-glob.ts';

describe('matchesGlob', () => {
  it.each<[string, string, boolean]>([
    ['*', '/DC0/vm/any/thing', true],
    ['/DC0/vm/a', '/DC0/vm/a', true],
    ['/DC0/vm/a', '/DC0/vm/A', false],
    ['/DC0/vm/a', '/DC0/vm/ab', false],
    ['/DC0/vm/*', '/DC0/vm/a', true],
    ['/DC0/vm/*', '/DC0/vm/a/b', false],
    ['/DC0/vm/*', '/DC0/vm/', true],
    ['/DC0/vm/**', '/DC0/vm/a/b', true],
    ['/DC0/vm/Tmpl *', '/DC0/vm/Tmpl Capture 1.0', true],
    ['/**/a', '/x/y/a', true],
    ['/*/a', '/x/y/a', false],
    ['/a.b', '/axb', false],
    ['/a[bc]?', '/ab', false],
    ['', '', true],
    ['', 'a', false],
  ])('%s fits %s: %s', (pattern, path, fits) => {
    expect(matchesGlob(pattern, path)).toBe(fits);
  });

  it('agrees with regular expressions', () => {
    const part = fc.constantFrom('a', 'b', '/', '.', '*', '**');
    const pattern = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const path = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 10 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(pattern, path, (glob, text) => {
        fc.pre(glob !== '*');
        const source = glob
          .match(/\*\*|[^]/g)
          ?.map((t) => (t === '**' ? '.*' : t === '*' ? '[^/]*' : `\\u{${t.charCodeAt(0).toString(16)}}`));
        expect(matchesGlob(glob, text)).toBe(new RegExp(`^(?:${(source ?? []).join('')})$`, 'su').test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes little work for a pattern that makes regular expressions slow', () => {
    const started = performance.now();
    expect(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(1000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('absoluteInventoryPath', () => {
  it.each<[string, 'vm' | 'host' | 'datastore', string | undefined, string | undefined]>([
    ['Labs/qa', 'vm', '/DC0', '/DC0/vm/Labs/qa'],
    ['Labs/qa/', 'vm', '/DC0', '/DC0/vm/Labs/qa'],
    ['/DC1/vm/Labs', 'vm', '/DC0', '/DC1/vm/Labs'],
    ['/DC1/vm/Labs', 'vm', undefined, '/DC1/vm/Labs'],
    ['Cluster/Resources/Labs', 'host', '/EMEA/DC0', '/EMEA/DC0/host/Cluster/Resources/Labs'],
    ['ds-1', 'datastore', '/DC0', '/DC0/datastore/ds-1'],
    ['a%2Fb%5Cc', 'vm', '/DC0', '/DC0/vm/a%2fb%5cc'],
    ['100%/50%25 off/a\\b', 'vm', '/DC0', '/DC0/vm/100%25/50%25 off/a%5cb'],
    ['Labs//qa///x', 'vm', '/DC0', '/DC0/vm/Labs/qa/x'],
    ['//DC1/vm', 'vm', '/DC0', '/DC1/vm'],
    ['Labs', 'vm', undefined, undefined],
  ])('%s below %s of %s is %s', (path, branch, datacenter, absolute) => {
    expect(absoluteInventoryPath(path, branch, datacenter)).toBe(absolute);
  });
});
