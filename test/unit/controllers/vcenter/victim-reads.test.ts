// The live look before a Destroy: many in one read, never older than allowed, never from before an operation of ours.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { VictimReads } from '../../../../src/controllers/vcenter/victim-reads.ts';
import type { ObjectState } from '../../../../src/vsphere/client.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import { moRefKey } from '../../../../src/vsphere/mo-ref.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const vm = (n: number): MoRef => ({ type: 'VirtualMachine', value: `vm-${n}` });

let clock: FakeClock;
let reads: string[][];
let power: string;
let victims: VictimReads;
let upcoming: string[];
/** Set: answers come when it is resolved. */
let answerWhen: Promise<void> | undefined;

beforeEach(() => {
  clock = new FakeClock();
  reads = [];
  upcoming = [];
  answerWhen = undefined;
  power = 'poweredOn';
  victims = new VictimReads({
    clock,
    windowMs: 25,
    upcoming: (count) => upcoming.slice(0, count),
    paths: ['runtime.powerState'],
    client: {
      readMany: async (refs) => {
        reads.push(refs.map(({ value }) => value));
        const now = power;
        await answerWhen;
        const state = (ref: MoRef): ObjectState => ({
          ref,
          properties: { 'runtime.powerState': now },
          missing: {},
        });
        return new Map(refs.map((ref) => [moRefKey(ref), state(ref)]));
      },
    },
  });
});

async function look(n: number): Promise<unknown> {
  const answer = victims.get(vm(n));
  await clock.advance(30);
  return (await answer)?.properties['runtime.powerState'];
}

describe('the look at victims', () => {
  it('takes along those that wait for their turn', async () => {
    victims.expect('a', vm(1));
    victims.expect('b', vm(2));
    await look(1);
    expect(reads).toEqual([['vm-1', 'vm-2']]);
    await look(2);
    expect(reads).toHaveLength(1);
  });

  it('takes along what they stand on, so that it needs no look of its own, until nobody asks for it', async () => {
    const shared = async (): Promise<void> => {
      const answer = victims.getShared(vm(9));
      await clock.advance(30);
      await answer;
    };
    await shared();
    await clock.advance(1_000);
    await look(1);
    await clock.advance(1_000);
    await shared();
    expect(reads).toEqual([['vm-9'], ['vm-1', 'vm-9']]);
    await clock.advance(6_000);
    await look(2);
    expect(reads.at(-1)).toEqual(['vm-2']);
  });

  it('is made again when the answer is older than two seconds would allow', async () => {
    victims.expect('a', vm(1));
    await look(1);
    await clock.advance(1_800);
    await look(1);
    expect(reads).toHaveLength(2);
  });

  it('tells how old its oldest answer is', async () => {
    const first = victims.get(vm(1));
    await clock.advance(30);
    const one = await first;
    await clock.advance(1_000);
    const second = victims.get(vm(2));
    await clock.advance(30);
    const two = await second;
    if (one === undefined || two === undefined) throw new Error('no answer');
    expect([victims.oldest([]), victims.oldest([two]), victims.oldest([two, one])]).toEqual([0, 5, 1_035]);
    expect(victims.oldest([{ ...one }])).toBe(Number.POSITIVE_INFINITY);
  });

  it('is made again after an operation of ours on the machine', async () => {
    victims.expect('a', vm(1));
    expect(await look(1)).toBe('poweredOn');
    power = 'poweredOff';
    victims.changed('a');
    victims.expect('a', vm(1));
    expect(await look(1)).toBe('poweredOff');
  });

  it('takes those along first whose turn comes next, and looks again at what was seen a while ago', async () => {
    for (const n of Array.from({ length: 40 }, (_unused, index) => index)) victims.expect(`uid-${n}`, vm(n));
    upcoming = ['uid-39', 'uid-38'];
    await look(0);
    expect(reads[0]?.slice(0, 3)).toEqual(['vm-0', 'vm-39', 'vm-38']);
    expect(reads[0]).toHaveLength(27);
    await clock.advance(1_000);
    await look(30);
    expect(reads[1]?.slice(0, 3)).toEqual(['vm-30', 'vm-39', 'vm-38']);
    await look(39);
    expect(reads).toHaveLength(2);
  });

  it('waits for a look that is under way', async () => {
    let answer = (): void => undefined;
    answerWhen = new Promise((resolve) => (answer = resolve));
    victims.expect('a', vm(1));
    victims.expect('b', vm(2));
    const first = look(1);
    await clock.advance(30);
    const second = look(2);
    await clock.advance(30);
    answer();
    expect(await Promise.all([first, second])).toEqual(['poweredOn', 'poweredOn']);
    expect(reads).toEqual([['vm-1', 'vm-2']]);
  });

  it('does not use a look that was under way when something of ours was done to the machine', async () => {
    let answer = (): void => undefined;
    answerWhen = new Promise((resolve) => (answer = resolve));
    victims.expect('a', vm(1));
    victims.expect('b', vm(2));
    const first = look(1);
    await clock.advance(30);
    power = 'poweredOff';
    victims.changed('b');
    victims.expect('b', vm(2));
    answer();
    expect(await first).toBe('poweredOn');
    expect(await look(2)).toBe('poweredOff');
    expect(reads).toHaveLength(2);
  });
});
