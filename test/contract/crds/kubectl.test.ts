// What people meet: kubectl apply, get, explain, scale, delete on the four kinds.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { readCrds } from '../../../hack/crd/schema.ts';
import { Cluster } from './support/cluster.ts';
import type { KubeObject } from './support/objects.ts';
import { linkedClone, linkedCloneSet } from './support/objects.ts';

const SAMPLES = ['3-vcenter', '4-base-snapshots', '5-linked-clone-sets'];
const NOW = '2026-11-21T12:00:00Z';

let cluster: Cluster;
let namespace: string;

beforeAll(async () => {
  cluster = new Cluster();
  namespace = await cluster.createNamespace('crds-kubectl');
});

afterAll(async () => {
  await cluster.call('DELETE', `/api/v1/namespaces/${namespace}`);
  await cluster.close();
});

/** The cells of one row, by header; columns are separated by three blanks. */
function rowOf(table: string, name: string): Readonly<Record<string, string>> {
  const [header = '', ...rows] = table.split('\n');
  const row = rows.find((line) => line.startsWith(`${name} `)) ?? '';
  const starts = [...header.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ title: match[0], at: match.index }));
  return Object.fromEntries(starts.map(({ title, at }, i) => [title, row.slice(at, starts[i + 1]?.at).trim()]));
}

describe('kubectl', () => {
  it('apply refuses a field that is not known, with its path', async () => {
    const set = linkedCloneSet(namespace, { replicaz: 3 });
    const { exitCode, stderr } = await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(set));
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.replicaz"');
  });

  it.each(SAMPLES)('apply takes the sample %s', async (sample) => {
    const text = readFileSync(new URL(`../../../deploy/samples/${sample}.yaml`, import.meta.url), 'utf8');
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
    for (const object of objects) {
      const there = object.metadata.namespace === undefined ? {} : { namespace };
      const moved = { ...object, metadata: { ...object.metadata, ...there } };
      const { stderr, exitCode } = await cluster.kubectl(
        ['create', '--dry-run=server', '-f', '-'],
        JSON.stringify({
          ...moved,
          metadata: { ...moved.metadata, name: `sample-${process.pid}-${object.metadata.name}` },
        }),
      );
      expect(`${exitCode} ${stderr}`).toBe('0 ');
    }
  });

  it.each(readCrds().map(({ plural }) => plural))('explain describes %s', async (plural) => {
    const { stdout, stderr } = await cluster.kubectl(['explain', plural, '--recursive']);
    expect(stderr).toBe('');
    expect(stdout).toContain('spec\t<Object> -required-');
    const spec = await cluster.kubectl(['explain', `${plural}.spec`]);
    expect(spec.stdout).not.toContain('<no description>');
  });

  it('get knows the category and the short names', async () => {
    const { stdout } = await cluster.kubectl([
      'api-resources',
      '--api-group=linkedclone.dev',
      '--categories=linked-clones',
      '--no-headers',
    ]);
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(0, 2).join(' '));
    expect(names).toEqual([
      'basesnapshots bsnap',
      'linkedclones lclone',
      'linkedclonesets lcs',
      'vcenters linkedclone.dev/v1alpha1',
    ]);
  });

  it.each(['lclone', 'linkedclone', 'linkedclones'])('takes "%s" for clones, by name and all of them', async (kind) => {
    await cluster.create(linkedCloneSet(namespace, {}, {}, `beside-${kind}`));
    await cluster.create(linkedClone(namespace, {}, `one-${kind}`));
    const annotated = await cluster.kubectl(['annotate', kind, '-n', namespace, `one-${kind}`, 'example.org/a=b']);
    expect(annotated).toMatchObject({ exitCode: 0 });
    const all = await cluster.kubectl(['delete', kind, '--all', '-n', namespace, '--dry-run=client', '-o', 'name']);
    expect(all.stdout.trim().split('\n')).toContain(`linkedclone.linkedclone.dev/one-${kind}`);
    expect(all.stdout).not.toContain(`beside-${kind}`);
  });

  it('lists all four kinds by their category', async () => {
    await cluster.create(linkedCloneSet(namespace, {}, {}, 'listed'));
    await cluster.create(linkedClone(namespace, {}, 'listed'));
    const { stdout } = await cluster.kubectl(['get', 'linked-clones', '-n', namespace, '-o', 'name']);
    expect(stdout).toContain('linkedcloneset.linkedclone.dev/listed');
    expect(stdout).toContain('linkedclone.linkedclone.dev/listed');
  });

  it('get shows a set in one line', async () => {
    const set = linkedCloneSet(namespace, { replicas: 25 }, {}, 'shown');
    await cluster.create(set);
    const storage = {
      fullCloneBytes: 1000,
      thinCloneBytes: 500,
      linkedBytes: 29,
      savedBytes: 971,
      savedPercent: 97.1,
      asOf: NOW,
    };
    await cluster.patchStatus(set, { readyReplicas: 12, summary: 'Cloning 12/25', storage });
    const { stdout } = await cluster.kubectl(['get', 'lcs', '-n', namespace]);
    expect(rowOf(stdout, 'shown')).toMatchObject({
      DESIRED: '25',
      READY: '12',
      STATUS: 'Cloning 12/25',
      BASE: 'base',
      'SAVED%': '97.1',
    });
  });

  it('get shows a clone in one line', async () => {
    const set = await cluster.create(linkedCloneSet(namespace, {}, {}, 'owner'));
    const clone = linkedClone(namespace, {}, 'owner-1');
    const ownerReferences = [
      {
        apiVersion: 'linkedclone.dev/v1alpha1',
        kind: 'LinkedCloneSet',
        name: 'owner',
        uid: set.body.metadata.uid,
        controller: true,
      },
    ];
    await cluster.create({ ...clone, metadata: { ...clone.metadata, ownerReferences } as KubeObject['metadata'] });
    const conditions = [
      { type: 'Ready', status: 'False', reason: 'Customizing', message: 'since 12:00', lastTransitionTime: NOW },
    ];
    const status = {
      conditions,
      powerState: 'PoweredOn',
      addresses: ['10.0.0.7'],
      storage: { committedBytes: 1, unsharedBytes: 139460608, delta: '133 MiB', asOf: NOW },
      vm: { moRef: 'vm-42', instanceUuid: 'u', hostName: 'esx-1' },
    };
    await cluster.patchStatus(clone, status);
    const { stdout } = await cluster.kubectl(['get', 'lclone', '-n', namespace, '-o', 'wide']);
    expect(rowOf(stdout, 'owner-1')).toMatchObject({
      SET: 'owner',
      POWER: 'PoweredOn',
      IP: '10.0.0.7',
      DELTA: '133 MiB',
      STATUS: 'Customizing',
      MOREF: 'vm-42',
      HOST: 'esx-1',
      MESSAGE: 'since 12:00',
    });
  });

  it('scale changes the number of clones, and tells how many there are', async () => {
    const set = linkedCloneSet(namespace, { replicas: 2 }, {}, 'scaled');
    await cluster.create(set);
    await cluster.patchStatus(set, { replicas: 2, selector: 'linkedclone.dev/set=scaled' });
    const { exitCode } = await cluster.kubectl([
      'scale',
      'lcs',
      'scaled',
      '-n',
      namespace,
      '--current-replicas=2',
      '--replicas=5',
    ]);
    expect(exitCode).toBe(0);
    expect((await cluster.get(set)).body.spec['replicas']).toBe(5);
    const { body } = await cluster.call(
      'GET',
      `/apis/linkedclone.dev/v1alpha1/namespaces/${namespace}/linkedclonesets/scaled/scale`,
    );
    expect(body.status).toEqual({ replicas: 2, selector: 'linkedclone.dev/set=scaled' });
  });
});
