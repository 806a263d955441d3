// Which host gets a clone: only one that may have it, the least loaded of them, and a reason in words where there is none.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Destination, HostState } from '../../../../src/controllers/vcenter/host-choice.ts';
import { candidateHosts, hostState, leastLoaded } from '../../../../src/controllers/vcenter/host-choice.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { REFS, tree } from '../support/inventory.ts';
import { ref } from '../support/vm.ts';

function host(value: string, fields: Partial<HostState> = {}): HostState {
  return {
    ref: ref(value, 'HostSystem'),
    name: value.replace('host', 'esx'),
    connected: true,
    inMaintenance: false,
    inStandby: false,
    datastores: [REFS.ds1, REFS.ds2],
    ...fields,
  };
}

function choose(hosts: readonly HostState[], destination: Partial<Destination> = {}) {
  const known = new Map(hosts.map((each) => [moRefKey(each.ref), each]));
  const where = {
    pool: REFS.labPool,
    datastore: REFS.ds1,
    baseDatastores: [REFS.ds1],
    host: undefined,
    ...destination,
  };
  const { hosts: fit, problem, isInvalid } = candidateHosts(tree(), known, where);
  return { fit: fit.map((each) => each.name), problem, isInvalid };
}

describe('hostState', () => {
  it('reads connection, maintenance and datastores', () => {
    const properties = {
      name: 'esx-1',
      'runtime.connectionState': 'connected',
      'runtime.inMaintenanceMode': false,
      datastore: [REFS.ds1],
    };
    expect(hostState(REFS.host1, properties)).toEqual(host('host-1', { datastores: [REFS.ds1] }));
  });

  it.each(['disconnected', 'notResponding', undefined])('takes the state %s for not connected', (connection) => {
    expect(hostState(REFS.host1, { 'runtime.connectionState': connection }).connected).toBe(false);
  });

  it.each([
    ['in', true],
    ['entering', true],
    ['exiting', true],
    ['none', false],
    [undefined, false],
  ])('takes the mode %s for standby: %s', (standbyMode, expected) => {
    expect(hostState(REFS.host1, { 'runtime.standbyMode': standbyMode }).inStandby).toBe(expected);
  });

  it('calls a host without a name by its reference, and gives it no datastores', () => {
    expect(hostState(REFS.host1, {})).toMatchObject({ name: 'host-1', datastores: [], inMaintenance: false });
  });
});

describe('candidateHosts', () => {
  it('are the connected hosts of the pool, out of maintenance, that see the datastore', () => {
    const elsewhere = host('host-9'); // of no cluster here
    expect(choose([host('host-1'), host('host-2'), elsewhere]).fit).toEqual(['esx-1', 'esx-2']);
  });

  it.each([
    ['not connected', { connected: false }],
    ['in maintenance mode', { inMaintenance: true }],
    ['in standby mode', { inStandby: true }],
    ['without the datastore', { datastores: [REFS.ds2] }],
  ])('leave out one that is %s', (_, fields) => {
    expect(choose([host('host-1', fields), host('host-2')]).fit).toEqual(['esx-2']);
  });

  it('say why there is none: no host is up', () => {
    const down = [host('host-1', { connected: false }), host('host-2', { inMaintenance: true })];
    expect(choose(down)).toEqual({
      fit: [],
      problem: 'no host of /DC0/host/C0 is connected and out of maintenance and standby mode ("esx-1", "esx-2")',
      isInvalid: false,
    });
  });

  it('say why there is none: none sees the datastore', () => {
    expect(choose([host('host-1', { datastores: [REFS.ds2] })])).toEqual({
      fit: [],
      problem:
        'no connected host of /DC0/host/C0 sees datastore "ds-1": mount it on one, or choose another datastore or cluster',
      isInvalid: false,
    });
  });

  it('say why there is none: the pool is of no cluster', () => {
    expect(choose([host('host-1')], { pool: REFS.loosePool })).toEqual({
      fit: [],
      problem: 'resource pool resgroup-9 belongs to no cluster: choose another',
      isInvalid: false,
    });
  });
});

describe("another datastore than the base's", () => {
  const [both, onlyBase, onlyTarget] = [
    host('host-1'),
    host('host-2', { datastores: [REFS.ds1] }),
    host('host-3', { datastores: [REFS.ds2] }),
  ];
  const moved = { datastore: REFS.ds2 };

  it('goes where every host that may run the clone sees both', () => {
    expect(choose([both, onlyBase], moved).fit).toEqual(['esx-1']);
  });

  it.each<[string, Partial<HostState>]>([
    ['is not connected', { connected: false }],
    ['is in maintenance mode', { inMaintenance: true }],
  ])('does not ask a host that %s', (_, fields) => {
    expect(choose([both, host('host-3', { datastores: [REFS.ds2], ...fields })], moved).fit).toEqual(['esx-1']);
  });

  it('is refused with host, datastore and what to do where one sees only the new one', () => {
    expect(choose([both, onlyTarget], moved)).toEqual({
      fit: [],
      problem:
        'the base is on datastore "ds-1" and the clone would be on "ds-2", so every host that may run it must see both, and of /DC0/host/C0 "esx-3" doesn\'t see "ds-1": mount it there, or choose another datastore or cluster',
      isInvalid: true,
    });
  });

  it('is what a base on two datastores means for one of its disks', () => {
    const twofold = { baseDatastores: [REFS.ds1, REFS.ds2] };
    expect(choose([both], twofold).fit).toEqual(['esx-1']);
    expect(choose([both, onlyBase], twofold)).toMatchObject({
      fit: [],
      problem: expect.stringContaining('"esx-2" doesn\'t see "ds-2"'),
      isInvalid: true,
    });
  });
});

describe('a host that the spec names', () => {
  const named = { host: REFS.host1 };

  it('is the only candidate', () => {
    expect(choose([host('host-1'), host('host-2')], named).fit).toEqual(['esx-1']);
  });

  it('is refused where it belongs to another cluster', () => {
    expect(choose([host('host-2'), host('host-3')], { host: ref('host-9', 'HostSystem') })).toEqual({
      fit: [],
      problem:
        'host "host-9" of placement.host isn\'t a host of /DC0/host/C0 ("esx-2", "esx-3"), where the resource pool is: name one of these, or another resource pool or cluster',
      isInvalid: true,
    });
  });

  it.each<[string, Partial<HostState>]>([
    ["isn't connected", { connected: false }],
    ['is in maintenance mode', { inMaintenance: true }],
  ])('is waited for while it %s', (text, fields) => {
    expect(choose([host('host-1', fields), host('host-2')], named)).toEqual({
      fit: [],
      problem: `host "esx-1" of placement.host ${text}: it's waited for; or name another host, or none`,
      isInvalid: false,
    });
  });

  it('is refused where it does not see the datastore', () => {
    expect(choose([host('host-1', { datastores: [] }), host('host-2')], named)).toEqual({
      fit: [],
      problem:
        'host "esx-1" of placement.host doesn\'t see datastore "ds-1": mount it there, or name another host or datastore',
      isInvalid: true,
    });
  });
});

describe('leastLoaded', () => {
  it('takes the fewest operations, and of equals the first by name', () => {
    const hosts = [host('host-3'), host('host-1'), host('host-2')];
    const load = new Map([
      ['host-1', 2],
      ['host-2', 1],
      ['host-3', 1],
    ]);
    expect(leastLoaded(hosts, (each) => load.get(each.ref.value) ?? 0)?.name).toBe('esx-2');
    expect(leastLoaded([], () => 0)).toBeUndefined();
  });

  it('never takes one with more than the least, whatever the order, and leaves the list as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(16), { minLength: 1, maxLength: 8 }), (loads) => {
        const hosts = Object.freeze(loads.map((_, index) => host(`host-${index}`)));
        const load = (each: HostState): number => loads[hosts.indexOf(each)] ?? 0;
        const chosen = leastLoaded(hosts, load);
        expect(chosen === undefined ? -1 : load(chosen)).toBe(Math.min(...loads));
      }),
    );
  });
});
