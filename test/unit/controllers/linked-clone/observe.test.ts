// What a clone's machine is judged by: the watch where it is of the present session, vCenter itself where it isn't.
import { describe, expect, it } from '@jest/globals';
import type { LinkedCloneSpec } from '../../../../src/api/types.generated.ts';
import { setMarkerState } from '../../../../src/controllers/linked-clone/mark.ts';
import { applyNotes } from '../../../../src/controllers/linked-clone/notes.ts';
import { observeVm } from '../../../../src/controllers/linked-clone/observe.ts';
import { applyPower } from '../../../../src/controllers/linked-clone/power.ts';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH, vmView } from '../../../../src/controllers/vcenter/vm-view.ts';
import { MARKER, UID, VM, deletedClone, onStage, source, victim } from '../support/deleting-clone.ts';
import { linkedClone } from '../support/objects.ts';

type Machines = Record<string, Record<string, unknown>>;

function stage(
  vms: Machines = { 'vm-10': victim() },
  spec: Partial<LinkedCloneSpec> = {},
  unproven: readonly string[] = [],
) {
  const { status } = deletedClone();
  return onStage({ vms, clone: linkedClone({ name: 'web-1', uid: UID, spec, status: { ...status } }), unproven });
}

describe('after a login of the client, until the watch is set up in its session', () => {
  it('a reference that another machine has by now is not taken for the one that the watch told of', async () => {
    const vms = { 'vm-10': victim() };
    const { scope, relogin } = stage(vms);
    await expect(observeVm(scope)).resolves.toMatchObject({ ref: VM });
    vms['vm-10'] = victim({ 'config.instanceUuid': 'of-somebody' });
    relogin();
    await expect(observeVm(scope)).rejects.toMatchObject({ reason: 'Ambiguous' });
  });

  it('nor is one that is just being made, and tells nothing of itself yet', async () => {
    const vms: Machines = { 'vm-10': victim() };
    const { scope, relogin } = stage(vms);
    vms['vm-10'] = { name: 'new', 'runtime.powerState': 'poweredOff', 'runtime.connectionState': 'connected' };
    relogin();
    await expect(observeVm(scope)).rejects.toMatchObject({ reason: 'Disconnected' });
  });

  it('a machine that is as it was is acted upon by what it is now', async () => {
    const vms = { 'vm-10': victim({ 'runtime.powerState': 'poweredOff' }) };
    const { scope, relogin } = stage(vms);
    vms['vm-10'] = victim({ 'runtime.powerState': 'poweredOn' });
    relogin();
    await expect(observeVm(scope)).resolves.toMatchObject({ powerState: 'poweredOn' });
  });

  it('one that is registered again is not taken for what the watch told of its new reference', async () => {
    const vms: Machines = { 'vm-11': victim({ name: 'now' }) };
    const { scope, connection, relogin } = stage(vms);
    connection.inventory.upsert(vmView({ ...VM, value: 'vm-11' }, victim({ name: 'before' })));
    relogin();
    await expect(observeVm(scope)).resolves.toMatchObject({ name: 'now' });
  });
});

describe('a machine whose mark says that it was let go', () => {
  const released = victim({ [MARKER_PATH]: formatMarker({ ...MARKER, state: 'released' }) });
  const vms = { 'vm-10': released };

  it('is not looked after any more, also when a backup has brought its object back', async () => {
    await expect(observeVm(stage(vms).scope)).rejects.toMatchObject({ reason: 'NotOurs' });
  });

  it('nor where it was registered again under another reference', async () => {
    await expect(observeVm(stage({ 'vm-11': released }).scope)).rejects.toMatchObject({ reason: 'NotOurs' });
  });

  it('nor by one that had taken it over before', async () => {
    const { scope } = stage(vms, { adopt: { instanceUuid: UID } });
    await expect(observeVm(scope)).rejects.toMatchObject({ reason: 'NotOurs' });
  });

  it('is looked after by who takes it over: the watch may not have told of the new mark yet', async () => {
    const now: Machines = { ...vms };
    const { scope } = stage(now, { adopt: { instanceUuid: UID } });
    now['vm-10'] = victim();
    await expect(observeVm(scope)).resolves.toMatchObject({ ref: VM });
  });

  it('is passed on to a deletion, which lets it stay', async () => {
    await expect(observeVm(onStage({ vms }).scope)).resolves.toMatchObject({ ref: VM });
  });
});

describe('a machine that the watch kept though it could not look for it', () => {
  it('is looked for, and lost where it is gone', async () => {
    const vms: Machines = { 'vm-10': victim() };
    const { scope, connection } = stage(vms, {}, ['vm-10']);
    await expect(observeVm(scope)).resolves.toMatchObject({ ref: VM });
    delete vms['vm-10'];
    await expect(observeVm(scope)).rejects.toMatchObject({ reason: 'Lost' });
    expect(connection.inventory.get(VM)).toBeUndefined();
  });
});

describe('a machine that vCenter does not have, whatever the watch told', () => {
  it('is gone for the deletion that found that out, and is not looked at again and again', async () => {
    const vms: Machines = { 'vm-10': victim(), 'vm-1': source() };
    const { scope, connection } = onStage({ vms });
    delete vms['vm-10'];
    await expect(checkVictim(scope, VM)).resolves.toEqual({ state: 'gone' });
    expect(connection.inventory.get(VM)).toBeUndefined();
  });
});

describe('in an inventory that went back in time', () => {
  function rewound(spec: Partial<LinkedCloneSpec>) {
    const rig = stage(undefined, spec);
    rig.connection.holds.add({ type: 'InventoryRewound', id: '100-40', since: '2026-01-01T06:00:00Z' });
    return rig;
  }

  it('no machine is powered', async () => {
    const { scope, calls } = rewound({ hardware: { cpus: 2 } });
    await expect(applyPower(scope, vmView(VM, victim()))).rejects.toMatchObject({ reason: 'InventoryRewound' });
    expect(calls).toEqual([]);
  });

  it('notes wait', async () => {
    const { scope, calls } = rewound({ notes: 'new' });
    expect([await applyNotes(scope, vmView(VM, victim())), calls]).toEqual([30_000, []]);
  });

  it('no machine is marked', async () => {
    const { scope, calls } = rewound({});
    await expect(setMarkerState(scope, VM, 'released')).rejects.toMatchObject({ reason: 'InventoryRewound' });
    expect(calls).toEqual([]);
  });
});
