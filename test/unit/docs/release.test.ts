// The workflow of a release, as far as it can be run here: it ends before anything is published when the tag, the registry and the
// files in the repository don't belong together, and what it pushes is what the charts and manifests name.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';

interface Step {
  readonly name?: string;
  readonly run?: string;
}

const { jobs } = parse(readFileSync(repositoryPath('.github/workflows/release.yml'), 'utf8')) as {
  jobs: { release: { steps: readonly Step[] } };
};
const { version } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as { version: string };
const { image } = parse(readFileSync(repositoryPath('deploy/chart/values.yaml'), 'utf8')) as {
  image: { registry: string; repository: string };
};
const [, path = '', name = ''] = /^(.*)\/([^/]+)$/.exec(`${image.registry}/${image.repository}`) ?? [];

function script(step: string): string {
  const run = jobs.release.steps.find((one) => one.name === step)?.run;
  if (run === undefined) throw new Error(`no step ${step}`);
  return run;
}

/** As GitHub runs a step: bash, ending at the first command that fails. */
function check(tag: string, registry: string): number | null {
  return spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script('Tag, registry and files agree')],
    {
      cwd: repositoryPath('.'),
      env: { PATH: process.env['PATH'], VERSION: tag, REGISTRY: registry },
    },
  ).status;
}

describe('a release', () => {
  it('begins where tag and registry are those of the files', () => {
    expect(check(`v${version}`, path)).toBe(0);
  });

  it.each([
    ['another version', 'v99.0.0', path],
    ['another registry', `v${version}`, 'registry.example.org/labs'],
  ])('ends at once with %s', (_, tag, registry) => {
    expect(check(tag, registry)).not.toBe(0);
  });

  it('looks before it builds or publishes anything', () => {
    const names = jobs.release.steps.map((step) => step.name);
    expect(names.indexOf('Tag, registry and files agree')).toBeLessThan(names.indexOf('Image'));
  });

  it('pushes and signs the image that the chart names', () => {
    const run = script('Image');
    expect(run).toContain(`--tag "$REGISTRY/${name}:\${VERSION#v}"`);
    expect(run).toContain(`cosign sign --yes --recursive "$REGISTRY/${name}@$digest"`);
  });
});
