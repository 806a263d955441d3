// Machines that stay when their LinkedClone goes: retained by the template's policy, or released. A set that is scaled up
// again makes others beside them and touches none.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab } from '../../support/lab.ts';
import type { SimulatedVm } from '../../support/simulator-admin.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { successfulClones } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import { callsOf } from './support/sets.ts';
import { PATIENCE_MS } from './support/story.ts';

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory(),
    speed: 50,
    operatorFlags: { 'orphan-interval': 0.5, 'credentials-interval': 0.2 },
  });
  await lab.applyVCenter({ orphanPolicy: 'Delete', orphanGraceSeconds: 1 });
  await lab.applyBase('base', 'Templates/Tmpl');
  await lab.waitReason('basesnapshots', 'base', 'Ready', { timeoutMs: PATIENCE_MS });
}, 120_000);

afterAll(() => lab?.stop(), 120_000);

async function machines(prefix: string): Promise<SimulatedVm[]> {
  const all = (await lab.vcenter.inventory()).vms.filter(({ name }) => name.startsWith(prefix));
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function states(vms: readonly SimulatedVm[]): Record<string, string> {
  return Object.fromEntries(
    vms.map((vm) => [vm.name, (vm.marker as { state?: string } | undefined)?.state ?? 'in use']),
  );
}

async function ordinals(set: string): Promise<string[]> {
  return (await lab.clonesOf(set)).map(({ metadata }: LinkedClone) => metadata.name).toSorted();
}

describe('a set that is scaled down and up again', () => {
  it('makes others beside those that its template retains, and leaves their names alone', async () => {
    await lab.applySet('keep', 'base', 3, {}, { deletionPolicy: 'Retain' });
    await lab.setReady('keep', 3, PATIENCE_MS);
    await lab.api.scale('keep', 1);
    await lab.setReady('keep', 1, PATIENCE_MS);
    const kept = await machines('keep-');
    expect(states(kept)).toEqual({ 'keep-01': 'in use', 'keep-02': 'retained', 'keep-03': 'retained' });
    await lab.api.scale('keep', 3);
    await lab.setReady('keep', 3, PATIENCE_MS);
    expect(await ordinals('keep')).toEqual(['keep-1', 'keep-4', 'keep-5']);
    const after = await machines('keep-');
    expect(states(after)).toEqual({
      'keep-01': 'in use',
      'keep-02': 'retained',
      'keep-03': 'retained',
      'keep-04': 'in use',
      'keep-05': 'in use',
    });
    expect(after.slice(0, 3).map(({ moRef }) => moRef)).toEqual(kept.map(({ moRef }) => moRef));
  }, 180_000);

  it('does so beside one that was released', async () => {
    await lab.applySet('let', 'base', 2);
    await lab.setReady('let', 2, PATIENCE_MS);
    const [, second] = await lab.clonesOf('let');
    const { name = '', uid = '' } = second?.metadata ?? {};
    await lab.api.annotate('linkedclones', name, { 'linkedclone.dev/release': uid });
    await lab.api.delete('linkedclones', name);
    await waitUntil('another one', async () => (await ordinals('let')).includes('let-3'), { timeoutMs: PATIENCE_MS });
    await lab.setReady('let', 2, PATIENCE_MS);
    expect(states(await machines('let-'))).toEqual({ 'let-01': 'in use', 'let-02': 'released', 'let-03': 'in use' });
  }, 180_000);

  it('and nothing was ever destroyed or made twice, orphanPolicy Delete or not', async () => {
    const ledger = await lab.vcenter.ledger();
    expect(callsOf(ledger, 'Destroy_Task')).toEqual([]);
    expect(new Set(successfulClones(ledger).values())).toEqual(new Set([1]));
  });
});
