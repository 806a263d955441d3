// Decoding of what real servers send: nested types, lists, types that nobody listed, broken numbers.
import { describe, expect, it } from '@jest/globals';
import { decodeNode } from '../../../../src/vsphere/soap/decode.ts';
import { parseXml } from '../../../../src/vsphere/soap/xml-node.ts';

function decode(declared: string, inner: string, attributes = ''): unknown {
  const names = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';
  return decodeNode(declared, parseXml(`<val ${names} ${attributes}>${inner}</val>`));
}

describe('decodeNode', () => {
  it('follows a chain of disk backings and names each type', () => {
    const leaf =
      '<key>2000</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] c/c-000001.vmdk</fileName><diskMode>persistent</diskMode>' +
      '<parent xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] b/b.vmdk</fileName><diskMode>persistent</diskMode></parent></backing>' +
      '<controllerKey>1000</controllerKey><unitNumber>0</unitNumber><capacityInKB>8388608</capacityInKB>';
    expect(
      decode(
        'anyType',
        `<VirtualDevice xsi:type="VirtualDisk">${leaf}</VirtualDevice>`,
        'xsi:type="ArrayOfVirtualDevice"',
      ),
    ).toEqual([
      {
        $type: 'VirtualDisk',
        key: 2000,
        backing: {
          $type: 'VirtualDiskFlatVer2BackingInfo',
          fileName: '[ds] c/c-000001.vmdk',
          diskMode: 'persistent',
          parent: { $type: 'VirtualDiskFlatVer2BackingInfo', fileName: '[ds] b/b.vmdk', diskMode: 'persistent' },
        },
        controllerKey: 1000,
        unitNumber: 0,
        capacityInKB: 8388608,
      },
    ]);
  });

  it('reads a backing chain 250 deep', () => {
    const open = '<parent xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>f</fileName><diskMode>m</diskMode>';
    const inner = `<fileName>f</fileName><diskMode>m</diskMode>${open.repeat(250)}${'</parent>'.repeat(250)}`;
    let at = decode('VirtualDiskFlatVer2BackingInfo', inner) as { parent?: unknown };
    let depth = 0;
    for (; at.parent !== undefined; at = at.parent as { parent?: unknown }) depth += 1;
    expect(depth).toBe(250);
  });

  it('keeps the known fields of a device type that the table does not know', () => {
    const inner =
      '<key>42</key><futureField><deep>1</deep></futureField><deviceInfo><label>New</label><summary>s</summary></deviceInfo>';
    expect(decode('VirtualDevice', inner, 'xsi:type="VirtualQuantumDevice"')).toEqual({
      $type: 'VirtualQuantumDevice',
      key: 42,
      futureField: { $type: '', deep: '1' },
      deviceInfo: { $type: 'Description', label: 'New', summary: 's' },
    });
  });

  it('keeps the common fields of an event type that the table does not know', () => {
    const inner =
      '<key>1234</key><chainId>1234</chainId><createdTime>2026-11-21T12:00:00Z</createdTime><userName>u</userName>';
    expect(decode('anyType', inner, 'xsi:type="SomethingHappenedEvent"')).toEqual({
      $type: 'SomethingHappenedEvent',
      key: 1234,
      chainId: 1234,
      createdTime: '2026-11-21T12:00:00Z',
      userName: 'u',
    });
  });

  it('reads lists of scalars, enumerations and references', () => {
    const refs = '<ManagedObjectReference type="Task">task-1</ManagedObjectReference>';
    expect(decode('anyType', refs, 'xsi:type="ArrayOfManagedObjectReference"')).toEqual([
      { type: 'Task', value: 'task-1' },
    ]);
    expect(decode('anyType', '<string>a</string><string>b</string>', 'xsi:type="ArrayOfString"')).toEqual(['a', 'b']);
    expect(decode('anyType', '<int>1</int>', 'xsi:type="ArrayOfInt"')).toEqual([1]);
    expect(decode('anyType', '', 'xsi:type="ArrayOfString"')).toEqual([]);
    expect(decode('anyType', 'poweredOn', 'xsi:type="VirtualMachinePowerState"')).toBe('poweredOn');
  });

  it('takes CDATA as it is', () => {
    expect(decode('string', '<![CDATA[a &amp; <b>]]>')).toBe('a &amp; <b>');
    expect(decode('string', 'x&lt;<![CDATA[y&lt;]]>z')).toBe('x<y&lt;z');
  });

  it('does not let one odd character make the rest unreadable', () => {
    expect(decode('string', 'host&#0;&#xD800;&#x110000;name')).toBe('host\uFFFD\uFFFD\uFFFDname');
  });

  it.each([
    ['int', ''],
    ['int', 'many'],
    ['boolean', 'yes'],
    ['long', ' '],
  ])('refuses %s "%s"', (type, text) => {
    expect(() => decode(type, text)).toThrow(SyntaxError);
  });

  it('refuses a single field that is given twice', () => {
    expect(() => decode('OptionValue', '<key>a</key><key>b</key>')).toThrow(SyntaxError);
  });
});

describe('what the property collector answers', () => {
  const content = (inner: string): unknown => decodeNode('ObjectContent', parseXml(`<x>${inner}</x>`));
  const obj = '<obj type="VirtualMachine">vm-1</obj>';
  const name = '<propSet><name>name</name><val>a</val></propSet>';

  it('is taken as it should be', () => {
    expect(content(obj + name)).toMatchObject({ propSet: [{ name: 'name', val: 'a' }] });
  });

  it('is taken with what every data object may have', () => {
    expect(content(`<dynamicType>x</dynamicType>${obj}${name}`)).toMatchObject({ propSet: [{ name: 'name' }] });
  });

  it.each([
    ['an unknown element', `${obj}<propSetX><name>name</name><val>a</val></propSetX>`],
    ['no object', name],
    ['a property without a name', `${obj}<propSet><val>a</val></propSet>`],
    ['a property without a value', `${obj}<propSet><name>a</name></propSet>`],
    ['something missing under another name', `${obj}${name}<missingSetX/>`],
  ])('is refused with %s: it would read as absence', (_, inner) => {
    expect(() => content(inner)).toThrow(SyntaxError);
  });

  it('may hold values with elements that a newer vCenter has: they are ignored', () => {
    const val =
      '<val xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="VirtualMachineRuntimeInfo">' +
      '<connectionState>connected</connectionState><powerState>poweredOn</powerState><ofTomorrow>1</ofTomorrow></val>';
    expect(content(`${obj}<propSet><name>runtime</name>${val}</propSet>`)).toMatchObject({
      propSet: [{ val: { $type: 'VirtualMachineRuntimeInfo', connectionState: 'connected', powerState: 'poweredOn' } }],
    });
    expect(JSON.stringify(content(`${obj}<propSet><name>runtime</name>${val}</propSet>`))).not.toContain('ofTomorrow');
  });
});
