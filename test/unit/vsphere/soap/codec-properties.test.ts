// What is encoded is what is decoded, for values of every data type that the table can build.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { types } from '../../../../src/vsphere/schema.generated.ts';
import { decodeNode } from '../../../../src/vsphere/soap/decode.ts';
import { encodeElement } from '../../../../src/vsphere/soap/encode.ts';
import { parseXml } from '../../../../src/vsphere/soap/xml-node.ts';
import { isBuildable, text, valueOf } from '../support/vim-values.ts';

const NAMESPACES = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';

function roundTrip(declared: string, value: unknown): unknown {
  const xml = encodeElement('value', declared, value).replace(/^<value/, `<value ${NAMESPACES}`);
  return decodeNode(declared, parseXml(xml));
}

describe('encode and decode', () => {
  const buildable = Object.keys(types).filter((type) => isBuildable(type));

  it('covers most of the table', () => {
    expect(buildable.length).toBeGreaterThan(800);
  });

  it('are inverse for every data type', () => {
    const typed = fc.constantFrom(...buildable).chain((type) => fc.tuple(fc.constant(type), valueOf(type)));
    fc.assert(
      fc.property(typed, ([type, value]) => {
        expect(roundTrip(type, value)).toEqual(value);
      }),
      { numRuns: 400 },
    );
  });

  it('are inverse for values without a declared type', () => {
    fc.assert(
      fc.property(valueOf('anyType'), (value) => {
        expect(roundTrip('anyType', value)).toEqual(value);
      }),
    );
    for (const value of [['a', 'b'], [1, 2], [{ type: 'Task', value: 'task-1' }], 1.5]) {
      expect(roundTrip('anyType', value)).toEqual(value);
    }
  });

  it('keep text exactly', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(roundTrip('string', value)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });
});
