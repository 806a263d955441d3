// The commands of the runbooks and of docs/operations.md, run as they stand there, with the names of objects that are there in
// the place of NAME, NAMESPACE, UID and VM: the API server and the simulated vCenter know every object, flag and field in them.
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { ControlPlane } from '../../../src/testbed/control-plane/control-plane.ts';
import type { RunningSimulator } from '../../../src/simulator/start-simulator.ts';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import { startProcess } from '../../../src/testbed/process/start-process.ts';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { RUN_WITH_NAMES, commandBlocks } from '../../support/documented-commands.ts';
import { LabApi } from '../../support/lab-api.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { testRun } from '../../support/test-run.ts';
import { inventory, parent } from '../../integration/operator/support/inventory.ts';
import { startBareControlPlane } from '../support/cluster.ts';

jest.setTimeout(180_000);

const LIMIT_MS = 120_000;
/** Where the object is of a kind that has no namespace, or has another name. */
const NAMES: readonly (readonly [placeholder: RegExp, name: string])[] = [
  [/\bvcenter NAME\b/g, 'vcenter vc'],
  [/\bNAMESPACE\b/g, 'lab'],
  [/\bNAME\b/g, 'web-7'],
  [/(?<==|")UID\b/g, '0d9d3b5c-0000-4000-8000-000000000000'],
  [/\bUUID\b/g, '502e0a5c-2c0f-4d2a-9c1b-7f5d3f1f6a10'],
  [/(?<==)ID\b/g, 'abcde'],
  [/\bVM\b/g, 'web-7'],
];

const directory = useTemporaryDirectory();
let cluster: ControlPlane;
let vcenter: RunningSimulator;

beforeAll(async () => {
  const vms = [parent('Tmpl'), parent('web-7'), parent('destroyed')];
  [cluster, vcenter] = await Promise.all([
    startBareControlPlane(),
    startSimulator({ inventory: stringify(inventory({ vms })) }),
  ]);
  mkdirSync(join(directory, 'bin'));
  symlinkSync(testRun().tools.govc, join(directory, 'bin', 'govc'));
  symlinkSync(cluster.tools.kubectl, join(directory, 'bin', 'kubectl'));
  await cluster.kubectl(['apply', '--server-side', '-f', repositoryPath('deploy/crds.yaml')]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  await makeObjects(new LabApi(cluster.api));
  await run('govc vm.destroy destroyed');
}, 120_000);

afterAll(async () => {
  await vcenter?.stop();
  await cluster?.stop();
});

async function makeObjects(api: LabApi): Promise<void> {
  const apiVersion = 'linkedclone.dev/v1alpha1';
  await api.ensureNamespace('lab');
  await api.ensureNamespace('linked-clone-system');
  const spec = { server: 'vcenter.example.org', credentialsSecretRef: { name: 'vc' }, datacenter: 'DC0' };
  await api.apply({ apiVersion, kind: 'VCenter', metadata: { name: 'vc' }, spec });
  for (const namespace of ['lab', 'default'])
    await api.apply({
      apiVersion,
      kind: 'LinkedClone',
      metadata: { name: 'web-7', namespace },
      spec: { baseSnapshotRef: { name: 'base' } },
    });
  const base = {
    vCenterRef: { name: 'vc' },
    source: { vm: { inventoryPath: 'Tmpl' } },
    snapshot: { existing: { name: 'one' } },
  };
  const set = { replicas: 0, template: { spec: { baseSnapshotRef: { name: 'web-7' } } } };
  for (const [kind, of] of [['BaseSnapshot', base] as const, ['LinkedCloneSet', set] as const])
    await api.apply({ apiVersion, kind, metadata: { name: 'web-7', namespace: 'lab' }, spec: of });
  await cluster.kubectl(['patch', 'lclone', 'web-7', '-n', 'lab', '--subresource=status', '--type=merge', '-p', LOST]);
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'linked-clone-operator' } };
  await cluster.kubectl(['create', '-n', 'linked-clone-system', '-f', '-'], { input: stringify(lease) });
}

/** What the runbook of a lost machine looks for. */
const LOST = JSON.stringify({
  status: {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Lost',
        message: 'gone',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
});

async function run(script: string): Promise<void> {
  const shell = await startProcess({
    name: 'sh',
    command: 'sh',
    args: ['-euxc', script],
    env: {
      PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      KUBECONFIG: cluster.kubeconfig,
      GOVC_URL: vcenter.url,
      GOVC_USERNAME: vcenter.username,
      GOVC_PASSWORD: vcenter.password,
      GOVC_INSECURE: 'true',
      GOVC_PERSIST_SESSION: 'false',
    },
  });
  const timer = setTimeout(() => void shell.kill(), LIMIT_MS);
  const { code, signal } = await shell.exited;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${signal ?? `exit ${code}`}: ${shell.logTail()}`);
}

const BLOCKS = RUN_WITH_NAMES.flatMap(commandBlocks).filter(
  ({ notExecuted, executedBy }) => notExecuted === undefined && executedBy === undefined,
);

it.each(BLOCKS.map((block) => [`${block.page}:${block.line}`, block.text] as const))('%s', async (_, text) => {
  const script = NAMES.reduce((before, [placeholder, name]) => before.replaceAll(placeholder, name), text);
  expect(script).not.toMatch(/\b(?!GOVC)[A-Z]{2,}\b(?!=)/);
  await run(script);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

it('every path of a status that they print is one that the CRD has', () => {
  const asked = BLOCKS.flatMap(({ text }) => [...text.matchAll(/get (lclone|vcenter) .*jsonpath='{\.status\.(\w+)/g)]);
  expect(asked.length).toBeGreaterThan(4);
  for (const [, kind, field = ''] of asked) {
    const plural = kind === 'lclone' ? 'linkedclones' : 'vcenters';
    const crd = parse(readFileSync(repositoryPath(`crds/linkedclone.dev_${plural}.yaml`), 'utf8')) as {
      spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] };
    };
    const status = crd.spec.versions[0].schema.openAPIV3Schema.properties?.['status'];
    expect([kind, Object.keys(status?.properties ?? {})]).toEqual([kind, expect.arrayContaining([field])]);
  }
});
