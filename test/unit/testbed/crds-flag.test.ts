// `--crds` is refused with one sentence before anything is started.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../../../src/testbed/command.ts';
import { requireCrds } from '../../../src/testbed/control-plane/crds-flag.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

const directory = useTemporaryDirectory();

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(directory, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe('--crds', () => {
  it("takes the project's own folder", async () => {
    await expect(requireCrds(repositoryPath('crds'))).resolves.toBeUndefined();
  });

  it.each<[string, () => string, RegExp]>([
    ['not there', () => '/nope', /^--crds must name a folder, and "\/nope" is none \(see --help\)$/],
    ['empty', () => '', /^--crds must name a folder, and "" is none/],
    [
      'a file',
      () => join(folder('with-file', { 'a.yaml': '' }), 'a.yaml'),
      /must name a folder, and ".*a\.yaml" is none/,
    ],
    [
      'a folder without CRDs',
      () => folder('bare', { 'a.yaml': 'kind: Namespace' }),
      /^--crds: no CustomResourceDefinition in /,
    ],
    [
      'a folder with broken YAML',
      () => folder('broken', { 'a.yaml': 'kind: [a' }),
      /^--crds: a\.yaml is no YAML: .* \(see --help\)$/,
    ],
  ])('refuses what is %s', async (_, path, sentence) => {
    const refused = requireCrds(path());
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(sentence);
  });
});
