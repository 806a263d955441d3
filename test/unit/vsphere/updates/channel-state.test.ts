// Merging of updates: what listeners are told is always the whole current state of an object, and nothing twice.
import { describe, expect, it } from '@jest/globals';
import { ChannelState } from '../../../../src/vsphere/updates/channel-state.ts';
import type { ObjectUpdate } from '../../../../src/vsphere/updates/update-set.ts';

const vm = (value: number) => ({ type: 'VirtualMachine', value: `vm-${value}` });

function enter(value: number, properties: Record<string, unknown>): ObjectUpdate {
  return {
    kind: 'enter',
    obj: vm(value),
    changeSet: Object.entries(properties).map(([name, val]) => ({ name, op: 'assign', val })),
  };
}

function modify(value: number, name: string, val?: unknown): ObjectUpdate {
  return {
    kind: 'modify',
    obj: vm(value),
    changeSet: [val === undefined ? { name, op: 'assign' } : { name, op: 'assign', val }],
  };
}

describe('ChannelState', () => {
  it('merges changes into the whole state', () => {
    const state = new ChannelState();
    state.apply(enter(1, { name: 'a', power: 'off' }));
    state.apply(modify(1, 'power', 'on'));
    expect(state.take()).toEqual([
      { ref: vm(1), change: 'upsert', properties: { name: 'a', power: 'on' }, missing: {} },
    ]);
    state.apply(modify(1, 'name'));
    expect(state.take()).toMatchObject([{ change: 'upsert', properties: { power: 'on' } }]);
    expect(state.take()).toEqual([]);
  });

  it('takes a second enter for what it is: the state as it is now', () => {
    const state = new ChannelState();
    state.apply(enter(1, { name: 'a', ip: '10.0.0.1' }));
    state.take();
    state.apply(enter(1, { name: 'a', ip: '10.0.0.1' }));
    expect(state.take()).toEqual([]);
    state.apply(enter(1, { name: 'a' }));
    expect(state.take()).toMatchObject([{ properties: { name: 'a' } }]);
  });

  it('hands out states that no later change touches', () => {
    const state = new ChannelState();
    state.apply(enter(1, { name: 'a' }));
    const [first] = state.take();
    state.apply(modify(1, 'name', 'b'));
    expect(first?.properties).toEqual({ name: 'a' });
  });

  it('reports a leave with what was last known, and only the end of coming and going', () => {
    const state = new ChannelState();
    state.apply(enter(1, { name: 'a' }));
    state.apply({ kind: 'leave', obj: vm(1) });
    expect(state.take()).toEqual([{ ref: vm(1), change: 'leave', properties: { name: 'a' }, missing: {} }]);
    state.apply(enter(2, { name: 'b' }));
    state.take();
    state.apply({ kind: 'leave', obj: vm(2) });
    state.apply(enter(2, { name: 'b' }));
    expect(state.take()).toMatchObject([{ change: 'upsert' }]);
  });

  it('keeps what cannot be read apart from what has no value', () => {
    const state = new ChannelState();
    const fault = { fault: { $type: 'NoPermission' } };
    state.apply({ ...enter(1, { name: 'a' }), missingSet: [{ path: 'config', fault }] });
    expect(state.take()[0]?.missing['config']).toMatchObject({ kind: 'permission' });
    state.apply(modify(1, 'config', 'now readable'));
    expect(state.take()).toMatchObject([{ properties: { config: 'now readable' }, missing: {} }]);
    state.apply({ kind: 'modify', obj: vm(1), missingSet: [{ path: 'config', fault }] });
    expect(state.take()[0]?.properties).toEqual({ name: 'a' });
  });

  it('after a set-up anew: tells what vanished if the new state is complete; if not, keeps it, unproven, and tells it once', () => {
    const known = new ChannelState();
    known.apply(enter(1, { name: 'a' }));
    known.apply(enter(2, { name: 'b' }));
    known.take();
    const complete = new ChannelState();
    complete.apply(enter(1, { name: 'a' }));
    complete.succeed(known, true);
    expect(complete.take().map(({ ref, change }) => `${ref.value} ${change}`)).toEqual(['vm-1 upsert', 'vm-2 leave']);

    const partial = new ChannelState();
    partial.apply(enter(1, { name: 'a' }));
    partial.succeed(known, false);
    expect(partial.take().map(({ ref, change }) => `${ref.value} ${change}`)).toEqual(['vm-1 upsert', 'vm-2 upsert']);
    expect([partial.isProven(vm(1)), partial.isProven(vm(2))]).toEqual([true, false]);
    const again = new ChannelState();
    again.apply(enter(1, { name: 'a' }));
    again.succeed(partial, false);
    expect(again.take().map(({ ref }) => ref.value)).toEqual(['vm-1']);
    expect(again.isProven(vm(2))).toBe(false);
    again.apply(enter(2, { name: 'b' }));
    expect(again.isProven(vm(2))).toBe(true);
    const next = new ChannelState();
    next.succeed(partial, true);
    expect(next.take().map(({ ref, change }) => `${ref.value} ${change}`)).toEqual(['vm-1 leave', 'vm-2 leave']);
  });

  it('after a set-up anew: still tells of what had left before, whatever the new state knows', () => {
    const known = new ChannelState();
    known.apply(enter(1, { name: 'a' }));
    known.apply(enter(2, { name: 'b' }));
    known.take();
    known.apply({ kind: 'leave', obj: vm(1) });
    known.apply({ kind: 'leave', obj: vm(2) });
    const next = new ChannelState();
    next.apply(enter(2, { name: 'b' }));
    next.succeed(known, false);
    expect(next.take().map(({ ref, change }) => `${ref.value} ${change}`)).toEqual(['vm-2 upsert', 'vm-1 leave']);
  });
});
