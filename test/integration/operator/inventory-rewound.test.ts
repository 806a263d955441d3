// A vCenter that is restored from a backup while the operator runs: the client logs in again by itself, the same vCenter
// answers, and the machines made since the backup are not in its inventory any more. They may be on the datastore all the
// same: nothing is given up for lost, made again or destroyed, until an administrator says that the restore was meant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { VCenter } from '../../../src/api/types.generated.ts';
import { findFreePorts } from '../../../src/testbed/control-plane/free-ports.ts';
import { startSimulator } from '../../../src/testbed/simulator.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, conditionOf, reasonOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { inventory } from './support/inventory.ts';
import { PATIENCE_MS, applyClone, cloneReady, cloneWhen, getClone, reconciles } from './support/story.ts';

const SPEED = 20;
const SEED = 7;
const NAMES = ['class-1', 'class-2', 'single'];
/** As its clones were: a certificate is made at every start, and this test is about what comes after the handshake. */
const INSECURE = { tls: { insecureSkipVerify: true } };

const directory = useTemporaryDirectory();
let lab: Lab;
/** Where the vCenter is before and after: nobody else gets a port of that range meanwhile. */
let listen: string;

beforeAll(async () => {
  listen = `127.0.0.1:${(await findFreePorts(1))[0]}`;
  lab = await Lab.start({
    directory,
    // its folder is in the backup, too: what was in it leaves the watch
    inventory: inventory({ folders: ['Templates', 'Labs', 'Labs/lab', 'Elsewhere'] }),
    speed: SPEED,
    simulatorFlags: { seed: SEED, listen },
    operatorFlags: { 'allow-insecure-tls': true, 'event-check-interval': 1, 'connect-retry': 0.2 },
    applyVCenter: false,
  });
  await lab.applyVCenter(INSECURE);
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

function vCenter(): Promise<VCenter> {
  return lab.api.get<VCenter>('vcenters', 'vc').then((object) => {
    if (object === undefined) throw new Error('there is no VCenter');
    return object;
  });
}

async function eventKey(): Promise<number> {
  return (await vCenter()).status?.eventHighWaterMark?.key ?? 0;
}

/** The same vCenter, as its inventory file has it: without what was made since. */
async function restore(): Promise<void> {
  await lab.simulator.process.stop();
  lab.simulator = await startSimulator({
    flags: { inventory: join(directory, 'inventory.yaml'), speed: SPEED, seed: SEED, listen },
    logFile: join(directory, 'restored.log'),
  });
}

/** What was asked of the restored vCenter that changes something. */
async function changes(): Promise<string[]> {
  return (await lab.vcenter.ledger()).filter(({ phase }) => phase === 'call').map(({ method }) => method);
}

async function conditions(type: string): Promise<(string | undefined)[]> {
  const clones = await Promise.all(NAMES.map((name) => getClone(lab, name)));
  return clones.map((clone) => conditionOf(clone, type)?.status);
}

/** Each clone was looked at since: its own annotation woke it, and its answer to a deletion is there. */
async function touchAll(): Promise<void> {
  for (const name of NAMES) await lab.api.annotate('linkedclones', name, { touched: String(Date.now()) });
}

describe('a vCenter restored from a backup', () => {
  const uids = new Map<string, string>();
  let holdId: string | undefined;

  it('is held at the login that the client makes by itself, before anything is concluded', async () => {
    await lab.applySet('class', 'base', 2);
    await applyClone(lab, 'single', 'base');
    await lab.setReady('class', 2, PATIENCE_MS);
    await cloneReady(lab, 'single');
    // the last change is noted, so nothing of ours asks for another look
    let last = -1;
    await waitUntil(
      'the last event to be noted',
      async () => {
        const key = await eventKey();
        const settled = key > 0 && key === last;
        last = key;
        return settled;
      },
      { timeoutMs: PATIENCE_MS, intervalMs: 3000 },
    );
    for (const name of NAMES) uids.set(name, (await getClone(lab, name)).metadata.uid);
    const operator = lab.operator?.process.pid;

    await restore();
    const held = await waitUntil(
      'InventoryRewound',
      async () => {
        const object = await vCenter();
        return conditionOf(object, 'InventoryRewound')?.status === 'True' ? object : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
    holdId = held.status?.holds?.find(({ type }) => type === 'InventoryRewound')?.id;
    expect(conditionOf(held, 'InventoryRewound')?.message).toContain(`linkedclone.dev/accept-rewind=${holdId ?? '?'}`);
    expect(held.status?.eventHighWaterMark?.key).toBe(last); // what was seen stays the measure
    expect(lab.operator?.process.pid).toBe(operator);
    for (const name of NAMES) await cloneWhen(lab, name, 'held', (clone) => reasonOf(clone) === 'InventoryRewound');
    expect(await conditions('Lost')).toEqual([undefined, undefined, undefined]);
    expect(await changes()).toEqual([]);
  }, 180_000);

  it('keeps the object of a clone that is deleted, and makes nothing new', async () => {
    await lab.api.delete('linkedclones', 'single');
    const blocked = await cloneWhen(
      lab,
      'single',
      'held',
      (clone) => reasonOf(clone, 'DeletionBlocked') === 'InventoryRewound',
    );
    expect(blocked.metadata.uid).toBe(uids.get('single'));
    await lab.api.scale('class', 3);
    await lab.waitReason('linkedclonesets', 'class', 'BaseSnapshotNotReady', { timeoutMs: PATIENCE_MS });
    await applyClone(lab, 'new', 'base');
    await cloneWhen(lab, 'new', 'held', (clone) => reasonOf(clone) === 'BaseSnapshotNotReady');
    expect(await changes()).toEqual([]);
  }, 120_000);

  it('is held over a restart of the operator, from its first moment on', async () => {
    await lab.stopOperator();
    await lab.startOperator();
    await touchAll();
    await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: PATIENCE_MS });
    await lab.api.annotate('linkedclones', 'single', { 'linkedclone.dev/release': 'of-no-uid' });
    await waitUntil(
      'two looks at everything',
      async () => (await reconciles(lab, 'linked-clone')) >= 2 * (NAMES.length + 1),
      {
        timeoutMs: PATIENCE_MS,
      },
    );
    expect(await conditions('Lost')).toEqual([undefined, undefined, undefined]);
    for (const name of NAMES) expect((await getClone(lab, name)).metadata.uid).toBe(uids.get(name));
    expect((await vCenter()).status?.holds).toEqual([expect.objectContaining({ id: holdId })]);
    expect(await changes()).toEqual([]);
  }, 120_000);

  it('is no longer held once the annotation names this rewind: what is gone is lost, and clones are made again', async () => {
    await lab.api.annotate('vcenters', 'vc', { 'linkedclone.dev/accept-rewind': 'another' });
    await touchAll();
    expect(conditionOf(await vCenter(), 'InventoryRewound')?.status).toBe('True');
    await lab.api.annotate('vcenters', 'vc', { 'linkedclone.dev/accept-rewind': holdId ?? '' });
    await lab.gone('linkedclones', 'single', 'lab', PATIENCE_MS);
    const old = new Set(uids.values());
    await waitUntil(
      'the objects of lost machines to go',
      async () => (await lab.clonesOf('class')).every((clone) => !old.has(clone.metadata.uid)),
      { timeoutMs: PATIENCE_MS },
    );
    // the backup's snapshot is another one than the base was pinned to: clones are made of a base of its own
    await lab.applyBase('restored', 'Templates/Tmpl');
    await applyClone(lab, 'later', 'restored');
    await cloneReady(lab, 'later');
    const after = await vCenter();
    expect(conditionOf(after, 'InventoryRewound')).toBeUndefined();
    expect(after.status?.holds ?? []).toEqual([]);
    expect((await changes()).filter((method) => method === 'Destroy_Task')).toEqual([]);
  }, 180_000);
});
