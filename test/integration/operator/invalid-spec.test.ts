// Objects that were stored before a CRD was tightened: the operator says what doesn't fit and does nothing, in no kind,
// deletion included, until the field is corrected.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, LinkedCloneSet, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { AnyObject } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, changesSince, messageOf } from './support/bases.ts';
import { inventory, parent } from './support/inventory.ts';
import { applyClone, lastSeq } from './support/story.ts';

jest.setTimeout(180_000);

const SCHEMA = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties';
const CPUS = 'hardware/properties/cpus/minimum';
/** By kind: the bound that is loosened, as a path below the schema of the spec. */
const BOUNDS: Readonly<Record<string, string>> = {
  vcenters: `${SCHEMA}/limits/properties/clones/minimum`,
  basesnapshots: `${SCHEMA}/maxClones/minimum`,
  linkedclones: `${SCHEMA}/${CPUS}`,
  linkedclonesets: `${SCHEMA}/template/properties/spec/properties/${CPUS}`,
};

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({ vms: [parent('Tmpl'), parent('Other')] }),
  });
  await lab.applyBase('good', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'good', 'Ready', LONG);
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

function setBound(plural: string, value: number): Promise<unknown> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.linkedclone.dev`;
  const body = [{ op: 'replace', path: BOUNDS[plural], value }];
  return lab.api.raw.call('PATCH', path, { body, contentType: 'application/json-patch+json' });
}

interface Bad {
  readonly kind: string;
  readonly name: string;
  readonly field: string;
  readonly spec: () => Readonly<Record<string, unknown>>;
}

const CLONE = { baseSnapshotRef: { name: 'good' }, hardware: { cpus: 0 } };
const BAD: Readonly<Record<string, Bad>> = {
  vcenters: {
    kind: 'VCenter',
    name: 'bad',
    field: 'spec.limits.clones must be >= 1',
    spec: () => ({ ...lab.vCenterSpec(), limits: { clones: 0 } }),
  },
  basesnapshots: {
    kind: 'BaseSnapshot',
    name: 'bad',
    field: 'spec.maxClones must be >= 0',
    spec: () => ({
      vCenterRef: { name: 'vc' },
      source: { vm: { inventoryPath: 'Templates/Other' } },
      snapshot: { create: { name: 'ours' } },
      maxClones: -1,
    }),
  },
  linkedclones: { kind: 'LinkedClone', name: 'bad', field: 'spec.hardware.cpus must be >= 1', spec: () => CLONE },
  linkedclonesets: {
    kind: 'LinkedCloneSet',
    name: 'bad-set',
    field: 'spec.template.spec.hardware.cpus must be >= 1',
    spec: () => ({ replicas: 2, template: { spec: CLONE } }),
  },
};

/** Whether the API server takes the object under a name; `dry`: without storing it. */
async function taken(plural: string, name: string, dry: boolean): Promise<boolean> {
  const bad = BAD[plural];
  if (bad === undefined) throw new Error(`there is no bad object of ${plural}`);
  const namespace = plural === 'vcenters' ? '' : '/namespaces/lab';
  const { status, text } = await lab.api.raw.request(
    'POST',
    `/apis/linkedclone.dev/v1alpha1${namespace}/${plural}${dry ? '?dryRun=All' : ''}`,
    {
      body: { apiVersion: 'linkedclone.dev/v1alpha1', kind: bad.kind, metadata: { name }, spec: bad.spec() },
    },
  );
  if (status !== 201 && status !== 422) throw new Error(`${plural}/${name}: ${status} ${text.slice(0, 300)}`);
  return status === 201;
}

/** A changed schema is in force a moment after it's stored. */
function until(what: string, holds: () => Promise<boolean>): Promise<true> {
  return waitUntil(what, async () => ((await holds()) ? true : undefined), LONG);
}

function patched(plural: string, name: string, patch: unknown): Promise<boolean> {
  return lab.api.patch(plural, name, patch).then(
    () => true,
    () => false,
  );
}

describe('objects that no longer fit their schema', () => {
  it('are named InvalidSpec, Stalled, with the field; nothing is done with them in vCenter, and no session is opened', async () => {
    const bounds = { vcenters: 0, basesnapshots: -1, linkedclones: 0, linkedclonesets: 0 };
    await lab.stopOperator();
    for (const [plural, bound] of Object.entries(bounds)) {
      await setBound(plural, bound);
      await until(`${plural} to be let in`, () => taken(plural, BAD[plural]?.name ?? '', false));
      await setBound(plural, bound + 1);
      await until(`${plural} to be refused`, async () => !(await taken(plural, 'later', true)));
    }
    const seq = await lastSeq(lab);
    const logins = (await lab.vcenter.stats()).calls['Login'] ?? 0;
    await lab.startOperator();
    for (const [plural, { name, field }] of Object.entries(BAD)) {
      const object = await lab.waitReason<AnyObject>(plural, name, 'InvalidSpec', LONG);
      expect(messageOf(object)).toContain(field);
      expect(conditionOf(object, 'Stalled')?.status).toBe('True');
      expect(object.status?.observedGeneration).toBe(object.metadata.generation);
    }
    // one that fits goes its way beside them
    await applyClone(lab, 'fine', 'good');
    await lab.waitReason('linkedclones', 'fine', 'Ready', LONG);
    const made = (await changesSince(lab, seq)).filter((change) => !change.includes('fine'));
    expect(made.filter((change) => /CloneVM_Task|CreateSnapshot_Task/.test(change))).toEqual([]);
    expect((await lab.vcenter.stats()).calls['Login']).toBe(logins + 1); // that of the VCenter which fits
    expect(await lab.clonesOf('bad-set')).toEqual([]);
  });

  it('that are corrected go on', async () => {
    await lab.api.patch('vcenters', 'bad', { spec: { limits: { clones: 5 } } });
    await lab.waitReason<VCenter>('vcenters', 'bad', 'Connected', LONG);
    await lab.api.patch('basesnapshots', 'bad', { spec: { maxClones: 3 } });
    await lab.waitReason<BaseSnapshot>('basesnapshots', 'bad', 'Ready', LONG);
    await lab.api.patch('linkedclones', 'bad', { spec: { hardware: { cpus: 1 } } });
    await lab.waitReason<LinkedClone>('linkedclones', 'bad', 'Ready', LONG);
    await lab.api.patch('linkedclonesets', 'bad-set', { spec: { template: { spec: { hardware: { cpus: 1 } } } } });
    const set = await lab.setReady('bad-set', 2);
    expect(conditionOf(set, 'Stalled')).toBeUndefined();
  });

  it('a character that no request can carry is named once, and corrected', async () => {
    const seq = await lastSeq(lab);
    const spec = { baseSnapshotRef: { name: 'good' }, notes: 'a\uFFFEb' };
    const body = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedClone', metadata: { name: 'lettered' }, spec };
    // YAML has no such character, so "apply" refuses it at once
    await lab.api.raw.call('POST', '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones', { body });
    const refused = await lab.waitReason<LinkedClone>('linkedclones', 'lettered', 'InvalidSpec', LONG);
    expect(messageOf(refused)).toContain("spec.notes has the character U+FFFE, which can't be sent to vCenter");
    expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
    expect(await changesSince(lab, seq)).toEqual([]);
    await lab.api.patch('linkedclones', 'lettered', { spec: { notes: 'a b' } });
    await lab.waitReason<LinkedClone>('linkedclones', 'lettered', 'Ready', LONG);
  });

  it('a set that never had a clone goes as it is', async () => {
    const template = { spec: { baseSnapshotRef: { name: 'good' }, notes: 'a\uFFFFb' } };
    const spec = { replicas: 2, template };
    const body = { apiVersion: 'linkedclone.dev/v1alpha1', kind: 'LinkedCloneSet', metadata: { name: 'never' }, spec };
    await lab.api.raw.call('POST', '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclonesets', { body });
    await lab.waitReason<LinkedCloneSet>('linkedclonesets', 'never', 'InvalidSpec', LONG);
    await lab.api.delete('linkedclonesets', 'never');
    await lab.gone('linkedclonesets', 'never', 'lab', LONG.timeoutMs);
    expect(await lab.clonesOf('never')).toEqual([]);
  });

  it('a clone and a set on their way out keep their machines until they are corrected', async () => {
    const before = await lab.api.get<LinkedCloneSet>('linkedclonesets', 'bad-set');
    const seq = await lastSeq(lab);
    await lab.stopOperator();
    await setBound('linkedclones', 0);
    await until('the clone', () => patched('linkedclones', 'bad', { spec: { hardware: { cpus: 0 } } }));
    await setBound('linkedclonesets', 0);
    const template = { spec: { template: { spec: { hardware: { cpus: 0 } } } } };
    await until('the set', () => patched('linkedclonesets', 'bad-set', template));
    await lab.api.delete('linkedclones', 'bad');
    await lab.api.delete('linkedclonesets', 'bad-set');
    await lab.startOperator();
    await lab.waitReason('linkedclones', 'bad', 'InvalidSpec', LONG);
    await lab.waitReason('linkedclonesets', 'bad-set', 'InvalidSpec', LONG);
    expect(await changesSince(lab, seq)).toEqual([]);
    expect(await lab.clonesOf('bad-set')).toHaveLength(before?.spec.replicas ?? -1);

    await lab.api.patch('linkedclones', 'bad', { spec: { hardware: { cpus: 1 } } });
    await lab.api.patch('linkedclonesets', 'bad-set', { spec: { template: { spec: { hardware: { cpus: 1 } } } } });
    await lab.gone('linkedclones', 'bad', 'lab', LONG.timeoutMs);
    await lab.gone('linkedclonesets', 'bad-set', 'lab', LONG.timeoutMs);
  });
});
