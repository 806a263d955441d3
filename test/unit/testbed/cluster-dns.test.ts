// Questions of a resolver, answered as a cluster's DNS would: Services by name, nothing else.
import { describe, expect, it } from '@jest/globals';
import { answer } from '../../../src/testbed/node/cluster-dns.ts';

const A = 1;
const AAAA = 28;

function question(name: string, type = A): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const header = Buffer.from([0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  const tail = Buffer.from([0, 0, type, 0, 1]);
  // an option record of EDNS behind it, as resolvers send it
  return Buffer.concat([header, ...labels, tail, Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])]);
}

const addressOf = (name: string): string | undefined => (name === 'simulator.lab' ? '198.18.41.77' : undefined);

function parts(message: Buffer | undefined): { code: number | undefined; answers: number | undefined; last: number[] } {
  return {
    code: message === undefined ? undefined : message.readUInt16BE(2) & 0x0f,
    answers: message?.readUInt16BE(6),
    last: [...(message?.subarray(-4) ?? [])],
  };
}

describe('names of Services', () => {
  it('are answered with the address, whatever their case', () => {
    for (const name of ['simulator.lab.svc.cluster.local', 'Simulator.LAB.svc.cluster.local']) {
      const response = answer(question(name), addressOf);
      expect(response?.readUInt16BE(0)).toBe(0x1234);
      expect(parts(response)).toEqual({ code: 0, answers: 1, last: [198, 18, 41, 77] });
    }
  });

  it('have no IPv6 address, which is not the same as no such name', () => {
    expect(parts(answer(question('simulator.lab.svc.cluster.local', AAAA), addressOf))).toMatchObject({
      code: 0,
      answers: 0,
    });
    expect(parts(answer(question('other.lab.svc.cluster.local'), addressOf))).toMatchObject({ code: 3, answers: 0 });
    expect(parts(answer(question('example.org'), addressOf))).toMatchObject({ code: 3, answers: 0 });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header without a question', Buffer.alloc(12)],
    ['a name that is cut off', question('simulator.lab').subarray(0, 16)],
  ])('leave %s unanswered', (_, message) => {
    expect(answer(message, addressOf)).toBeUndefined();
  });
});
