// What Chart.yaml tells Artifact Hub is what the chart has: its image, its CRDs, examples that the API server takes.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { controlPlane, makeNamespace } from '../../support/control-plane.ts';
import { kubectl } from '../support/cluster.ts';
import { LAB_CHART, OPERATOR_CHART } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { only, render } from '../support/render.ts';

interface Chart {
  readonly version: string;
  readonly appVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** All that Artifact Hub reads of a Helm chart; others are silently without effect. */
const KNOWN =
  /^artifacthub\.io\/(alternativeName|category|changes|containsSecurityUpdates|crds|crdsExamples|images|license|links|maintainers|operator|operatorCapabilities|prerelease|recommendations|screenshots|signKey)$/;

function chartOf(directory: string): Chart {
  return parse(readFileSync(join(directory, 'Chart.yaml'), 'utf8')) as Chart;
}

function annotation(name: string): unknown {
  return parse(chartOf(OPERATOR_CHART).annotations[`artifacthub.io/${name}`] ?? '');
}

describe.each([OPERATOR_CHART, LAB_CHART])('%s', (directory) => {
  const { version, appVersion, annotations } = chartOf(directory);

  it('is of the version that everything else is of', () => {
    const { version: own } = JSON.parse(readFileSync(repositoryPath('package.json'), 'utf8')) as Chart;
    expect([version, appVersion]).toEqual([own, own]);
  });

  it('has only annotations that Artifact Hub knows', () => {
    expect(Object.keys(annotations).filter((name) => !KNOWN.test(name))).toEqual([]);
  });

  it('says what changed in words that Artifact Hub knows', () => {
    const changes = parse(annotations['artifacthub.io/changes'] ?? '') as { kind: string; description: string }[];
    expect(changes.length).toBeGreaterThan(0);
    for (const { kind, description } of changes) {
      expect(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']).toContain(kind);
      expect(description).toMatch(/\w/);
    }
  });
});

it('names the image that the chart runs', async () => {
  const { spec } = only(await render(), 'Deployment');
  const images = (annotation('images') as { image: string }[]).map(({ image }) => image);
  expect(images).toEqual([spec.template.spec.containers[0].image]);
});

it('names each CRD as it is', () => {
  const crds = readdirSync(repositoryPath('crds')).map((name) => {
    const { metadata, spec } = parse(readFileSync(repositoryPath(`crds/${name}`), 'utf8')) as Manifest;
    return { kind: spec.names.kind as string, name: metadata.name, version: spec.versions[0].name as string };
  });
  const told = annotation('crds') as { kind: string; name: string; version: string }[];
  const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name);
  const named = told.map(({ kind, name, version }) => ({ kind, name, version }));
  expect(named.toSorted(byName)).toEqual(crds.toSorted(byName));
});

it('has an example of each kind, which the API server takes', async () => {
  const examples = annotation('crdsExamples') as Manifest[];
  expect(examples.map(({ kind }) => kind).toSorted()).toEqual(
    (annotation('crds') as { kind: string }[]).map(({ kind }) => kind).toSorted(),
  );
  const client = await controlPlane();
  const namespace = await makeNamespace('examples', client);
  const text = examples.map((example) =>
    stringify(example.kind === 'VCenter' ? example : { ...example, metadata: { ...example.metadata, namespace } }),
  );
  const args = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'];
  expect(await kubectl(client, args, text.join('---\n'))).toMatchObject({ code: 0, stderr: '' });
});
