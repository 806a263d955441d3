// The cache: what listeners are told, that objects can't be changed, how far scopes have come.
import { describe, expect, it } from '@jest/globals';
import { Store } from '../../../src/kube/store.ts';
import type { StoreOptions } from '../../../src/kube/store.ts';
import { widget } from './support/objects.ts';
import type { Widget } from './support/objects.ts';

interface Watched {
  store: Store<Widget>;
  /** "+a@uid-a", "-a@uid-a", "~a@uid-a". */
  changes: string[];
  errors: unknown[];
}

function setUp(options: Partial<StoreOptions<Widget>> = {}): Watched {
  const errors: unknown[] = [];
  const store = new Store<Widget>({ onListenerError: (error) => errors.push(error), ...options });
  const changes: string[] = [];
  store.onChange((change) => {
    const sign = change.old === undefined ? '+' : change.new === undefined ? '-' : '~';
    changes.push(`${sign}${change.key.name}@${(change.new ?? change.old)?.metadata.uid}`);
  });
  return { store, changes, errors };
}

function list(store: Store<Widget>, version: number, objects: Widget[], scope = ''): void {
  store.replace(
    scope,
    objects.map((object) => store.ingest(object)),
    String(version),
    0,
  );
}

const KEY_A = { namespace: 'ns', name: 'a' };

describe('Store', () => {
  it('reports what a list changed, and nothing for what stayed the same', () => {
    const { store, changes } = setUp();
    list(store, 10, [widget('a', 1), widget('b', 2), widget('c', 3)]);
    changes.length = 0;
    const kept = store.get(KEY_A);
    list(store, 20, [widget('a', 1), widget('b', 12), widget('d', 13)]);
    expect(changes).toEqual(['-c@uid-c', '~b@uid-b', '+d@uid-d']);
    expect(store.get(KEY_A)).toBe(kept);
    expect(store.list().map((object) => object.metadata.name)).toEqual(['a', 'b', 'd']);
  });

  it('reports an object that was recreated unobserved as a delete and an add', () => {
    const { store, changes } = setUp();
    list(store, 10, [widget('a', 1, { uid: 'first' })]);
    list(store, 20, [widget('a', 15, { uid: 'second' })]);
    store.apply('', 'MODIFIED', widget('a', 21, { uid: 'third' }));
    expect(changes).toEqual(['+a@first', '-a@first', '+a@second', '-a@second', '+a@third']);
  });

  it('is not fooled by a version that a restored cluster gave to another object', () => {
    const { store, changes } = setUp();
    list(store, 10, [widget('a', 7, { uid: 'first' })]);
    list(store, 9, [widget('a', 7, { uid: 'second' })]);
    expect(changes).toEqual(['+a@first', '-a@first', '+a@second']);
  });

  it('takes the object that a restored cluster has at a version that it had before, too', () => {
    const { store, changes } = setUp();
    list(store, 10, [widget('a', 9, { spec: { size: 1 } })]);
    list(store, 8, [widget('a', 7, { spec: { size: 0 } })]);
    list(store, 12, [widget('a', 11, { spec: { size: 2 } })]);
    list(store, 11, [widget('a', 11, { spec: { size: 3 } })]);
    expect(store.get(KEY_A)?.spec.size).toBe(3);
    expect(changes).toEqual(['+a@uid-a', '~a@uid-a', '~a@uid-a', '~a@uid-a']);
  });

  it('is left as it was by a list without a version', () => {
    const { store, changes } = setUp();
    list(store, 10, [widget('a', 1)]);
    expect(() => store.replace('', [store.ingest(widget('b', 2))], 'none', 0)).toThrow(SyntaxError);
    list(store, 11, [widget('b', 2)]);
    expect(changes).toEqual(['+a@uid-a', '-a@uid-a', '+b@uid-b']);
  });

  it('has changed before listeners are called', () => {
    const { store } = setUp();
    const sizes: number[] = [];
    store.onChange(() => sizes.push(store.size));
    list(store, 10, [widget('a', 1), widget('b', 2)]);
    expect(sizes).toEqual([2, 2]);
  });

  it('reports a listener that throws and calls the others', () => {
    const { store, errors } = setUp();
    const seen: string[] = [];
    store.onChange(() => {
      throw new Error('broken listener');
    });
    store.onChange((change) => seen.push(change.key.name));
    store.apply('', 'ADDED', widget('a', 1));
    expect(errors).toHaveLength(1);
    expect(seen).toEqual(['a']);
    expect(store.resourceVersion).toBe('1');
  });

  it('keeps objects frozen, without managedFields, and projected', () => {
    const { store } = setUp({ project: (object) => ({ ...object, spec: {} }) });
    const raw = widget('a', 1, { spec: { size: 3 } });
    Object.assign(raw.metadata, { managedFields: [{ manager: 'x' }] });
    store.apply('', 'ADDED', store.ingest(raw));
    const kept = store.get(KEY_A);
    expect(kept?.spec).toEqual({});
    expect(JSON.stringify(kept)).not.toContain('managedFields');
    expect(() => Object.assign(kept?.metadata ?? {}, { name: 'other' })).toThrow(TypeError);
    expect(Object.isFrozen(kept?.spec)).toBe(true);
  });

  it('moves forward by events and bookmarks, and back only by a list', () => {
    const { store } = setUp();
    list(store, 10, []);
    store.advance('', '9');
    expect(store.resourceVersion).toBe('10');
    store.advance('', '12345678901234567890');
    store.apply('', 'ADDED', widget('a', 11));
    expect(store.resourceVersion).toBe('12345678901234567890');
    list(store, 5, []);
    expect(store.resourceVersion).toBe('5');
  });

  it('is synced when every scope was listed, and knows how far each has come', () => {
    const { store, changes } = setUp();
    store.addScope('one');
    store.addScope('two');
    expect(store.synced).toBe(false);
    list(store, 10, [widget('a', 1, { namespace: 'one' })], 'one');
    expect(store.synced).toBe(false);
    list(store, 20, [widget('a', 2, { namespace: 'two' })], 'two');
    expect(store.synced).toBe(true);
    expect([store.progressOf('one'), store.progressOf('two'), store.resourceVersion]).toEqual([10n, 20n, '20']);
    changes.length = 0;
    list(store, 30, [], 'one');
    expect(changes).toEqual(['-a@uid-a']);
    expect(store.list('two')).toHaveLength(1);
  });

  it('keeps indexes up to date', () => {
    const { store, errors } = setUp();
    list(store, 10, [widget('a', 1, { spec: { size: 1 } })]);
    store.addIndex('size', (object) => {
      if (object.spec.size === 13) throw new Error('unlucky');
      return object.spec.size === undefined ? [] : [String(object.spec.size), 'any'];
    });
    store.apply('', 'ADDED', widget('b', 11, { spec: { size: 1 } }));
    const names = (value: string): string[] => store.byIndex('size', value).map((object) => object.metadata.name);
    expect([names('1'), names('any')]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    store.apply('', 'MODIFIED', widget('a', 12, { spec: { size: 2 } }));
    expect([names('1'), names('2')]).toEqual([['b'], ['a']]);
    store.apply('', 'DELETED', widget('b', 13, { spec: { size: 1 } }));
    store.apply('', 'MODIFIED', widget('a', 14, {}));
    expect([names('1'), names('2'), names('any')]).toEqual([[], [], []]);
    store.apply('', 'ADDED', widget('c', 15, { spec: { size: 13 } }));
    expect(errors).toHaveLength(1);
    expect(store.get({ namespace: 'ns', name: 'c' })).toBeDefined();
    expect(() => store.byIndex('unknown', 'x')).toThrow('no index');
    expect(() => store.addIndex('size', () => [])).toThrow('exists');
  });

  it('waits for a condition, and stops waiting with the signal', async () => {
    const { store } = setUp();
    const arrived = store.waitUntil(() => store.get(KEY_A) !== undefined);
    const abort = new AbortController();
    const never = store.waitUntil(() => false, abort.signal);
    store.apply('', 'ADDED', widget('a', 1));
    await arrived;
    abort.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
    await expect(store.waitUntil(() => true, abort.signal)).rejects.toThrow('enough');
  });
});
