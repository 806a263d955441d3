// Whose change wakes whom: bases that wait for their last dependent to go hear of every way in which it can.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { addIndexes, wakeOnChange } from '../../../src/controllers/indexes.ts';
import type { Stores } from '../../../src/controllers/shared/runtime.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { Store } from '../../../src/kube/store.ts';
import { baseSnapshot, condition, linkedCloneSet, pinned } from './support/objects.ts';

let stores: Stores;
let woken: string[];
let wokenSets: string[];

function store<T extends KubeObject>(): Store<T> {
  return new Store<T>({
    onListenerError: (error) => {
      throw error;
    },
  });
}

function put<T extends KubeObject>(into: Store<T>, version: number, ...objects: T[]): void {
  const ingested = objects.map((object) =>
    into.ingest({ ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } }),
  );
  into.replace('', ingested, `${version}`, 0);
}

beforeEach(() => {
  stores = { vCenters: store(), bases: store(), clones: store(), sets: store(), namespaces: store() };
  woken = [];
  wokenSets = [];
  addIndexes(stores);
  wakeOnChange(stores, {
    vCenter: () => undefined,
    base: ({ name }) => woken.push(name),
    clone: () => undefined,
    set: ({ name }) => wokenSets.push(name),
  });
});

function setOn(base: string, generation: number) {
  const set = linkedCloneSet({ template: { baseSnapshotRef: { name: base } } });
  return { ...set, metadata: { ...set.metadata, generation } };
}

describe('a base that waits for its dependents', () => {
  it('is woken when a set moves to another base, as that one is', () => {
    put(stores.sets, 1, setOn('old', 1));
    woken = [];
    put(stores.sets, 2, setOn('new', 2));
    expect(woken.toSorted()).toEqual(['new', 'old']);
  });

  it('is woken when a set goes, or is on its way', () => {
    put(stores.sets, 1, setOn('old', 1));
    woken = [];
    const set = setOn('old', 1);
    put(stores.sets, 2, { ...set, metadata: { ...set.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(woken).toEqual(['old']);
    put(stores.sets, 3);
    expect(woken).toEqual(['old', 'old']);
  });

  it('is woken when another base of its source goes or is pinned anew, and no base of another source is', () => {
    const first = baseSnapshot({ name: 'first', status: pinned() });
    const second = baseSnapshot({ name: 'second', status: pinned() });
    const stranger = baseSnapshot({ name: 'stranger', status: pinned({ vm: 'another-uuid' }) });
    put(stores.bases, 1, first, second, stranger);
    woken = [];
    put(stores.bases, 2, first, stranger); // all have a new version, so each is woken for itself
    expect(woken.toSorted()).toEqual(['first', 'first', 'second', 'stranger']);
    put(stores.bases, 3, first, second, stranger);
    woken = [];
    put(stores.bases, 4, first, { ...second, status: pinned({ moRef: 'snapshot-2' }) }, stranger);
    expect(woken.filter((name) => name === 'stranger')).toHaveLength(1);
    expect(woken.filter((name) => name === 'first')).toHaveLength(2);
  });
});

it('a set hears that its base needs a person, and that a person has acted, though the message is the same', () => {
  const said = (type: string, generation: number, observedGeneration: number) => {
    const conditions = [condition('Ready', 'False', 'SourceNotFound'), condition(type, 'True', 'SourceNotFound')];
    const base = baseSnapshot({ name: 'old', status: { observedGeneration, conditions } });
    return { ...base, metadata: { ...base.metadata, generation } };
  };
  put(stores.sets, 1, setOn('old', 1));
  put(stores.bases, 1, said('Reconciling', 1, 1));
  for (const [version, base] of [said('Stalled', 1, 1), said('Stalled', 2, 1), said('Stalled', 2, 2)].entries()) {
    wokenSets = [];
    put(stores.bases, version + 2, base);
    expect(wokenSets).toHaveLength(1);
  }
  wokenSets = [];
  put(stores.bases, 9, said('Stalled', 2, 2));
  expect(wokenSets).toEqual([]);
});
