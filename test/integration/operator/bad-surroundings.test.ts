// A cluster that isn't as the operator needs it: definitions that are missing or older, a right that is missing, another
// instance under the same Lease. It says so in its log and isn't ready, stays up, touches no machine, and goes on by itself.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryPath } from '../../../src/testbed/repository.ts';
import { startOperator } from '../../../src/testbed/operator.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince } from './support/bases.ts';
import { inventory } from './support/inventory.ts';
import { lastSeq } from './support/story.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const BINDING = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/linked-clone-operator';

interface Definition {
  metadata: { name: string; resourceVersion?: string };
  spec: {
    versions: [{ schema: { openAPIV3Schema: { properties: { status: { properties: Record<string, unknown> } } } } }];
  };
}

jest.setTimeout(180_000);

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ directory, inventory: inventory() });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.applySet('set', 'base', 1);
  await lab.setReady('set', 1, LONG.timeoutMs);
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

function definition(plural: string): Definition {
  return parse(readFileSync(repositoryPath(`crds/linkedclone.dev_${plural}.yaml`), 'utf8')) as Definition;
}

async function replace(crd: Definition): Promise<void> {
  const path = `${CRDS}/${crd.metadata.name}`;
  const { metadata } = await lab.api.raw.call<Definition>('GET', path);
  const { resourceVersion = '' } = metadata;
  await lab.api.raw.call('PUT', path, { body: { ...crd, metadata: { ...crd.metadata, resourceVersion } } });
}

/** Waits until the operator's log has it. */
async function logs(text: RegExp): Promise<void> {
  await waitUntil(`${text} in the log`, () => text.test(lab.operatorLog()), LONG);
}

async function readyz(): Promise<string> {
  return (await fetch(`${lab.operator?.metricsUrl}/readyz`)).text();
}

/** While `broken` holds a set that is scaled makes nothing; once it's put right, it does. */
async function goesOn(replicas: number, broken: () => Promise<void>, repair: () => Promise<void>): Promise<void> {
  const before = await lastSeq(lab);
  await lab.api.scale('set', replicas);
  await broken();
  expect(lab.operator?.process.running).toBe(true);
  expect(await changesSince(lab, before)).toEqual([]);
  await repair();
  await lab.setReady('set', replicas, LONG.timeoutMs);
  await waitUntil('to be ready', async () => (await readyz()) === 'ok\n', LONG);
}

it('a definition of an older version: named with what it lacks, nothing begun until a newer one is applied', async () => {
  await lab.stopOperator();
  const older = definition('linkedclones');
  delete older.spec.versions[0].schema.openAPIV3Schema.properties.status.properties['revision'];
  await replace(older);
  await lab.startOperator();
  await goesOn(
    2,
    async () => {
      await logs(/linkedclones\.linkedclone\.dev is older than this operator: it lacks \.status\.revision/);
      expect(await readyz()).toContain('apply deploy/crds.yaml of this version');
    },
    () => replace(definition('linkedclones')),
  );
});

it('no right to watch: the log says who lacks which, and it goes on when it is granted', async () => {
  await lab.stopOperator();
  const binding = await lab.api.raw.call<{ metadata: object }>('GET', BINDING);
  await lab.api.raw.call('DELETE', BINDING);
  await lab.startOperator();
  await goesOn(
    3,
    async () => {
      await logs(/linked-clone-operator\\?" cannot list resource \\?"linkedclonesets/);
      expect(await readyz()).toContain('the cache of sets is not filled yet');
    },
    async () => {
      const metadata = { name: 'linked-clone-operator' };
      await lab.api.raw.call('POST', BINDING.slice(0, BINDING.lastIndexOf('/')), { body: { ...binding, metadata } });
    },
  );
});

it('another instance with the same Lease waits, and says for whom', async () => {
  const before = await lastSeq(lab);
  const other = await startOperator({
    kubeconfig: await lab.controlPlane.operatorKubeconfig(),
    flags: { 'allow-loopback-vcenter': true },
  });
  try {
    const holds = /linked-clone-system\/linked-clone-operator.*another instance holds the Lease: this one waits for it/;
    await waitUntil('the other to say so', () => holds.test(other.process.logTail()), LONG);
    await lab.api.scale('set', 4);
    await lab.setReady('set', 4, LONG.timeoutMs);
    const made = (await changesSince(lab, before)).filter((change) => change.startsWith('CloneVM_Task'));
    expect(made).toHaveLength(1);
  } finally {
    await other.process.stop(10_000);
  }
});

it('a definition that is missing: named, and all goes on when it is there', async () => {
  await lab.api.delete('linkedclonesets', 'set');
  await lab.gone('linkedclonesets', 'set', 'lab', LONG.timeoutMs);
  await lab.stopOperator();
  const name = 'linkedclonesets.linkedclone.dev';
  await lab.api.raw.call('DELETE', `${CRDS}/${name}`);
  await waitUntil(
    'it to be gone',
    async () => (await lab.api.raw.request('GET', `${CRDS}/${name}`)).status === 404,
    LONG,
  );
  await lab.startOperator();
  await logs(/linkedclonesets\.linkedclone\.dev isn't installed: apply deploy\/crds\.yaml/);
  expect(lab.operator?.process.running).toBe(true);
  await lab.api.raw.call('POST', CRDS, { body: definition('linkedclonesets') });
  await waitUntil('to be ready', async () => (await readyz()) === 'ok\n', LONG);
  await lab.applySet('set', 'base', 1);
  await lab.setReady('set', 1, LONG.timeoutMs);
});
