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

beforeEach(() => {
  clock = new FakeClock();
  reads = [];
  upcoming = [];
  power = 'poweredOn';
  victims = new VictimReads({
    clock,
    windowMs: 25,
    upcoming: (count) => upcoming.slice(0, count),
    paths: ['runtime.powerState'],
    client: {
      readMany: (refs) => {
        reads.push(refs.map(({ value }) => value));
        const state = (ref: MoRef): ObjectState => ({
          ref,
          properties: { 'runtime.powerState': power },
          missing: {},
        });
        return Promise.resolve(new Map(refs.map((ref) => [moRefKey(ref), state(ref)])));
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

  it('is made again when the answer is older than two seconds would allow', async () => {
    victims.expect('a', vm(1));
    await look(1);
    await clock.advance(1_600);
    await look(1);
    expect(reads).toHaveLength(2);
  });

  it('is made again after an operation of ours on the machine', async () => {
    victims.expect('a', vm(1));
    expect(await look(1)).toBe('poweredOn');
    power = 'poweredOff';
    victims.changed('a');
    victims.expect('a', vm(1));
    expect(await look(1)).toBe('poweredOff');
  });
});
