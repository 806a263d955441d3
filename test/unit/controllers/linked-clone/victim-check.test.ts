// The last look before a VM is powered off or destroyed: it passes only when everything fits, and each single doubt holds
// the deletion with its own reason.
import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../../../src/api/identifiers.ts';
import type { LinkedClone } from '../../../../src/api/types.generated.ts';
import { recheckLink } from '../../../../src/controllers/linked-clone/observe.ts';
import type { Verdict } from '../../../../src/controllers/linked-clone/victim-check.ts';
import { checkVictim } from '../../../../src/controllers/linked-clone/victim-check.ts';
import { formatMarker } from '../../../../src/controllers/vcenter/marker.ts';
import { MARKER_PATH } from '../../../../src/controllers/vcenter/vm-view.ts';
import type { Stage } from '../support/deleting-clone.ts';
import { MARKER, UID, VM, deletedClone, onStage, source, victim } from '../support/deleting-clone.ts';
import { CREATED, baseSnapshot, linkedClone, pinned } from '../support/objects.ts';
import { chain, disk, ref, vmView } from '../support/vm.ts';

const FINE: Stage = { vms: { 'vm-10': victim(), 'vm-1': source() } };
const withVm = (fields: Record<string, unknown>): Stage => ({ vms: { ...FINE.vms, 'vm-10': victim(fields) } });

async function verdictOn(stage: Stage): Promise<Verdict> {
  return checkVictim(onStage(stage).scope, VM);
}
async function reasonOn(stage: Stage): Promise<string> {
  const verdict = await verdictOn(stage);
  return verdict.state === 'hold' ? verdict.reason : verdict.state;
}

describe('checkVictim', () => {
  it.each([
    ['poweredOff', 'poweredOff'],
    ['poweredOn', 'poweredOn'],
    ['suspended', 'poweredOn'],
  ])('lets a VM go that is ours and %s', async (powerState, state) => {
    expect(await verdictOn(withVm({ 'runtime.powerState': powerState }))).toMatchObject({ state });
  });

  const changed = (fields: Partial<LinkedClone['metadata']>, spec: Partial<LinkedClone['spec']> = {}): LinkedClone => {
    const clone = deletedClone(spec);
    return { ...clone, metadata: { ...clone.metadata, ...fields } };
  };
  const { deletionTimestamp: _, ...notDeleted } = deletedClone().metadata;
  it.each<[string, LinkedClone | null, string]>([
    ['is gone', null, 'unasked'],
    ['is another one of the same name', changed({ uid: 'uid-other' }), 'unasked'],
    ['is not being deleted', { ...deletedClone(), metadata: notDeleted }, 'NotOurs'],
    ['was paused a moment ago', changed({}, { paused: true }), 'Paused'],
    ['is to be retained since a moment', changed({}, { deletionPolicy: 'Retain' }), 'Paused'],
    ['was released a moment ago', changed({ annotations: { [ANNOTATIONS.release]: 'uid-web-1' } }), 'Paused'],
  ])('holds when the object, read live, %s', async (__, live, reason) => {
    expect(await reasonOn({ ...FINE, live })).toBe(reason);
  });

  it.each(['retained', 'released'] as const)('lets a VM stay whose mark says that it was %s before', async (state) => {
    expect(await verdictOn(withVm({ [MARKER_PATH]: formatMarker({ ...MARKER, state }) }))).toEqual({
      state: 'letGo',
      message: `"web-01" (vm-10) was ${state} before: it stays`,
    });
  });

  it('has the source looked at along with the next victim', async () => {
    const reads: (readonly string[])[] = [];
    const { scope, connection, clock } = onStage({ ...FINE, duringReads: (machines) => reads.push(machines) });
    await checkVictim(scope, VM);
    await clock.advance(1_000);
    await connection.victims.get(ref('vm-11'));
    expect(reads).toEqual([
      ['vm-10', 'vm-1'],
      ['vm-11', 'vm-1'],
    ]);
  });

  it('holds when the leave to go without its base was taken back a moment ago', async () => {
    const clone = changed({ annotations: { [ANNOTATIONS.deleteWithoutBase]: UID } });
    const baseless: Stage = { vms: { 'vm-10': victim() }, clone };
    expect(await verdictOn({ ...baseless, live: clone })).toMatchObject({ state: 'poweredOff' });
    expect(await reasonOn({ ...baseless, live: changed({}) })).toBe('Paused');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['carries no marker', { [MARKER_PATH]: undefined }, 'NotOurs'],
    ['carries the marker of another object', { [MARKER_PATH]: formatMarker({ ...MARKER, uid: 'x' }) }, 'NotOurs'],
    ['carries the marker of another cluster', { [MARKER_PATH]: formatMarker({ ...MARKER, cluster: 'x' }) }, 'NotOurs'],
    ['has another instanceUuid: it is a copy', { 'config.instanceUuid': 'x' }, 'NotOurs'],
    ['is not connected', { 'runtime.connectionState': 'disconnected' }, 'NotConnected'],
    ['does not say whether it is connected', { 'runtime.connectionState': undefined }, 'NotConnected'],
    ['does not tell its disks', { 'config.hardware.device': undefined }, 'NotConnected'],
    [
      'tells no configuration at all',
      {
        'runtime.connectionState': 'inaccessible',
        'config.instanceUuid': undefined,
        [MARKER_PATH]: undefined,
        'config.hardware.device': undefined,
      },
      'NotConnected',
    ],
    ['does not say where its home is', { 'config.files.vmPathName': undefined }, 'ForeignDisks'],
    [
      "has somebody else's disk",
      {
        'config.hardware.device': [
          disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk')),
          disk(2001, chain('[ds] data/data.vmdk')),
        ],
      },
      'ForeignDisks',
    ],
  ])('holds when the VM %s', async (__, fields, reason) => {
    expect(await reasonOn(withVm(fields))).toBe(reason);
  });

  it('holds when another VM is this clone, too', async () => {
    expect(await reasonOn({ vms: { ...FINE.vms, 'vm-11': victim({ name: 'web-01-again' }) } })).toBe('Ambiguous');
  });

  it('holds when others stand on a snapshot of it', async () => {
    const own = {
      rootSnapshotList: [
        {
          snapshot: ref('snapshot-7', 'VirtualMachineSnapshot'),
          id: 7,
          name: 'mine',
          createTime: '',
          state: '',
          quiesced: false,
        },
      ],
    };
    const child = {
      name: 'child',
      'config.hardware.device': [disk(2000, chain('[ds] child/child.vmdk', '[ds] web-01/web-01.vmdk'))],
    };
    expect(await reasonOn({ vms: { ...withVm({ snapshot: own }).vms, 'vm-20': child } })).toBe('DisksInUse');
    const untold = { name: 'child', 'runtime.connectionState': 'inaccessible' };
    const unknown = await verdictOn({ vms: { ...withVm({ snapshot: own }).vms, 'vm-20': untold } });
    expect(unknown).toMatchObject({ reason: 'DisksInUse', message: expect.stringContaining('"child" (vm-20)') });
    expect(await reasonOn(withVm({ snapshot: own }))).toBe('poweredOff');
  });
});

describe('a disk of it that is attached to another clone of ours', () => {
  const HOME = '[ds] web-01/';
  const devices = (file: string) => ({
    'config.hardware.device': [
      disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk')),
      disk(2001, chain(file)),
    ],
  });
  const borrower = (file: string): Record<string, unknown> => ({
    name: 'web-02',
    'config.hardware.device': [disk(2000, chain('[ds] web-02/web-02.vmdk')), disk(2001, chain(file))],
  });

  it.each<[string, Stage['vms'], string]>([
    ['holds the deletion', { 'vm-20': borrower(`${HOME}web-01.vmdk`) }, 'DisksInUse'],
    [
      'holds it while that one tells no disks',
      { 'vm-20': { name: 'web-02', 'runtime.connectionState': 'inaccessible' } },
      'DisksInUse',
    ],
    ['holds nothing once it was detached', { 'vm-20': borrower('[ds] web-02/web-02_1.vmdk') }, 'poweredOff'],
    ['holds nothing once that one is gone', {}, 'poweredOff'],
  ])('%s', async (_, vms, expected) => {
    const { scope, connection } = onStage({ vms: { ...FINE.vms, ...vms } });
    connection.borrowed.note(ref('vm-20'), [`${HOME}web-01.vmdk`], '1');
    const verdict = await checkVictim(scope, VM);
    expect(verdict.state === 'hold' ? verdict.reason : verdict.state).toBe(expected);
    if (verdict.state === 'hold') expect(verdict.message).toContain('"web-02" (vm-20)');
  });

  const other = linkedClone({
    name: 'web-2',
    status: {
      vCenter: { name: 'vc', uid: 'uid-vc', instanceUuid: 'vc-uuid' },
      vm: { moRef: 'vm-20', instanceUuid: 'x' },
    },
  });
  const heldBy = async (web2: Record<string, unknown>, hidden: Stage['hidden'] = {}) => {
    const { scope, connection } = onStage({ vms: { ...FINE.vms, 'vm-20': web2 }, hidden, others: [other] });
    const looks: string[] = [];
    const readSoon = connection.client.readSoon.bind(connection.client);
    connection.client.readSoon = async (one, paths) => {
      looks.push(one.value);
      return readSoon(one, paths);
    };
    const ask = async () => checkVictim(scope, VM).then((said) => ('message' in said ? said.message : said.state));
    return { ask, looks };
  };

  it('is found by a look at each machine that this connection has not seen, and at none that it has', async () => {
    const fine = { 'config.files.vmPathName': '[ds] web-02/web-02.vmx' };
    const attached = await heldBy({ ...borrower(`${HOME}web-01.vmdk`), ...fine });
    expect(await attached.ask()).toBe('one of its disks is attached to "web-02" (vm-20)');
    const none = await heldBy({ ...borrower('[ds] web-02/web-02_1.vmdk'), ...fine });
    expect([await none.ask(), await none.ask(), none.looks]).toEqual(['poweredOff', 'poweredOff', ['vm-20']]);
  });

  it('holds the deletion while a machine that was not seen does not tell its disks, and is asked for again', async () => {
    const { ask, looks } = await heldBy({ name: 'web-02', 'runtime.connectionState': 'inaccessible' });
    expect(await ask()).toContain('"web-02" (vm-20) can\'t be told');
    expect(await ask()).toContain('"web-02" (vm-20) can\'t be told');
    expect(looks).toEqual(['vm-20', 'vm-20']);
    const refused = await heldBy(borrower(`${HOME}web-01.vmdk`), { 'vm-20': ['config.hardware.device'] });
    await expect(refused.ask()).rejects.toMatchObject({ fault: 'NoPermission' });
  });

  it('is found where their datastore has another name since', async () => {
    const { scope, connection } = onStage({ vms: { ...FINE.vms, 'vm-20': borrower(`${HOME}web-01.vmdk`) } });
    connection.borrowed.note(ref('vm-20'), [`[old] ${HOME.slice(HOME.indexOf(' ') + 1)}web-01.vmdk`], '1');
    expect(await checkVictim(scope, VM)).toMatchObject({ state: 'hold', reason: 'DisksInUse' });
  });

  it('is noted of a machine that is itself judged', async () => {
    const home = { 'config.files.vmPathName': '[ds] web-01/web-01.vmx' };
    const { scope, connection } = onStage({
      vms: { ...FINE.vms, 'vm-10': victim({ ...home, ...devices('[ds] web-02/web-02.vmdk') }) },
    });
    await checkVictim(scope, VM);
    expect(connection.borrowed.from('[ds] web-02/')).toEqual([VM]);
  });

  it('is known from the look at the disks of a machine whose configuration changed', async () => {
    const { scope, connection } = onStage({
      vms: { 'vm-10': victim({ 'config.hardware.device': [disk(2000, chain('[ds] web-02/web-02.vmdk', 'base'))] }) },
      base: null,
      clone: deletedClone({}, { vm: { moRef: 'vm-10', instanceUuid: UID, vmPathName: '[ds] web-01/web-01.vmx' } }),
    });
    await recheckLink(scope, vmView({ ref: VM, changeVersion: '2' }));
    expect([connection.borrowed.from('[ds] web-02/'), connection.borrowed.from(HOME)]).toEqual([[VM], []]);
  });

  it('is looked for again on another connection, though the configuration is the same', async () => {
    const vms = {
      'vm-10': victim({ 'config.hardware.device': [disk(2000, chain('[ds] web-02/web-02.vmdk', 'base'))] }),
    };
    const clone = deletedClone({}, { vm: { moRef: 'vm-10', instanceUuid: UID, vmPathName: '[ds] web-01/web-01.vmx' } });
    const [before, after] = [onStage({ vms, base: null, clone }), onStage({ vms, base: null, clone })];
    after.scope.memory.checked = { version: '2', on: before.connection };
    await recheckLink(after.scope, vmView({ ref: VM, changeVersion: '2' }));
    expect(after.connection.borrowed.from('[ds] web-02/')).toEqual([VM]);
  });
});

describe('the base under a victim', () => {
  it.each<[string, Stage['vms']]>([
    ['is not registered', { 'vm-10': victim() }],
    [
      'is another VM under the same reference',
      { 'vm-10': victim(), 'vm-1': source({ 'config.instanceUuid': 'other' }) },
    ],
    [
      'has neither the snapshot nor its files any more',
      {
        'vm-10': victim(),
        'vm-1': source({ snapshot: undefined, 'config.hardware.device': [disk(2000, chain('[ds] new/new.vmdk'))] }),
      },
    ],
  ])('holds the deletion when its VM %s', async (__, vms) => {
    const verdict = await verdictOn({ vms });
    expect(verdict).toMatchObject({ state: 'hold', reason: 'BaseNotRegistered' });
    expect(verdict.state === 'hold' && verdict.message).toContain(`linkedclone.dev/delete-without-base=${UID}`);
  });

  it('holds it when one of two disks has no holder any more', async () => {
    const disks = [
      disk(2000, chain('[ds] web-01/web-01.vmdk', '[ds] win/win.vmdk')),
      disk(2001, chain('[ds] web-01/web-01_1.vmdk', '[ds] win/win_1.vmdk')),
    ];
    const lessOne = source({ snapshot: undefined });
    expect(await reasonOn({ vms: { 'vm-10': victim({ 'config.hardware.device': disks }), 'vm-1': lessOne } })).toBe(
      'BaseNotRegistered',
    );
  });

  it.each<[string, Stage['vms']]>([
    ['has the snapshot', FINE.vms],
    ['has lost the snapshot and holds the files', { 'vm-10': victim(), 'vm-1': source({ snapshot: undefined }) }],
    ['is registered again under another reference', { 'vm-10': victim(), 'vm-77': source() }],
  ])('lets it go when its VM %s', async (__, vms) => {
    expect(await reasonOn({ vms })).toBe('poweredOff');
  });

  it('is not asked for by a clone that stands on its own', async () => {
    const alone = victim({ 'config.hardware.device': [disk(2000, chain('[ds] web-01/web-01.vmdk'))] });
    expect(await reasonOn({ vms: { 'vm-10': alone } })).toBe('poweredOff');
  });

  it.each([
    [UID, 'poweredOff'],
    ['uid-other', 'BaseNotRegistered'],
    ['true', 'BaseNotRegistered'],
  ])('is not asked for after delete-without-base=%s: %s', async (value, expected) => {
    const clone = deletedClone();
    const annotated = {
      ...clone,
      metadata: { ...clone.metadata, annotations: { 'linkedclone.dev/delete-without-base': value } },
    };
    expect(await reasonOn({ vms: { 'vm-10': victim() }, clone: annotated })).toBe(expected);
  });

  it('is said to be out of reach where it is registered, but vCenter tells no configuration of it', async () => {
    const unset = { 'config.instanceUuid': undefined, 'config.hardware.device': undefined, snapshot: undefined };
    const away = source({ ...unset, 'runtime.connectionState': 'inaccessible' });
    const verdict = await verdictOn({ vms: { 'vm-10': victim(), 'vm-1': away } });
    expect(verdict).toMatchObject({ state: 'hold', reason: 'BaseNotRegistered' });
    expect('message' in verdict ? verdict.message : '').toMatch(/^what "win" holds can't be told: it is inaccessible;/);
  });

  it('whose object is gone is any registered VM that holds the files', async () => {
    const other = { name: 'win', 'config.hardware.device': [disk(2000, chain('[ds] win/win.vmdk'))] };
    expect(await reasonOn({ vms: { 'vm-10': victim(), 'vm-5': other }, base: null })).toBe('poweredOff');
    expect(await reasonOn({ vms: { 'vm-10': victim() }, base: null })).toBe('BaseNotRegistered');
  });

  it('whose object is gone is not said to be unregistered by an account that cannot see everything', async () => {
    const { scope, connection } = onStage({ vms: { 'vm-10': victim() }, base: null });
    const message = async () => checkVictim(scope, VM).then((verdict) => ('message' in verdict ? verdict.message : ''));
    expect(await message()).toContain("isn't registered in the vCenter");
    connection.client.heldPrivileges = async () => new Map();
    expect(await message()).toMatch(
      /can't be told: System.View and System.Read on \/ .* isn't granted.*delete-without-base=/,
    );
  });

  describe('whose object is gone', () => {
    const ofOurs = (cluster: string) => ({
      name: 'web-02',
      'config.instanceUuid': 'uid-web-2',
      [MARKER_PATH]: formatMarker({ ...MARKER, cluster, uid: 'uid-web-2', instanceUuid: 'uid-web-2' }),
      'config.hardware.device': [disk(2000, chain('[ds] web-02/web-02.vmdk', '[ds] win/win.vmdk'))],
    });
    const pin = {
      moRef: 'vm-1',
      instanceUuid: 'vm-uuid',
      name: 'win',
      snapshot: { moRef: 'snapshot-1', id: 1, createTime: CREATED },
    };

    it('is not held by our other clones: they may all be on their way out', async () => {
      expect(await reasonOn({ vms: { 'vm-10': victim(), 'vm-11': ofOurs('cluster-1') }, base: null })).toBe(
        'BaseNotRegistered',
      );
      expect(await reasonOn({ vms: { 'vm-10': victim(), 'vm-11': ofOurs('cluster-2') }, base: null })).toBe(
        'poweredOff',
      );
    });

    it('is held by nobody when a machine that holds the files hides its marker', async () => {
      const vms = { 'vm-10': victim(), 'vm-11': ofOurs('cluster-2') };
      expect(await reasonOn({ vms, base: null, hidden: { 'vm-11': [MARKER_PATH] } })).toBe('BaseNotRegistered');
    });

    it.each<[string, Stage['vms'], string]>([
      ['is there', FINE.vms, 'poweredOff'],
      ['is registered again under another reference', { 'vm-10': victim(), 'vm-77': source() }, 'poweredOff'],
      ['is not registered', { 'vm-10': victim() }, 'BaseNotRegistered'],
      [
        "is not registered, while somebody's clone holds its files",
        { 'vm-10': victim(), 'vm-11': ofOurs('cluster-2') },
        'BaseNotRegistered',
      ],
    ])('is judged by what the clone was made of, which %s', async (_, vms, expected) => {
      expect(await reasonOn({ vms, base: null, clone: deletedClone({}, { source: pin }) })).toBe(expected);
    });
  });

  it('pinned to another snapshot than the one that is there is looked for by its files', async () => {
    const base = baseSnapshot({ uid: 'uid-win', status: pinned({ id: 9 }) });
    expect(await reasonOn({ ...FINE, base })).toBe('poweredOff');
  });
});
