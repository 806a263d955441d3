// The strict codec over the table of types: what a vCenter refuses is refused, with the chain of contexts it gives.
import { describe, expect, it } from '@jest/globals';
import { DecodeError } from '../../../../src/simulator/wire/decode-error.ts';
import { decodeScalar } from '../../../../src/simulator/wire/decode-scalar.ts';
import { decodeValue } from '../../../../src/simulator/wire/decode-value.ts';
import { encodeElement } from '../../../../src/simulator/wire/encode-value.ts';
import { parseXml } from '../../../../src/simulator/wire/parse-xml.ts';
import { TypedValue } from '../../../../src/simulator/wire/typed-value.ts';

const NAMESPACES =
  'xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';

function decode(type: string, inner: string, attributes = ''): unknown {
  return decodeValue(parseXml(`<v ${NAMESPACES} ${attributes}>${inner}</v>`), type);
}

function encode(value: unknown, type: string): string {
  const out: string[] = [];
  encodeElement(out, 'v', value, type);
  return out.join('');
}

describe('decoding', () => {
  const LOCATOR = '<diskId>2000</diskId><datastore type="Datastore">datastore-1</datastore>';

  it('reads fields in order, lists, references and what descends from the declared type', () => {
    const spec = decode(
      'VirtualMachineRelocateSpec',
      `<datastore type="Datastore">datastore-1</datastore><diskMoveType>createNewChildDiskBacking</diskMoveType><disk>${LOCATOR}</disk><disk>${LOCATOR}</disk>`,
    );
    expect(spec).toEqual({
      datastore: { type: 'Datastore', value: 'datastore-1' },
      diskMoveType: 'createNewChildDiskBacking',
      disk: [
        { diskId: 2000, datastore: { type: 'Datastore', value: 'datastore-1' } },
        { diskId: 2000, datastore: { type: 'Datastore', value: 'datastore-1' } },
      ],
    });
    expect(
      decode('VirtualDevice', '<key>-1</key><capacityInKB>5</capacityInKB>', 'xsi:type="VirtualDisk"'),
    ).toMatchObject({ $type: 'VirtualDisk', key: -1, capacityInKB: 5 });
  });

  it('decodes anyType by what it says it is', () => {
    const any = (type: string, inner: string): unknown => decode('anyType', inner, `xsi:type="${type}"`);
    expect([
      any('xsd:string', '007'),
      any('xsd:int', '7'),
      any('xsd:boolean', 'true'),
      any('xsd:long', '4294967296'),
    ]).toEqual(['007', 7, true, 4_294_967_296]);
    expect(any('ArrayOfString', '<string>a</string><string>b</string>')).toEqual(['a', 'b']);
    expect(any('VirtualMachinePowerState', 'poweredOn')).toBe('poweredOn');
    expect(any('OptionValue', '<key>k</key><value xsi:type="xsd:string">v</value>')).toEqual({
      $type: 'OptionValue',
      key: 'k',
      value: 'v',
    });
    expect(decode('anyType', 'vm-1', 'xsi:type="ManagedObjectReference" type="VirtualMachine"')).toEqual({
      type: 'VirtualMachine',
      value: 'vm-1',
    });
  });

  it.each([
    ['an unknown element', `${LOCATOR}<colour>red</colour>`, 'Unexpected element tag "colour" seen'],
    [
      'a misordered element',
      '<datastore type="Datastore">datastore-1</datastore><diskId>2000</diskId>',
      'Unexpected element tag "diskId" seen',
    ],
    ['a repeated element', '<diskId>1</diskId><diskId>2</diskId>', 'Unexpected element tag "diskId" seen'],
    [
      'a missing element',
      '<diskId>2000</diskId>',
      'Required property datastore is missing from data object of type VirtualMachineRelocateSpecDiskLocator',
    ],
    ['text where elements belong', `x${LOCATOR}`, 'Unexpected text'],
    ['a number that is none', '<diskId>2e3</diskId>', 'Invalid value "2e3" for type xsd:int'],
    [
      'an element of another namespace',
      '<diskId xmlns="urn:other">2000</diskId>',
      'Unexpected element tag "diskId" seen',
    ],
    ['a reference without a type', '<diskId>1</diskId><datastore>datastore-1</datastore>', 'has no type'],
    [
      'a reference to a stranger',
      '<diskId>1</diskId><datastore type="VirtualMachine">vm-1</datastore>',
      'is a VirtualMachine, not a Datastore',
    ],
    ['elements inside a scalar', '<diskId><b xmlns="urn:vim25">1</b></diskId>', 'Unexpected element tag "b" seen'],
  ])('refuses %s', (_what, inner, message) => {
    const attempt = (): unknown => decode('VirtualMachineRelocateSpecDiskLocator', inner);
    expect(attempt).toThrow(DecodeError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow('while parsing serialized DataObject of type VirtualMachineRelocateSpecDiskLocator');
  });

  it.each([
    ['a type that does not descend', 'VirtualDevice', '<key>1</key>', 'xsi:type="OptionValue"'],
    ['a type of another namespace', 'VirtualDevice', '<key>1</key>', 'xsi:type="xsd:string"'],
    ['an unknown type', 'VirtualDevice', '<key>1</key>', 'xsi:type="VirtualDream"'],
    ['an undeclared prefix', 'VirtualDevice', '<key>1</key>', 'xsi:type="nope:VirtualDisk"'],
    ['an unknown value of an enumeration', 'VirtualMachinePowerState', 'poweredSideways', ''],
    ['anyType that does not say what it is', 'anyType', 'x', ''],
    ['a prototype name as type', 'anyType', '', 'xsi:type="constructor"'],
  ])('refuses %s', (_what, type, inner, attributes) => {
    expect(() => decode(type, inner, attributes)).toThrow(DecodeError);
  });

  it('is strict about scalars', () => {
    expect([
      decodeScalar('boolean', ' 1 '),
      decodeScalar('int', '+5'),
      decodeScalar('double', '1.5e3'),
      decodeScalar('string', ' x '),
    ]).toEqual([true, 5, 1500, ' x ']);
    const refused: [string, string][] = [
      ['boolean', 'True'],
      ['int', '2147483648'],
      ['int', '1.0'],
      ['int', ''],
      ['byte', '128'],
      ['long', '9223372036854775808'],
      ['dateTime', '2026-13-01T00:00:00Z'],
      ['dateTime', 'yesterday'],
      ['base64Binary', 'a'],
      ['double', '1,5'],
    ];
    for (const [type, text] of refused) expect(() => decodeScalar(type, text)).toThrow(DecodeError);
  });
});

describe('encoding', () => {
  it('puts fields in schema order and says the type of what is polymorphic', () => {
    const option = { value: 'v', key: 'k', $type: 'OptionValue' };
    expect(encode(option, 'OptionValue')).toBe('<v><key>k</key><value xsi:type="xsd:string">v</value></v>');
    expect(encode({ $type: 'VirtualDisk', key: 1, capacityInKB: 2 }, 'VirtualDevice')).toBe(
      '<v xsi:type="VirtualDisk"><key>1</key><capacityInKB>2</capacityInKB></v>',
    );
  });

  it('writes anyType with its type, arrays element by element', () => {
    expect(encode(new TypedValue('long', false, 5), 'anyType')).toBe('<v xsi:type="xsd:long">5</v>');
    expect(
      encode(new TypedValue('@VirtualMachine', true, [{ type: 'VirtualMachine', value: 'vm-1' }]), 'anyType'),
    ).toBe(
      '<v xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="VirtualMachine" xsi:type="ManagedObjectReference">vm-1</ManagedObjectReference></v>',
    );
    expect(encode(new TypedValue('int', true, []), 'anyType')).toBe('<v xsi:type="ArrayOfInt"></v>');
    expect([encode(2 ** 31, 'anyType'), encode(0.5, 'anyType'), encode(['a'], 'anyType')]).toEqual([
      '<v xsi:type="xsd:long">2147483648</v>',
      '<v xsi:type="xsd:double">0.5</v>',
      '<v xsi:type="ArrayOfString"><string xsi:type="xsd:string">a</string></v>',
    ]);
  });

  it('throws for what the table does not know, so that a typo in the model cannot hide', () => {
    expect(() => encode({ key: 'k', valeu: 1 }, 'OptionValue')).toThrow('OptionValue has no field valeu');
    expect(() => encode({ $type: 'OptionValue', key: 'k' }, 'VirtualDevice')).toThrow(
      'is a VirtualDevice, not a OptionValue',
    );
    expect(() => encode('x', '@Task')).toThrow('managed object reference');
    expect(() => encode({ a: 1 }, 'anyType')).toThrow('unknown type');
  });
});
