// The oracle `reason` of vcenter-faults: the right condition, reason and message of the right object, and no Ready meanwhile.
import { describe, expect, it } from '@jest/globals';
import { judgeReasons } from '../../campaigns/faults/told.ts';
import type { Evidence } from '../../campaigns/harness/evidence.ts';
import type { Plan } from '../../campaigns/harness/plan.ts';

const FOREVER = { from: 0, to: Number.POSITIVE_INFINITY };

interface Told {
  readonly at: number;
  readonly ready: 'True' | 'False';
  readonly reason: string;
  readonly message?: string;
  readonly name?: string;
}

/** A machine "vm-1" that calls of PowerOn hit at 10, 20, 30 and 40. */
function evidenceOf(told: readonly Told[], calls: readonly number[] = [10, 20, 30, 40]): Evidence {
  const history = told.map(({ at, ready, reason, message = '', name = 'one' }) => ({
    type: 'MODIFIED',
    at,
    object: {
      kind: 'LinkedClone',
      metadata: { name, namespace: 'lab', uid: `uid-${name}` },
      status: {
        vm: { moRef: name === 'one' ? 'vm-1' : 'vm-2' },
        conditions: [{ type: 'Ready', status: ready, reason, message }],
      },
    },
  }));
  const witnessed = calls.map((at) => ({ at, method: 'PowerOnVM_Task', target: 'vm-1' }));
  return { history, witnessed, namespace: 'lab', ledger: [] } as unknown as Evidence;
}

/** A VCenter whose claim these calls were about. */
function evidenceOfClaim(calls: readonly number[], reason: string): Evidence {
  const status = {
    conditions: [{ type: 'ClaimedElsewhere', status: 'Unknown', reason, message: 'NoPermission NotSupported' }],
  };
  const object = { kind: 'VCenter', metadata: { name: 'vc', uid: 'uid-vc' }, status };
  const witnessed = calls.map((at) => ({ at, method: 'SetField', target: 'CustomFieldsManager' }));
  return {
    history: [{ type: 'MODIFIED', at: 35, object }],
    witnessed,
    namespace: 'lab',
    ledger: [],
  } as unknown as Evidence;
}

function planOf(fault: string, when: string): Plan {
  const more = { method: 'PowerOnVM_Task', fault, when };
  return { story: 'clone-by-hand', duplicateName: 'start', seed: 1, faults: [], more };
}

const BEGUN: Told = { at: 5, ready: 'False', reason: 'PoweringOn' };

describe('judgeReasons', () => {
  it.each<[string, Told, number]>([
    ['the right reason', { at: 15, ready: 'False', reason: 'PowerFailed', message: 'FileLocked; tried again' }, 0],
    ['another reason', { at: 15, ready: 'False', reason: 'CloneFailed', message: 'FileLocked' }, 1],
    ['no name of the fault', { at: 15, ready: 'False', reason: 'PowerFailed', message: 'it failed' }, 1],
    ['another object', { at: 15, ready: 'False', reason: 'PowerFailed', message: 'FileLocked', name: 'two' }, 1],
    ['before it failed', { at: 9, ready: 'False', reason: 'PowerFailed', message: 'FileLocked' }, 1],
  ])('%s', (_, told, problems) => {
    expect(judgeReasons(evidenceOf([BEGUN, told]), planOf('FileLocked', 'while'), FOREVER)).toHaveLength(problems);
  });

  it('takes it amiss that an object is Ready while its calls fail', () => {
    const failed: Told = { at: 12, ready: 'False', reason: 'PowerFailed', message: 'FileLocked' };
    const ready: Told = { at: 22, ready: 'True', reason: 'Ready' };
    const plan = planOf('FileLocked', 'while');
    expect(judgeReasons(evidenceOf([BEGUN, failed, ready]), plan, FOREVER)).toEqual([
      { oracle: 'reason', text: 'LinkedClone one said Ready=True while its calls failed' },
    ]);
    expect(judgeReasons(evidenceOf([BEGUN, failed, { ...ready, at: 45 }]), plan, FOREVER)).toEqual([]);
    const heardLate: Told = { ...failed, at: 400 };
    expect(judgeReasons(evidenceOf([BEGUN, failed, ready, heardLate]), plan, FOREVER)).toEqual([]);
  });

  it('wants what lasts to be told after one call, and what passes after three', () => {
    const nothing = evidenceOf([BEGUN]);
    expect(judgeReasons(nothing, planOf('NoPermission', 'first'), FOREVER)).toHaveLength(1);
    expect(judgeReasons(nothing, planOf('FileLocked', 'first'), FOREVER)).toEqual([]);
    expect(judgeReasons(evidenceOf([BEGUN], [10, 20]), planOf('FileLocked', 'while'), FOREVER)).toEqual([]);
  });

  it.each([
    ['three calls', [10, 20, 30], 'while', 'NotSupported', 1],
    ['two calls: the first was that of a process on its way out', [10, 20], 'while', 'NotSupported', 0],
    ['one call, which is repeated at once', [10], 'first', 'NoPermission', 0],
  ])('wants a claim that is refused to be told after %s', (_, calls, when, fault, problems) => {
    const claim = evidenceOfClaim(calls, 'Claimed');
    const plan = { ...planOf(fault, when), more: { method: 'SetField', fault, when } };
    expect(judgeReasons(claim, plan, FOREVER)).toHaveLength(problems);
    expect(judgeReasons(evidenceOfClaim(calls, 'NotClaimed'), plan, FOREVER)).toEqual([]);
  });

  it('wants a machine whose host is away to be called disconnected', () => {
    const away = planOf('host-gone', 'while');
    expect(judgeReasons(evidenceOf([BEGUN], [10]), away, FOREVER)).toHaveLength(1);
    const said: Told = { at: 12, ready: 'False', reason: 'Disconnected' };
    expect(judgeReasons(evidenceOf([BEGUN, said], [10]), away, FOREVER)).toEqual([]);
  });
});
