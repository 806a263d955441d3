// The client against whole vCenters: sessions and reads.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { VSphereClient } from '../../../src/vsphere/client.ts';
import { moRefKey } from '../../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { Lab, optionsFor } from './support/lab.ts';
import { TARGETS } from './support/targets.ts';
import type { Target } from './support/targets.ts';

// For a loaded machine; the waits in here have deadlines of their own.
jest.setTimeout(120_000);

describe.each(TARGETS)('client against $name', ({ start }) => {
  let target: Target;
  const labs: Lab[] = [];

  beforeAll(async () => {
    target = await start();
  });
  afterEach(async () => {
    await Promise.all(labs.splice(0).map(({ client }) => client.close()));
  });
  afterAll(() => target.stop());

  async function open(...args: Parameters<typeof Lab.open> extends [unknown, ...infer R] ? R : never): Promise<Lab> {
    const lab = await Lab.open(target, ...args);
    labs.push(lab);
    return lab;
  }

  async function sessionsOf(lab: Lab): Promise<string[]> {
    const { properties } = await lab.client.read(lab.client.content.sessionManager, ['sessionList']);
    return (properties['sessionList'] as { key: string }[]).map(({ key }) => key);
  }

  it('tells who is there before the password is sent', async () => {
    const calls: string[] = [];
    const refusal = new Error('not this one');
    const opening = VSphereClient.connect({
      ...optionsFor(target),
      observe: ({ method }) => void calls.push(method),
      beforeLogin: async ({ apiType, instanceUuid }) => {
        expect(apiType).toBe('VirtualCenter');
        expect(instanceUuid).toMatch(/^[0-9a-f-]{36}$/);
        throw refusal;
      },
    });
    await expect(opening).rejects.toBe(refusal);
    expect(calls).toEqual(['RetrieveServiceContent']);
  });

  it('logs in with one Login, and out again', async () => {
    const lab = await open();
    expect(lab.calls).toEqual(
      new Map([
        ['RetrieveServiceContent', 1],
        ['Login', 1],
      ]),
    );
    const watcher = await open();
    expect(await sessionsOf(watcher)).toContain(lab.client.sessionKey);
    await lab.client.close();
    expect(lab.calls.get('Logout')).toBe(1);
    expect(await sessionsOf(watcher)).not.toContain(lab.client.sessionKey);
    await expect(lab.client.read(lab.client.content.rootFolder, ['name'])).rejects.toMatchObject({ fault: 'Closed' });
  });

  it('reports a wrong password once and does not try it again', async () => {
    const outcomes: (string | undefined)[] = [];
    const calls: string[] = [];
    const connecting = VSphereClient.connect({
      ...optionsFor(target),
      password: 'wrong',
      observe: ({ method }) => calls.push(method),
      afterLogin: async (error) => void outcomes.push(error?.kind),
    });
    await expect(connecting).rejects.toMatchObject({ fault: 'InvalidLogin', kind: 'credentials' });
    expect(outcomes).toEqual(['credentials']);
    expect(calls).toEqual(['RetrieveServiceContent', 'Login']);
  });

  it('does not talk to a server with another certificate', async () => {
    const wrong = Array.from({ length: 32 }, () => 'AA').join(':');
    const connecting = VSphereClient.connect({ ...optionsFor(target), tls: { thumbprint: wrong } });
    await expect(connecting).rejects.toMatchObject({
      fault: 'CertificateNotTrusted',
      detail: { sha256: target.thumbprint },
    });
  });

  it('logs in again when its session was ended, and repeats what was not executed', async () => {
    const lab = await open();
    const { client } = lab;
    const admin = await open();
    const before = client.sessionKey;
    await admin.client.invoke(admin.client.content.sessionManager, 'TerminateSession', { sessionId: [before] });
    const refs = await Promise.all([client.read(client.content.rootFolder, ['name']), lab.someMachine()]);
    expect(refs[0].properties['name']).toBeDefined();
    expect(lab.calls.get('Login')).toBe(2);
    expect(client.sessionKey).not.toBe(before);
  });

  it('reads the inventory with parents up to the root', async () => {
    const lab = await open();
    const tree = new Map((await lab.tree()).map((state) => [moRefKey(state.ref), state]));
    expect(tree.size).toBeGreaterThan(8);
    for (const state of tree.values()) {
      let at = state;
      for (
        let depth = 0;
        moRefKey(at.properties['parent'] as MoRef) !== moRefKey(lab.client.content.rootFolder);
        depth += 1
      ) {
        const parent = tree.get(moRefKey(at.properties['parent'] as MoRef));
        if (parent === undefined || depth > 20) throw new Error(`${moRefKey(at.ref)} has no known parent`);
        at = parent;
      }
    }
    expect(lab.calls.get('DestroyView')).toBe(1);
  });

  it('reads devices as they are, with their types', async () => {
    const lab = await open();
    const { properties } = await lab.client.read(await lab.someMachine(), [
      'config.hardware.device',
      'config.instanceUuid',
      'name',
    ]);
    const devices = properties['config.hardware.device'] as {
      $type: string;
      key: number;
      backing?: { $type: string; fileName?: string };
    }[];
    const disks = devices.filter(({ $type }) => $type === 'VirtualDisk');
    expect(disks.length).toBeGreaterThan(0);
    expect(disks[0]?.backing).toMatchObject({ $type: 'VirtualDiskFlatVer2BackingInfo' });
    expect(disks[0]?.backing?.fileName).toMatch(/^\[.+\] .+\.vmdk$/);
    expect(typeof disks[0]?.key).toBe('number');
  });

  it('tells a missing object from one that is there', async () => {
    const { client, ...lab } = await open();
    const machine = await labs.at(-1)?.someMachine();
    if (machine === undefined) throw new Error('no machine');
    const ghost = { type: 'VirtualMachine', value: 'vm-424242' };
    const found = await client.readMany([machine, ghost], ['name']);
    expect(found.get(moRefKey(machine))?.properties['name']).toBeDefined();
    expect(found.has(moRefKey(ghost))).toBe(true);
    expect(found.get(moRefKey(ghost))).toBeUndefined();
    await expect(client.read(ghost, ['name'])).rejects.toMatchObject({
      kind: 'notFound',
      fault: 'ManagedObjectNotFound',
    });
    expect(lab.calls.get('RetrievePropertiesEx')).toBeGreaterThan(1);
  });

  it('says so when a property does not exist', async () => {
    const { client } = await open();
    const reading = client.read(client.content.rootFolder, ['name', 'nonsense']);
    const outcome = await reading.then(
      ({ missing }) => missing['nonsense'],
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({ fault: 'InvalidProperty', kind: 'terminal' });
  });

  it('puts reads made together into one call', async () => {
    const lab = await open();
    const machines = (await lab.tree()).filter(({ ref }) => ref.type === 'VirtualMachine').map(({ ref }) => ref);
    lab.calls.clear();
    const states = await Promise.all(
      [...machines, ...machines].map((ref) => lab.client.readSoon(ref, ['name', 'config.instanceUuid'])),
    );
    expect(states.every((state) => state?.properties['name'] !== undefined)).toBe(true);
    expect(lab.callCount).toBe(1);
  });

  /** Longer than all the reads that don't wait, on a busy machine too. */
  const PATIENCE_MS = 10_000;

  it('lets reads that are in no hurry wait longer for each other, and nobody else for them', async () => {
    const lab = await open();
    const machines = (await lab.tree()).filter(({ ref }) => ref.type === 'VirtualMachine').map(({ ref }) => ref);
    lab.calls.clear();
    const patient: Promise<unknown>[] = [];
    for (const ref of machines) {
      patient.push(lab.client.readSoon(ref, ['name'], PATIENCE_MS));
      await lab.client.readSoon(ref, ['name']);
    }
    await Promise.all(patient);
    expect(lab.callCount).toBe(machines.length + 1);
  });

  it('finds by uuid and by path', async () => {
    const lab = await open();
    const machine = await lab.someMachine();
    const { properties } = await lab.client.read(machine, ['config.instanceUuid', 'name', 'parent']);
    expect(await lab.client.findAllByUuid(String(properties['config.instanceUuid']), { instance: true })).toEqual([
      machine,
    ]);
    expect(await lab.client.findAllByUuid('00000000-0000-4000-8000-000000000000', { instance: true })).toEqual([]);
    const names: string[] = [String(properties['name'])];
    for (let at = properties['parent'] as MoRef; moRefKey(at) !== moRefKey(lab.client.content.rootFolder);) {
      const state = await lab.client.read(at, ['name', 'parent']);
      names.unshift(String(state.properties['name']));
      at = state.properties['parent'] as MoRef;
    }
    expect(await lab.client.findByInventoryPath(names.join('/'))).toEqual(machine);
    expect(await lab.client.findByInventoryPath('no/such/thing')).toBeUndefined();
  });
});
