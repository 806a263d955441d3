// `--state`: what is kept over a restart of the simulator, and what is said of a file that can't be used.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { modelOf } from '../../../../src/simulator/inventory/model-state.ts';
import { startSimulator } from '../../../../src/simulator/start-simulator.ts';
import { saveState } from '../../../../src/simulator/state/saved-state.ts';
import type { SavedState } from '../../../../src/simulator/state/saved-state.ts';
import { readStateFile, writeStateFile } from '../../../../src/simulator/state/state-file.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import { Vcenter } from '../model/harness.ts';
import { INSTANT, SMALL, linkedClone } from '../model/inventories.ts';
import { check, clear, play, steps } from './story.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-state-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The simulator stops and starts again. */
function again(vc: Vcenter, inventory = INSTANT): Vcenter {
  return new Vcenter(inventory, {}, JSON.parse(JSON.stringify(saveState(modelOf(vc.world)))) as SavedState);
}

/** Every object with all that clients read of it. */
function everything(vc: Vcenter): unknown {
  return [...vc.world.registry.all()]
    .filter((object) => object.type !== 'Task')
    .map((object) => {
      const { recentTask: _, ...properties } = object.stored();
      return { ref: object.ref, properties };
    })
    .toSorted((a, b) => a.ref.value.localeCompare(b.ref.value));
}

describe('the state', () => {
  it('of any story comes back whole, and the story goes on', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, async (first, second) => {
        const vc = new Vcenter(INSTANT);
        await play(vc, first, 'a');
        const next = again(vc);
        expect(next.describe()).toEqual(vc.describe());
        expect(everything(next)).toEqual(everything(vc));
        expect(next.world.clock.now()).toBe(vc.world.clock.now());
        check(next);
        // The same calls have the same outcome: uuids, MAC addresses, hosts, keys.
        await play(vc, second, 'b');
        await play(next, second, 'b');
        expect(next.describe()).toEqual(vc.describe());
        expect(modelOf(next.world).events.nextKey).toBe(modelOf(vc.world).events.nextKey);
        await clear(next);
        for (const datastore of next.describe().datastores) expect(datastore.files).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('has conditions with their end, and guests that were booting boot', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    await vc.must(parent, 'PowerOnVM_Task');
    vc.world.conditions.begin('datastoreInaccessible', vc.object(vc.named('Datastore', 'ds-2')), 60);
    const next = again(vc, SMALL);
    expect(next.world.conditions.list()).toMatchObject([{ endsAt: vc.world.clock.now() + 60_000 }]);
    await next.advance(60);
    expect(next.get(next.named('Datastore', 'ds-2'), 'summary.accessible')).toBe(true);
    expect(next.get(parent, 'guest.toolsRunningStatus')).toBe('guestToolsRunning');
  });

  it('has nothing of tasks that ran but what they had written', async () => {
    const vc = new Vcenter(SMALL);
    const parent = vc.named('VirtualMachine', 'parent');
    vc.start(parent, 'CloneVM_Task', linkedClone(vc, parent));
    const next = again(vc, SMALL);
    expect([...next.world.registry.ofType('Task')]).toEqual([]);
    check(next);
    expect(await next.must(parent, 'CloneVM_Task', linkedClone(next, parent))).toBeDefined();
  });
});

describe('--state', () => {
  const options = { inventory: INSTANT, clock: 'manual', logger: createLogger('silent') } as const;

  it('keeps the inventory over a restart, written at the end and a moment after a change', async () => {
    const stateFile = join(folder, 'kept.json');
    const first = await startSimulator({ ...options, stateFile });
    const vm = [...first.world.registry.ofType('VirtualMachine')][0];
    vm?.set('config.annotation', 'changed');
    await waitUntil('the file is written', () => existsSync(stateFile));
    await first.world.clock.advance(5000);
    const inventory = async (url: string): Promise<unknown> => (await fetch(`${url}/v1/inventory`)).json();
    const [before, content] = [await inventory(first.adminUrl), first.world.serviceInstance.get('content')];
    await first.stop();
    const second = await startSimulator({ ...options, stateFile });
    expect(await inventory(second.adminUrl)).toEqual(before);
    expect(second.world.serviceInstance.get('content')).toEqual(content);
    expect(second.world.clock.now()).toBeGreaterThanOrEqual(first.world.clock.now());
    expect(second.world.registry.must(vm?.ref as MoRef).get('config.annotation')).toBe('changed');
    await second.stop();
  });

  it.each([
    [
      'of another version',
      (text: string) => text.replace('"version":1', '"version":9'),
      'is of version 9, and this simulator reads 1.',
    ],
    ['cut short', (text: string) => text.slice(0, -10), 'is damaged: its digest is another one.'],
    ['of something else', () => '{"a": 1}\n', 'is no state of this simulator.'],
    ['empty', () => '', 'is damaged or no state of this simulator.'],
  ])('refuses a file %s with one sentence', async (name, spoil, message) => {
    const stateFile = join(folder, `${name}.json`);
    writeStateFile(stateFile, saveState(modelOf(new Vcenter(INSTANT).world)));
    expect(readStateFile(stateFile)?.volumes).toHaveLength(3);
    writeFileSync(stateFile, spoil(readFileSync(stateFile, 'utf8')));
    await expect(startSimulator({ ...options, stateFile })).rejects.toThrow(`--state ${stateFile} ${message}`);
  });

  it('starts empty-handed where there is no file yet', () => {
    expect(readStateFile(join(folder, 'none.json'))).toBeUndefined();
  });
});
