// Which host gets a clone: only one that may have it, the least loaded of them, and a reason in words where there is none.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HostState } from '../../../../src/controllers/vcenter/host-choice.ts';
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
    datastores: [REFS.ds1, REFS.ds2],
    ...fields,
  };
}

function choose(hosts: readonly HostState[], pool = REFS.labPool, datastore = REFS.ds1) {
  const known = new Map(hosts.map((each) => [moRefKey(each.ref), each]));
  const { hosts: fit, reason } = candidateHosts(tree(), known, pool, datastore);
  return { fit: fit.map((each) => each.name), reason };
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
    ['without the datastore', { datastores: [REFS.ds2] }],
  ])('leave out one that is %s', (_, fields) => {
    expect(choose([host('host-1', fields), host('host-2')]).fit).toEqual(['esx-2']);
  });

  it('say why there is none: no host is up', () => {
    const down = [host('host-1', { connected: false }), host('host-2', { inMaintenance: true })];
    expect(choose(down)).toEqual({
      fit: [],
      reason: 'no host of /DC0/host/C0 is connected and out of maintenance mode (esx-1, esx-2)',
    });
  });

  it('say why there is none: none sees the datastore', () => {
    expect(choose([host('host-1', { datastores: [REFS.ds2] })])).toEqual({
      fit: [],
      reason: 'no connected host of /DC0/host/C0 sees datastore "ds-1"',
    });
  });

  it('say why there is none: the pool is of no cluster', () => {
    expect(choose([host('host-1')], REFS.loosePool)).toEqual({
      fit: [],
      reason: 'resource pool resgroup-9 belongs to no cluster',
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
