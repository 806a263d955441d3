// The claim on a vCenter: taken before anything is done, renewed, given up at a clean stop, taken over by the next leader of
// the same Lease, and respected where another cluster, or a copy of this one, has it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import {
  PATIENCE_MS,
  applyClone,
  cloneReady,
  cloneWhen,
  getClone,
  lastSeq,
  reconciles,
  secondClient,
} from './support/story.ts';

const FIELD = /^linkedclone\.dev\/claim-[0-9a-f]{12}$/;
const RENEW_SECONDS = 2;
/** Longer than any test. */
const NEVER_SETTLES = { 'claim-settle': 600 };
const SETTLES = { 'claim-settle': 1.5 };

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  // speed 1: what a claim lives by is the vCenter's clock
  lab = await Lab.start({
    directory,
    inventory: inventory({ durations: { all: 0 } }),
    speed: 1,
    operatorFlags: { 'claim-renew': RENEW_SECONDS, ...NEVER_SETTLES }, // the first one doesn't wait
  });
  other = await secondClient(lab);
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
}, 120_000);

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

interface Value {
  readonly cluster: string;
  readonly holder: string;
  readonly at: string;
  readonly holderTime: string;
}

async function fieldKey(): Promise<number> {
  const manager = other.client.content.customFieldsManager as MoRef;
  const fields = (await other.property(manager, 'field')) as readonly { key: number; name: string }[];
  return fields.find(({ name }) => FIELD.test(name))?.key ?? -1;
}

async function claimValue(): Promise<Value | undefined> {
  const key = await fieldKey();
  const values = (await other.property(other.client.content.rootFolder, 'customValue')) as
    readonly { key: number; value: string }[] | undefined;
  const text = values?.find((one) => one.key === key)?.value ?? '';
  return text.startsWith('{') ? (JSON.parse(text) as Value) : undefined;
}

async function claimAs(value: Value): Promise<void> {
  const manager = other.client.content.customFieldsManager as MoRef;
  await other.run(manager, 'SetField', {
    entity: other.client.content.rootFolder,
    key: await fieldKey(),
    value: JSON.stringify(value),
  });
}

async function notesOf(clone: string): Promise<unknown> {
  const { moRef } = (await getClone(lab, clone)).status?.vm ?? { moRef: '' };
  return other.property({ type: 'VirtualMachine', value: moRef }, 'config.annotation');
}

async function vCenter(): Promise<VCenter | undefined> {
  return lab.api.get<VCenter>('vcenters', 'vc');
}

async function heldBy(holder: (name: string) => boolean): Promise<Value> {
  return waitUntil(
    'the claim',
    async () => {
      const claim = await claimValue();
      const { state, holder: told } = (await vCenter())?.status?.claim ?? {};
      return claim !== undefined && holder(claim.holder) && state === 'Held' && told === claim.holder
        ? claim
        : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

describe('the claim', () => {
  it('is there before anything else is changed, is renewed, and nothing is written for that in Kubernetes', async () => {
    const first = await heldBy(() => true);
    await applyClone(lab, 'one', 'base');
    await cloneReady(lab, 'one');
    const methods = (await lab.vcenter.ledger()).filter(({ phase }) => phase === 'call').map(({ method }) => method);
    expect(methods.slice(0, 2)).toEqual(['AddCustomFieldDef', 'SetField']);
    await waitUntil(
      'two renewals',
      async () => {
        const now = await claimValue();
        return Date.parse(now?.at ?? '') - Date.parse(first.at) >= 2000 * RENEW_SECONDS;
      },
      { timeoutMs: PATIENCE_MS },
    );
    // what came of the clone is written for some seconds yet
    const renewedInSilence = async (): Promise<boolean> => {
      const before = (await vCenter())?.metadata.resourceVersion;
      const seen = await claimValue();
      await waitUntil('another renewal', async () => (await claimValue())?.at !== seen?.at, { timeoutMs: PATIENCE_MS });
      return (await vCenter())?.metadata.resourceVersion === before;
    };
    await waitUntil('a renewal without a write', renewedInSilence, { timeoutMs: PATIENCE_MS });
    expect(await claimValue()).toMatchObject({ cluster: first.cluster, holder: first.holder });
  }, 120_000);

  it('is given up at a clean stop, and taken over at once where the holder was killed', async () => {
    const first = await heldBy(() => true);
    await lab.stopOperator();
    expect(await claimValue()).toBeUndefined();
    await lab.startOperator(SETTLES);
    const second = await heldBy((name) => name !== first.holder);
    await lab.killOperator();
    expect(await claimValue()).toMatchObject({ holder: second.holder });
    const from = Date.now();
    await lab.startOperator(SETTLES);
    await heldBy((name) => name !== second.holder);
    expect(Date.now() - from).toBeLessThan(40_000); // the Lease runs out, not the claim
  }, 120_000);

  it('is given up where the Lease could not be renewed: nobody waits after an outage of the API server', async () => {
    const first = await heldBy(() => true);
    await lab.stopOperator();
    await lab.startOperator({ ...SETTLES, 'lease-duration': 12, 'lease-renew-deadline': 7, 'lease-retry': 1 });
    const second = await heldBy((name) => name !== first.holder);
    const server = lab.controlPlane.process('kube-apiserver');
    server.freeze();
    try {
      await lab.operator?.process.exited;
      expect(await claimValue()).toBeUndefined();
    } finally {
      server.resume();
      lab.operator = undefined;
    }
    await lab.startOperator(SETTLES);
    await heldBy((name) => name !== second.holder);
  }, 120_000);

  it('is taken over by the next but one where the next was killed before it had it', async () => {
    const first = await heldBy(() => true);
    await lab.killOperator();
    await lab.vcenter.fault({ match: { method: 'SetField' }, action: { fault: 'TaskInProgress' } });
    const tries = async (): Promise<number> => (await lab.vcenter.stats()).calls['SetField'] ?? 0;
    const before = await tries();
    await lab.startOperator(SETTLES);
    await waitUntil('a try', async () => (await tries()) > before, { timeoutMs: PATIENCE_MS });
    await lab.killOperator();
    expect(await claimValue()).toMatchObject({ holder: first.holder });
    await lab.vcenter.clearFaults();
    await lab.startOperator(SETTLES);
    await heldBy((name) => name !== first.holder);
  }, 120_000);

  it("another cluster's, or a copy's of this one, holds all that can't be taken back, and says so; then work goes on", async () => {
    const mine = await heldBy(() => true);
    const copy = { ...mine, holder: 'copy-of-us', at: new Date().toISOString() };
    await applyClone(lab, 'kept', 'base');
    await cloneReady(lab, 'kept');
    await claimAs(copy);
    const held = await lab.waitReason<VCenter>('vcenters', 'vc', 'AnotherHolder', {
      type: 'ClaimedElsewhere',
      timeoutMs: PATIENCE_MS,
    });
    expect(held.status?.claim).toEqual({ state: 'HeldElsewhere', cluster: mine.cluster, holder: 'copy-of-us' });
    const seq = await lastSeq(lab);
    await applyClone(lab, 'two', 'base');
    await cloneWhen(lab, 'two', 'held', (one) => reasonOf(one) === 'VCenterClaimed');
    await lab.api.patch('linkedclones', 'kept', { spec: { notes: 'changed' } });
    await lab.api.delete('linkedclones', 'one');
    const blocked = await cloneWhen(lab, 'one', 'held', (one) => reasonOf(one, 'DeletionBlocked') === 'VCenterClaimed');
    expect(conditionOf(blocked, 'DeletionBlocked')?.message).toContain('copy-of-us');
    const calls = (await lab.vcenter.ledger(seq)).filter(({ user }) => user === lab.simulator.username);
    expect(calls.map(({ method }) => method)).toEqual([]);
    expect((await claimValue())?.holder).toBe('copy-of-us');
    expect(await notesOf('kept')).not.toBe('changed');

    await claimAs({ ...copy, at: new Date(Date.now() - 601_000).toISOString() }); // it wasn't renewed for ten minutes
    await heldBy((name) => name === mine.holder);
    await lab.gone('linkedclones', 'one', 'lab', PATIENCE_MS);
    await cloneReady(lab, 'two');
    await waitUntil('the notes', async () => (await notesOf('kept')) === 'changed', { timeoutMs: PATIENCE_MS });
    expect(conditionOf(await vCenter(), 'ClaimedElsewhere')).toBeUndefined();
  }, 120_000);

  it('is off while the account may not write it, which is said and holds nothing up; and comes back', async () => {
    await heldBy(() => true);
    await lab.vcenter.fault({ match: { method: 'SetField' }, action: { fault: 'NoPermission' } });
    const off = await waitUntil(
      'no claim',
      async () => {
        const { claim } = (await vCenter())?.status ?? {};
        return claim?.state === 'Off' ? claim : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
    expect(off.message).toContain('SetField');
    await applyClone(lab, 'three', 'base');
    await cloneReady(lab, 'three');
    const said = conditionOf(await vCenter(), 'ClaimedElsewhere');
    expect(said).toMatchObject({ status: 'Unknown', reason: 'NotClaimed' });
    expect(said?.message).toContain('SetField');
    await lab.vcenter.clearFaults();
    await heldBy(() => true);
    expect(conditionOf(await vCenter(), 'ClaimedElsewhere')).toBeUndefined();
  }, 120_000);

  it('is there again when somebody has removed its field', async () => {
    await heldBy(() => true);
    const manager = other.client.content.customFieldsManager as MoRef;
    const key = await fieldKey();
    await other.run(manager, 'RemoveCustomFieldDef', { key });
    await waitUntil('another field', async () => ![-1, key].includes(await fieldKey()), { timeoutMs: PATIENCE_MS });
    expect((await heldBy(() => true)).cluster).not.toBe('');
  }, 120_000);

  it('costs what waits for it no write', async () => {
    await lab.stopOperator();
    await lab.startOperator(NEVER_SETTLES);
    await waitUntil('a claim', async () => (await claimValue()) !== undefined, { timeoutMs: PATIENCE_MS });
    const namespace = 'waiting'; // has no folder yet: to make it is the first change
    await lab.api.ensureNamespace(namespace);
    await lab.applyBase('base', 'Templates/Tmpl', {}, namespace);
    await lab.waitReason('basesnapshots', 'base', 'Ready', { namespace, timeoutMs: PATIENCE_MS });
    await lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedClone',
      metadata: { name: 'silent', namespace },
      spec: { baseSnapshotRef: { name: 'base' } },
    });
    const silent = (): Promise<LinkedClone | undefined> =>
      lab.api.get<LinkedClone>('linkedclones', 'silent', namespace);
    await waitUntil('its finalizer', async () => (await silent())?.metadata.finalizers !== undefined, {
      timeoutMs: PATIENCE_MS,
    });
    // one that waits for a call that was stopped is looked at every second
    const looks = await reconciles(lab, 'linked-clone');
    await waitUntil('some looks at it', async () => (await reconciles(lab, 'linked-clone')) >= looks + 4, {
      timeoutMs: PATIENCE_MS,
    });
    expect((await silent())?.status).toEqual({ observedGeneration: -1 }); // as the API server made it
    await lab.stopOperator();
    await lab.startOperator(SETTLES);
    await lab.waitReason('linkedclones', 'silent', 'Ready', { namespace, timeoutMs: PATIENCE_MS });
  }, 120_000);
});
