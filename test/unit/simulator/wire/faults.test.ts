// The fault plan: which calls a rule hits, and that a rule with a typo is refused instead of never hitting anything.
import { describe, expect, it } from '@jest/globals';
import { FaultPlan } from '../../../../src/simulator/faults/fault-plan.ts';
import type { FaultRule } from '../../../../src/simulator/faults/fault-rule.ts';
import { parseFaultRule } from '../../../../src/simulator/faults/parse-fault-rule.ts';

const CALL = {
  method: 'CloneVM_Task',
  target: { type: 'VirtualMachine', value: 'vm-12' },
  targetName: 'base',
  user: 'op@vsphere.local',
};

function hits(rule: FaultRule, calls: number, seed = 1): string {
  const plan = new FaultPlan(seed, () => 0);
  plan.add(rule);
  return Array.from({ length: calls }, () => (plan.disturb(CALL).http === 503 ? 'x' : '.')).join('');
}

const action = { http: 503 };

describe('FaultPlan', () => {
  it.each([
    [{}, true],
    [{ method: 'CloneVM_Task' }, true],
    [{ method: 'PowerOnVM_Task' }, false],
    [{ object: 'vm-12' }, true],
    [{ object: 'VirtualMachine:vm-12' }, true],
    [{ object: 'base' }, true],
    [{ object: 'vm-1' }, false],
    [{ caller: 'OP@vsphere.local' }, true],
    [{ caller: 'op' }, false],
    [{ method: 'CloneVM_Task', object: 'vm-13' }, false],
  ])('matches %j', (match, isHit) => {
    expect(hits({ match, action }, 1)).toBe(isHit ? 'x' : '.');
  });

  it('counts: nth hits one call, times so many, both together so many from the nth on', () => {
    expect(hits({ match: { nth: 3 }, action }, 6)).toBe('..x...');
    expect(hits({ match: {}, action, times: 2 }, 5)).toBe('xx...');
    expect(hits({ match: { nth: 2 }, action, times: 3 }, 6)).toBe('.xxx..');
    expect(hits({ match: {}, action }, 4)).toBe('xxxx');
  });

  it('draws by the seed', () => {
    const rule = { match: { probability: 0.5 }, action };
    const drawn = hits(rule, 200);
    expect(hits(rule, 200)).toBe(drawn);
    expect(hits(rule, 200, 2)).not.toBe(drawn);
    expect(drawn.split('x').length - 1).toBeGreaterThan(70);
    expect(drawn.split('x').length - 1).toBeLessThan(130);
  });

  it('adds rules up, the first of a kind winning, and forgets them one by one or all', () => {
    const plan = new FaultPlan(1, () => 0);
    const first = plan.add({
      match: {},
      action: { delayMs: 5, taskFault: { type: 'NoDiskSpace', message: 'full', datastore: 'ds' } },
    });
    plan.add({ match: {}, action: { delayMs: 7, taskFault: 'SystemError', ignoreDiskMoveType: true, reset: 'after' } });
    const { delayMs, taskFault, flags, reset } = plan.disturb(CALL);
    expect([delayMs, taskFault?.fault, taskFault?.message, taskFault?.fields, [...flags], reset]).toEqual([
      12,
      'NoDiskSpace',
      'full',
      { datastore: 'ds' },
      ['ignoreDiskMoveType'],
      'after',
    ]);
    expect(plan.list()).toMatchObject([
      { id: first, seen: 1, hits: 1 },
      { seen: 1, hits: 1 },
    ]);
    expect([plan.clear(first), plan.list().length, plan.clear(), plan.list().length]).toEqual([1, 1, 1, 0]);
    expect(plan.disturb(CALL)).toEqual({ delayMs: 0, flags: new Set() });
  });
});

describe('what a rule has hit', () => {
  it('is known when it was taken out, and forgotten after a thousand more', () => {
    const plan = new FaultPlan(1, () => 0);
    const id = plan.add({ match: { nth: 2 }, action });
    for (let i = 0; i < 3; i++) plan.disturb(CALL);
    plan.clear(id);
    expect([plan.counts(id), plan.counts(id + 1)]).toEqual([{ id, seen: 3, hits: 1 }, undefined]);
    for (let i = 0; i < 1000; i++) plan.clear(plan.add({ match: {}, action }));
    expect(plan.counts(id)).toBeUndefined();
  });
});

describe('a rule for a time', () => {
  it('ends when its simulated time is over', () => {
    let now = 5000;
    const plan = new FaultPlan(1, () => now);
    const id = plan.add({ match: {}, action, forSeconds: 2 });
    expect(plan.disturb(CALL).http).toBe(503);
    now = 6999;
    expect(plan.list()).toHaveLength(1);
    now = 7000;
    expect([plan.disturb(CALL).http, plan.list()]).toEqual([undefined, []]);
    expect(plan.counts(id)).toEqual({ id, seen: 1, hits: 1 });
  });
});

describe('parseFaultRule', () => {
  it('takes what the documentation shows', () => {
    const rule = {
      match: { method: 'CloneVM_Task', nth: 2 },
      action: { fault: { type: 'NoPermission', privilegeId: 'x' } },
      times: 3,
    };
    expect(parseFaultRule(rule)).toEqual(rule);
    expect(parseFaultRule({ action: { reset: 'after' } })).toEqual({ match: {}, action: { reset: 'after' } });
  });

  it.each([
    ['the rule must be an object', null],
    ['the rule has no field matches', { matches: {}, action }],
    ['action must be an object', { match: {} }],
    ['action must have one of', { action: {} }],
    ['match has no field methd', { match: { methd: 'x' }, action }],
    ['there is no method CloneVm', { match: { method: 'CloneVm' }, action }],
    ['match.nth must be a whole number', { match: { nth: 0 }, action }],
    ['match.probability must be', { match: { probability: 2 }, action }],
    ['action.http must be an HTTP status', { action: { http: 42 } }],
    ['action.reset must be', { action: { reset: 'now' } }],
    ['action.fault must be', { action: { fault: 'NoDiskSpce' } }],
    ['action.fault must be', { action: { fault: 'VirtualDisk' } }],
    ['NoDiskSpace has no field store', { action: { taskFault: { type: 'NoDiskSpace', store: 'x' } } }],
    ['times must be', { action, times: 0 }],
    ['forSeconds must be a number of seconds above 0', { action, forSeconds: 0 }],
    ['the rule has no field until; it may have match, action, times, forSeconds', { action, until: 1 }],
    ['action.body must be an object with truncateAt or garbage', { action: { body: 'x' } }],
    [
      'action.body must be an object with truncateAt or garbage',
      { action: { body: { truncateAt: 1, garbage: true } } },
    ],
    ['action.body.truncateAt must be a whole number from 0 on', { action: { body: { truncateAt: -1 } } }],
    ['action.body.garbage must be true or a text', { action: { body: { garbage: 5 } } }],
    ['action.contentType must be the value of a header', { action: { contentType: 'a\r\nb' } }],
    ['action.killSession must be true or false', { action: { killSession: 'yes' } }],
    ['action.loseTask must be true or false', { action: { loseTask: 1 } }],
    ['action.hangSeconds must be a number of seconds above 0', { action: { hangSeconds: 0 } }],
    ['action.eventFlood must be a whole number from 1 on', { action: { eventFlood: 0 } }],
    ['action.condition must be an object with condition and object', { action: { condition: 'maintenance' } }],
    ['action.condition.object must be a text', { action: { condition: { condition: 'maintenance' } } }],
    ['action.condition has no field for', { action: { condition: { condition: 'a', object: 'b', for: 1 } } }],
  ])('refuses: %s', (message, json) => {
    expect(() => parseFaultRule(json)).toThrow(message);
  });
});
