// One login at a time for each account, in the order of asking, and nobody is kept out by one that never ends.
import { describe, expect, it } from '@jest/globals';
import { LoginGate } from '../../../../src/controllers/vcenter/login-gate.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

function rig() {
  const clock = new FakeClock();
  const gate = new LoginGate(clock, 1000);
  const inside: string[] = [];
  const enter = async (name: string, account = 'a'): Promise<() => void> => {
    const leave = await gate.enter(account);
    inside.push(name);
    return leave;
  };
  return { clock, enter, inside };
}

describe('LoginGate', () => {
  it('lets one in at a time, in order, and the next one when it leaves', async () => {
    const { clock, enter, inside } = rig();
    const [first, second, third] = [enter('first'), enter('second'), enter('third')];
    await settle();
    expect(inside).toEqual(['first']);
    (await first)();
    await settle();
    expect(inside).toEqual(['first', 'second']);
    (await second)();
    (await third)();
    expect([inside, clock.pending]).toEqual([['first', 'second', 'third'], 0]);
  });

  it('keeps accounts apart', async () => {
    const { enter, inside } = rig();
    await Promise.all([enter('first', 'a'), enter('second', 'b')]);
    expect(inside).toEqual(['first', 'second']);
  });

  it('lets the next one in when one stays for too long, and lets nobody in twice for its late leave', async () => {
    const { clock, enter, inside } = rig();
    const stuck = await enter('stuck');
    const waiting = [enter('next'), enter('after')];
    await clock.advance(999);
    expect(inside).toEqual(['stuck']);
    await clock.advance(1);
    expect(inside).toEqual(['stuck', 'next']);
    stuck();
    await settle();
    expect(inside).toEqual(['stuck', 'next']);
    (await waiting[0])?.();
    await settle();
    expect(inside).toEqual(['stuck', 'next', 'after']);
  });
});
