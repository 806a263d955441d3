// The gate against a real store: what holds a key, what lets it go, and when it gives up waiting.
import { describe, expect, it } from '@jest/globals';
import { Store } from '../../../src/kube/store.ts';
import { WriteGate } from '../../../src/kube/write-gate.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { widget } from './support/objects.ts';
import type { Widget } from './support/objects.ts';

const A = { namespace: 'ns', name: 'a' };
const B = { namespace: 'ns', name: 'b' };

function setUp(): { clock: FakeClock; store: Store<Widget>; gate: WriteGate; released: string[] } {
  const clock = new FakeClock();
  const store = new Store<Widget>({
    onListenerError: (error) => {
      throw error;
    },
  });
  const gate = new WriteGate({ store, clock });
  const released: string[] = [];
  gate.onRelease((key) => released.push(`${key.name} ${gate.state(key)}`));
  store.replace('', [], '100', clock.monotonic());
  return { clock, store, gate, released };
}

describe('WriteGate', () => {
  it('holds a key until the cache has seen its own write', () => {
    const { store, gate, released } = setUp();
    gate.record(A, '105');
    expect(gate.pending(A)).toBe(true);
    store.apply('', 'ADDED', widget('a', 104));
    expect(gate.pending(A)).toBe(true);
    store.apply('', 'MODIFIED', widget('a', 105));
    expect(gate.state(A)).toBe('open');
    expect(released).toEqual(['a open']);
  });

  const openers: { name: string; act: (store: Store<Widget>) => void }[] = [
    { name: 'a later event of another object', act: (store) => store.apply('', 'ADDED', widget('z', 106)) },
    { name: 'a bookmark', act: (store) => store.advance('', '106') },
    { name: 'the deletion of the object', act: (store) => store.apply('', 'DELETED', widget('a', 106)) },
  ];
  it.each(openers)('is opened by $name', ({ act }) => {
    const { store, gate } = setUp();
    gate.record(A, '105');
    act(store);
    expect(gate.state(A)).toBe('open');
  });

  it('does not hold what the cache has already', () => {
    const { store, gate, clock } = setUp();
    store.apply('', 'ADDED', widget('a', 105));
    gate.record(A, '105');
    expect(gate.state(A)).toBe('open');
    expect(clock.pending).toBe(0);
  });

  it('waits for the last of several writes, compared as numbers', () => {
    const { store, gate, released } = setUp();
    gate.record(A, '999');
    gate.record(A, '1000');
    gate.record(A, '998');
    gate.record(B, '1001');
    store.advance('', '999');
    expect([gate.state(A), gate.state(B)]).toEqual(['pending', 'pending']);
    store.advance('', '1000');
    expect([gate.state(A), gate.state(B)]).toEqual(['open', 'pending']);
    store.advance('', '1001');
    expect(released).toEqual(['a open', 'b open']);
  });

  it('opens in the order of versions, not of writes', () => {
    const { store, gate, released } = setUp();
    gate.record(A, '1001');
    gate.record(B, '1000');
    store.advance('', '1000');
    expect([gate.state(A), gate.state(B), released]).toEqual(['pending', 'open', ['b open']]);
  });

  it('expires after 30 s and stays so until the cache catches up', async () => {
    const { clock, store, gate, released } = setUp();
    gate.record(A, '105');
    await clock.advance(29_999);
    expect(gate.state(A)).toBe('pending');
    await clock.advance(1);
    expect(gate.state(A)).toBe('expired');
    expect(released).toEqual(['a expired']);
    await clock.advance(60_000);
    expect(gate.state(A)).toBe('expired');
    store.advance('', '105');
    expect(gate.state(A)).toBe('open');
    expect(released).toEqual(['a expired']);
    expect([gate.size, clock.pending]).toEqual([0, 0]);
  });

  it('waits anew for a write that follows an expired one', async () => {
    const { clock, gate } = setUp();
    gate.record(A, '105');
    await clock.advance(30_000);
    gate.record(A, '106');
    expect(gate.state(A)).toBe('pending');
    await clock.advance(30_000);
    expect(gate.state(A)).toBe('expired');
  });

  it('is cleared by a list begun after the write, even of a cluster that went back in time', async () => {
    const { clock, store, gate } = setUp();
    const listBegun = clock.monotonic();
    await clock.advance(10);
    gate.record(A, '105');
    store.replace('', [], '101', listBegun);
    expect(gate.state(A)).toBe('pending');
    store.replace('', [], '50', clock.monotonic());
    expect(gate.state(A)).toBe('open');
  });

  it('looks at the scope of the namespace', () => {
    const clock = new FakeClock();
    const store = new Store<Widget>({ onListenerError: () => undefined });
    for (const scope of ['ns', 'other']) store.addScope(scope);
    const gate = new WriteGate({ store, clock });
    gate.record(A, '105');
    store.advance('other', '200');
    expect(gate.state(A)).toBe('pending');
    store.advance('ns', '105');
    expect(gate.state(A)).toBe('open');
  });

  it('keeps no more than what it waits for', () => {
    const { store, gate, clock } = setUp();
    for (let version = 200; version < 2_200; version += 1) gate.record(version % 2 === 0 ? A : B, String(version));
    expect([gate.size, clock.pending]).toEqual([2, 2]);
    store.advance('', '2200');
    expect([gate.size, clock.pending]).toEqual([0, 0]);
  });

  it('leaves no timer behind when closed', () => {
    const { gate, clock } = setUp();
    gate.record(A, '105');
    gate.close();
    expect(clock.pending).toBe(0);
  });
});
