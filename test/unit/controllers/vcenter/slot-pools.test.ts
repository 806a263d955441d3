// The slots of one vCenter: every limit holds under random sequences, hosts are chosen by the load of the moment, and a
// snapshot operation has its source alone, waits for no more than the clones that run, and is forgotten when it's let go.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leastLoaded } from '../../../../src/controllers/vcenter/host-choice.ts';
import { DEFAULT_LIMITS, SlotPools } from '../../../../src/controllers/vcenter/slot-pools.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { ref } from '../support/vm.ts';

const HOSTS = ['host-1', 'host-2', 'host-3'].map((value) => ({
  ref: ref(value, 'HostSystem'),
  name: value,
  connected: true,
  inMaintenance: false,
  inStandby: false,
  datastores: [],
}));

interface Rig {
  readonly pools: SlotPools;
  /** Destination hosts by id, of clones that hold a slot. */
  readonly running: Map<string, string>;
  readonly clone: (
    id: string,
    source?: string,
    fields?: { group?: string; sourceHost?: string; groupLimit?: number },
  ) => boolean;
  readonly snapshot: (id: string, source?: string) => boolean;
  readonly snapshots: string[];
}

function rig(limits = DEFAULT_LIMITS): Rig {
  const pools = new SlotPools();
  pools.limits = limits;
  const running = new Map<string, string>();
  const snapshots: string[] = [];
  return {
    pools,
    running,
    snapshots,
    clone: (id, source = 'vm-1', { group = 'set', sourceHost = 'host-1', groupLimit = Infinity } = {}) =>
      pools.requestClone({
        id,
        group,
        source: ref(source),
        sourceHost: () => ref(sourceHost, 'HostSystem'),
        groupLimit: () => groupLimit,
        chooseHost: (load) => leastLoaded(HOSTS, (host) => load(host.ref))?.ref,
        granted: (host: MoRef) => running.set(id, host.value),
      }),
    snapshot: (id, source = 'vm-1') => pools.requestSnapshot(id, ref(source), () => snapshots.push(id)),
  };
}

function many(count: number, ask: (n: number) => boolean): boolean[] {
  return Array.from({ length: count }, (_, n) => ask(n));
}

describe('clone slots', () => {
  it('are at most eight a source host, spread over the destination hosts', () => {
    const { clone, running, pools } = rig();
    expect(many(10, (n) => clone(`c-${n}`)).filter(Boolean)).toHaveLength(8);
    const on = (host: string): number => [...running.values()].filter((value) => value === host).length;
    // each clone costs its source host one unit, so that host gets the fewest
    expect([on('host-1'), on('host-2'), on('host-3')]).toEqual([1, 4, 3]);
    pools.release('clone', 'c-0');
    expect(running.has('c-8')).toBe(true);
  });

  it('are at most twenty of a vCenter and the maxConcurrent of a set', () => {
    const { clone, pools } = rig();
    const fromThree = many(30, (n) => clone(`c-${n}`, `vm-${n % 3}`, { sourceHost: `host-${(n % 3) + 1}` }));
    expect(fromThree.filter(Boolean)).toHaveLength(20);
    const small = rig();
    expect(many(5, (n) => small.clone(`c-${n}`, 'vm-1', { groupLimit: 2 })).filter(Boolean)).toHaveLength(2);
    expect(pools.clone.waiting).toBe(10);
  });

  it('choose a host only for those that could go: many clones without a set wait for one source host', () => {
    const { pools } = rig();
    let choices = 0;
    const ask = (id: string): boolean =>
      pools.requestClone({
        id,
        group: id,
        source: ref('vm-1'),
        sourceHost: () => ref('host-1', 'HostSystem'),
        groupLimit: () => Infinity,
        chooseHost: (load) => {
          choices += 1;
          return leastLoaded(HOSTS, (host) => load(host.ref))?.ref;
        },
        granted: () => undefined,
      });
    expect(many(200, (n) => ask(`c-${n}`)).filter(Boolean)).toHaveLength(8);
    expect(choices).toBe(8);
    pools.release('clone', 'c-0');
    expect(choices).toBe(9);
  });

  it('wait while no host may take a clone', () => {
    const { pools } = rig();
    const free: MoRef[] = [];
    const granted: MoRef[] = [];
    const request = {
      id: 'c',
      group: 'set',
      source: ref('vm-1'),
      sourceHost: () => undefined,
      groupLimit: () => Infinity,
      chooseHost: () => free[0],
      granted: (chosen: MoRef) => granted.push(chosen),
    };
    expect(pools.requestClone(request)).toBe(false);
    free.push(ref('host-2', 'HostSystem'));
    pools.clone.pump();
    expect(granted).toEqual(free);
  });

  it('are limited by what the set and the source say at the turn of each, not when it asked', () => {
    const pools = new SlotPools();
    const now: { most: number; host?: MoRef } = { most: 1 };
    const granted: string[] = [];
    for (let n = 0; n < 12; n += 1)
      pools.requestClone({
        id: `c-${n}`,
        group: 'set',
        source: ref('vm-1'),
        sourceHost: () => now.host,
        groupLimit: () => now.most,
        chooseHost: () => ref('host-2', 'HostSystem'),
        granted: () => granted.push(`c-${n}`),
      });
    expect(granted).toEqual(['c-0']);
    Object.assign(now, { host: ref('host-1', 'HostSystem'), most: 12 });
    pools.clone.pump();
    expect(granted).toHaveLength(9); // one from when its host wasn't known, and eight on it
  });

  it('count a clone task that was found running', () => {
    const { clone, pools } = rig();
    for (let n = 0; n < 8; n += 1) pools.adoptClone(`task/${n}`, ref('vm-1'), ref('host-1', 'HostSystem'));
    expect(clone('c')).toBe(false);
    pools.release('clone', 'task/0');
    expect(pools.clone.holds('c')).toBe(true);
  });
});

describe('a snapshot operation', () => {
  it('waits for the clones of its source that run, and lets no new one of it begin meanwhile', () => {
    const { clone, snapshot, pools, snapshots } = rig();
    clone('c-1');
    expect(snapshot('s')).toBe(false);
    expect(clone('c-2')).toBe(false);
    expect(clone('other', 'vm-2')).toBe(true);
    pools.release('clone', 'c-1');
    expect(snapshots).toEqual(['s']);
    expect(pools.clone.holds('c-2')).toBe(false);
    pools.release('snapshot', 's');
    expect(pools.clone.holds('c-2')).toBe(true);
  });

  it('is alone on its source, beside those of other sources', () => {
    const { snapshot, pools, snapshots } = rig();
    expect([snapshot('a'), snapshot('b'), snapshot('c', 'vm-2')]).toEqual([true, false, true]);
    pools.release('snapshot', 'a');
    expect(snapshots).toEqual(['a', 'c', 'b']);
  });

  it('waits for a clone task that was found running', () => {
    const { snapshot, pools } = rig();
    pools.adoptClone('task/1', ref('vm-1'), undefined);
    expect(snapshot('s')).toBe(false);
    pools.release('clone', 'task/1');
    expect(pools.snapshot.holds('s')).toBe(true);
  });

  it('that is let go while it waits blocks nothing any more', () => {
    const { clone, snapshot, pools } = rig();
    clone('c-1');
    snapshot('s');
    clone('c-2');
    pools.release('snapshot', 's');
    expect(pools.clone.holds('c-2')).toBe(true);
    pools.release('clone', 'c-1');
    pools.release('clone', 'c-2');
    expect(clone('c-3')).toBe(true);
  });

  it('asked for again and again counts once', () => {
    const { clone, snapshot, pools } = rig();
    clone('c-1');
    for (let n = 0; n < 3; n += 1) expect(snapshot('s')).toBe(false);
    pools.release('clone', 'c-1');
    expect(snapshot('s')).toBe(true);
    pools.release('snapshot', 's');
    expect(clone('c-2')).toBe(true);
  });

  it('that turns to another source has that one alone, and leaves the first', () => {
    const { clone, snapshot, pools } = rig();
    clone('c-1');
    clone('c-2', 'vm-2');
    snapshot('s', 'vm-1');
    snapshot('s', 'vm-2'); // the spec was edited while it waited
    expect(clone('c-3', 'vm-1')).toBe(true);
    expect(clone('c-4', 'vm-2')).toBe(false);
    pools.release('clone', 'c-2');
    expect(pools.snapshot.holds('s')).toBe(true);
  });
});

describe('power and delete slots', () => {
  it('have limits of their own', () => {
    const { pools } = rig({ ...DEFAULT_LIMITS, powerOps: 2, deletes: 1 });
    const power = many(3, (n) => pools.requestPower(`p-${n}`, 'set', () => undefined));
    const deletes = many(2, (n) => pools.requestDelete(`d-${n}`, 'set', () => undefined));
    expect([power, deletes]).toEqual([
      [true, true, false],
      [true, false],
    ]);
  });

  it('are refilled when a limit is raised', () => {
    const { pools } = rig({ ...DEFAULT_LIMITS, deletes: 1 });
    const granted: string[] = [];
    for (const id of ['a', 'b', 'c']) pools.requestDelete(id, 'set', () => granted.push(id));
    pools.limits = { ...pools.limits, deletes: 3 };
    pools.delete.pump();
    expect(granted).toEqual(['a', 'b', 'c']);
  });
});

describe('any sequence of clones and snapshot operations', () => {
  const LIMITS = { clonesPerSourceHost: 3, clones: 6, powerOps: 1, snapshotOps: 2, deletes: 1 };
  const step = fc.record({
    what: fc.constantFrom('clone', 'clone', 'clone', 'snapshot', 'endClone', 'endClone', 'endSnapshot'),
    id: fc.nat(9),
    source: fc.nat(2),
  });

  /** A VM is on one host: the source's number is its host's. */
  function play(
    steps: readonly { what: string; id: number; source: number }[],
    check: (rig: Rig, sources: Map<string, number>) => void,
  ): void {
    const all = rig(LIMITS);
    const sources = new Map<string, number>();
    for (const { what, id, source } of steps) {
      const name = `${what.endsWith('napshot') ? 's' : 'c'}-${id}`;
      const before = new Set([...sources].filter(([held]) => all.pools.clone.holds(held)).map(([held]) => held));
      const { snapshot } = all.pools;
      const waiting = [...sources].filter(([of]) => snapshot.knows(of) && !snapshot.holds(of)).map(([, at]) => at);
      if (what === 'clone' && !sources.has(name)) {
        sources.set(name, source);
        all.clone(name, `vm-${source}`, { sourceHost: `host-${source + 1}`, group: `set-${id % 3}`, groupLimit: 3 });
        const started = [...sources].filter(([held]) => all.pools.clone.holds(held) && !before.has(held));
        for (const [, at] of started) expect(waiting).not.toContain(at);
      } else if (what === 'snapshot' && !sources.has(name)) {
        sources.set(name, source);
        all.snapshot(name, `vm-${source}`);
      } else if (what.startsWith('end')) {
        all.running.delete(name);
        sources.delete(name);
        all.pools.release(what === 'endClone' ? 'clone' : 'snapshot', name);
      }
      check(all, sources);
    }
  }

  it('keeps every limit and the source of a snapshot operation to itself', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        play(steps, ({ pools, running }, sources) => {
          const held = [...sources].filter(([id]) => pools.clone.holds(id));
          const snapshots = [...sources].filter(([id]) => pools.snapshot.holds(id));
          expect(held.length).toBeLessThanOrEqual(LIMITS.clones);
          expect(snapshots.length).toBeLessThanOrEqual(LIMITS.snapshotOps);
          for (const at of [0, 1, 2]) {
            const clones = held.filter(([, source]) => source === at).length;
            const exclusive = snapshots.filter(([, source]) => source === at).length;
            expect(clones).toBeLessThanOrEqual(LIMITS.clonesPerSourceHost);
            expect(exclusive).toBeLessThanOrEqual(clones > 0 ? 0 : 1);
            expect(pools.clone.heldBy(`set-${at}`)).toBeLessThanOrEqual(3);
          }
          for (const id of running.keys()) expect(pools.clone.holds(id)).toBe(true);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('leaves nothing taken and nothing blocked when all has ended', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let last: Rig | undefined;
        play(steps, (each) => {
          last = each;
        });
        if (last === undefined) return;
        const { pools, clone } = last;
        for (let id = 0; id < 10; id += 1) {
          pools.release('clone', `c-${id}`);
          pools.release('snapshot', `s-${id}`);
        }
        expect([pools.clone.inFlight, pools.clone.waiting, pools.snapshot.inFlight, pools.snapshot.waiting]).toEqual([
          0, 0, 0, 0,
        ]);
        for (const at of [0, 1, 2]) expect(clone(`after-${at}`, `vm-${at}`)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the cost units of a host', () => {
  it('are never more than sixteen, source and destination counted', () => {
    const limits = { ...DEFAULT_LIMITS, clonesPerSourceHost: 40, clones: 60 };
    const where = fc.array(fc.record({ from: fc.nat(2), to: fc.nat(2) }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(where, (moves) => {
        const { pools } = rig(limits);
        const units = [0, 0, 0];
        moves.forEach(({ from, to }, n) => {
          pools.requestClone({
            id: `c-${n}`,
            group: `g-${n}`,
            source: ref(`vm-${from}`),
            sourceHost: () => HOSTS[from]?.ref,
            groupLimit: () => Infinity,
            chooseHost: () => HOSTS[to]?.ref,
            granted: () => {
              units[from] = (units[from] ?? 0) + 1;
              units[to] = (units[to] ?? 0) + 1;
            },
          });
        });
        expect(Math.max(...units)).toBeLessThanOrEqual(16);
      }),
      { numRuns: 100 },
    );
  });
});
