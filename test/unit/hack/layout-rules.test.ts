import { describe, expect, it } from '@jest/globals';
import { findOffences } from '../../../hack/layout/rules.ts';

const lines = (count: number): string => `// What it's for.\n${'x();\n'.repeat(count - 1)}`;
/** Words that would be offences of this file itself are written apart. */
const apart = (text: string): string => text.replace('|', '');
const offence = (path: string, text = lines(10)): string => findOffences([{ path, text }]).join('\n');

describe('the layout of the tree', () => {
  it.each([
    ['README.md', ''],
    ['src/main.ts', lines(10)],
    ['src/kube/rest.ts', lines(400)],
    ['src/api/types.generated.ts', 'no header\n'.repeat(5000)],
    ['crds/linkedclone.dev_vcenters.yaml', ''],
    ['docs/adr/0001-own-reflector.md', ''],
    ['test/unit/kube/rest.test.ts', 'it();\n'],
    ['hack/tools/k8s/go.mod', ''],
    ['deploy/chart/templates/_helpers.tpl', ''],
    ['.ci/run', ''],
    ['bench/main.ts', '#!/usr/bin/env node\n// A benchmark.\n'],
  ])('has a place for %s', (path, text) => {
    const filler = Array.from({ length: 10 }, (_, i) => ({ path: `src/util/filler-${i}.ts`, text: lines(10) }));
    expect(findOffences([{ path, text }, ...filler])).toEqual([]);
  });

  it.each([
    ['notes.txt', undefined, 'no file of this name belongs at the top'],
    ['lib/a.ts', undefined, 'no folder lib/ belongs at the top'],
    ['src/helpers/a.ts', undefined, 'src/ has api'],
    ['src/helper.ts', undefined, 'src/ has api'],
    ['test/stories/a.test.ts', undefined, 'test/ has campaigns'],
    ['src/kube/workQueue.ts', undefined, "workQueue.ts isn't kebab-case"],
    ['src/Kube/queue.ts', undefined, "Kube isn't kebab-case"],
    ['src/kube/long.ts', lines(401), '401 lines, at most 400'],
    ['src/kube/headerless.ts', 'x();\n', 'begins without a comment'],
    ['src/kube/wordy.ts', '// x\n'.repeat(13) + 'x();\n', '13 lines of comment at the top'],
    ['src/kube/later.ts', apart('// A file.\n// TO|DO: more\nx();\n'), 'src/kube/later.ts:2: TO'],
    ['docs/setup.md', apart('cd /ho|me/me/x\n'), "a path of somebody's machine"],
    ['docs/setup.md', apart('from registry.npm|js.org\n'), 'a package registry'],
    ['test/unit/a.test.ts', apart("it.sk|ip('x');\n"), 'every test runs'],
    ['test/unit/a.test.ts', apart("jest.mo|ck('x');\n"), 'pass a fake in'],
  ])('refuses %s', (path, text, why) => {
    expect(offence(path, text)).toContain(why);
  });

  it('lets one file in ten be long', () => {
    const tree = (long: number): { path: string; text: string }[] =>
      Array.from({ length: 20 }, (_, i) => ({ path: `src/util/f-${i}.ts`, text: lines(i < long ? 250 : 249) }));
    expect(findOffences(tree(2))).toEqual([]);
    expect(findOffences(tree(3))).toEqual([
      expect.stringContaining('3 of 20 files have 250 lines or more, at most 10 %'),
    ]);
  });
});
