// What a request looks like on the wire, and which replies are believed.
import { describe, expect, it } from '@jest/globals';
import { decodeReply, encodeRequest, methodOf } from '../../../../src/vsphere/soap/envelope.ts';
import { envelope, fault, response } from '../support/soap-text.ts';

const VM = { type: 'VirtualMachine', value: 'vm-1' };
const COLLECTOR = { type: 'PropertyCollector', value: 'pc' };
const INDEX = { type: 'SearchIndex', value: 'si' };

describe('a reply whose value has another name', () => {
  it('is refused, where no value would mean that nothing was found', () => {
    const method = methodOf(INDEX, 'FindByInventoryPath');
    const found = '<returnval type="VirtualMachine">vm-1</returnval>';
    expect(decodeReply(method, response('FindByInventoryPath', found))).toEqual({
      value: { type: 'VirtualMachine', value: 'vm-1' },
    });
    const renamed = response('FindByInventoryPath', found.replaceAll('returnval', 'returnvalX'));
    expect(() => decodeReply(method, renamed)).toThrow('another element');
  });
});

describe('encodeRequest', () => {
  it('writes parameters in schema order, with xsi:type where the value is not of the declared type', () => {
    const args = {
      spec: {
        powerOn: false,
        template: false,
        snapshot: { type: 'VirtualMachineSnapshot', value: 'snapshot-3' },
        config: { extraConfig: [{ key: 'a', value: '<b>' }], instanceUuid: 'u' },
        location: {
          disk: [
            {
              datastore: { type: 'Datastore', value: 'ds-1' },
              diskId: 2000,
              diskMoveType: 'createNewChildDiskBacking',
            },
          ],
        },
      },
      name: 'Capture01',
      folder: { type: 'Folder', value: 'group-v3' },
    };
    const xml = encodeRequest(VM, methodOf(VM, 'CloneVM_Task'), args, 'op-1');
    expect(xml).toContain('<operationID xmlns="urn:vim25">op-1</operationID>');
    expect(xml).toContain(
      '<CloneVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this><folder type="Folder">group-v3</folder>' +
        '<name>Capture01</name><spec><location><disk><diskId>2000</diskId><datastore type="Datastore">ds-1</datastore>' +
        '<diskMoveType>createNewChildDiskBacking</diskMoveType></disk></location><template>false</template>' +
        '<config><instanceUuid>u</instanceUuid><extraConfig><key>a</key><value xsi:type="xsd:string">&lt;b&gt;</value></extraConfig></config>' +
        '<powerOn>false</powerOn><snapshot type="VirtualMachineSnapshot">snapshot-3</snapshot></spec></CloneVM_Task>',
    );
  });

  it.each([
    ['an unknown parameter', { nme: 'x' }],
    ['a missing parameter', { folder: { type: 'Folder', value: 'f' }, name: 'x' }],
    ['an unknown field', { folder: { type: 'Folder', value: 'f' }, name: 'x', spec: { snapshoot: 1 } }],
    ['a value of the wrong type', { folder: 'group-v3', name: 'x', spec: {} }],
    ['text that XML cannot hold', { folder: { type: 'Folder', value: 'f' }, name: 'a\u0000', spec: {} }],
    [
      'a type that does not descend from the declared one',
      { folder: { type: 'Folder', value: 'f' }, name: 'x', spec: { $type: 'OptionValue' } },
    ],
  ])('refuses %s before anything is sent', (_what, args) => {
    expect(() => encodeRequest(VM, methodOf(VM, 'CloneVM_Task'), args, 'op')).toThrow(TypeError);
  });

  it('refuses a method that the object does not have', () => {
    expect(() => methodOf(VM, 'Login')).toThrow('VirtualMachine has no method Login');
  });
});

describe('decodeReply', () => {
  const retrieve = methodOf(COLLECTOR, 'RetrievePropertiesEx');
  const find = methodOf(INDEX, 'FindAllByUuid');

  it('reads one object as a list of one, and none as nothing', () => {
    const one = decodeReply(find, response('FindAllByUuid', '<returnval type="VirtualMachine">vm-7</returnval>'));
    expect(one).toEqual({ value: [{ type: 'VirtualMachine', value: 'vm-7' }] });
    expect(decodeReply(find, response('FindAllByUuid', ''))).toEqual({ value: undefined });
  });

  it('resolves prefixes: a type attribute of its own namespace beside the plain one', () => {
    const declared = 'xmlns:_XMLSchema-instance="http://www.w3.org/2001/XMLSchema-instance"';
    const content =
      '<returnval><objects><obj type="VirtualMachine">vm-1</obj><propSet><name>resourcePool</name>' +
      `<val ${declared} _XMLSchema-instance:type="ManagedObjectReference" type="ResourcePool">rp-1</val></propSet>` +
      `<propSet><name>name</name><val ${declared} _XMLSchema-instance:type="xsd:string"> 007 &amp; &#x41;&#10;</val></propSet></objects></returnval>`;
    expect(decodeReply(retrieve, response('RetrievePropertiesEx', content))).toEqual({
      value: {
        objects: [
          {
            obj: { type: 'VirtualMachine', value: 'vm-1' },
            propSet: [
              { name: 'resourcePool', val: { type: 'ResourcePool', value: 'rp-1' } },
              { name: 'name', val: ' 007 & A\n' },
            ],
          },
        ],
      },
    });
  });

  it('does not take another namespace for the schema instance', () => {
    const content =
      '<returnval><objects><obj type="Task">t-1</obj><propSet><name>x</name><val xmlns:o="urn:o" o:type="xsd:int">5</val></propSet></objects></returnval>';
    const reply = decodeReply(retrieve, response('RetrievePropertiesEx', content));
    expect(JSON.stringify(reply)).toContain('"val":"5"');
  });

  it('decodes a fault with its fields', () => {
    const text = fault('NoDiskSpace', '<file>[ds-2] a.vmdk</file><datastore>ds-2</datastore>', 'No space');
    expect(decodeReply(find, text)).toEqual({
      fault: {
        name: 'NoDiskSpace',
        detail: { $type: 'NoDiskSpace', file: '[ds-2] a.vmdk', datastore: 'ds-2' },
        text: 'No space',
      },
    });
  });

  it('decodes a fault that the table does not know, and one without a type', () => {
    const unknown = fault('BrandNewThing', '<count>3</count><at type="Folder">group-1</at>');
    expect(decodeReply(find, unknown)).toMatchObject({
      fault: {
        name: 'BrandNewThing',
        detail: { $type: 'BrandNewThing', count: '3', at: { type: 'Folder', value: 'group-1' } },
      },
    });
    const untyped = fault('InvalidLogin').replace(' xsi:type="InvalidLogin"', '');
    expect(decodeReply(find, untyped)).toMatchObject({
      fault: { name: 'InvalidLogin', detail: { $type: 'InvalidLogin' } },
    });
  });

  const good = response('FindAllByUuid', '<returnval type="VirtualMachine">vm-7</returnval>');
  it.each([
    ['nothing', ''],
    ['a truncated reply', good.slice(0, -30)],
    ['a reply cut inside the value', good.slice(0, good.indexOf('vm-7') + 2)],
    ['an HTML page', '<!DOCTYPE html><html><body>Sign in</body></html>'],
    ['a page that is well-formed XML', '<html><body>Sign in</body></html>'],
    ['JSON', '{"value": []}'],
    ['a document type', good.replace('<soapenv:Envelope', '<!DOCTYPE x [<!ENTITY a "b">]><soapenv:Envelope')],
    ['two envelopes', good + good.slice(good.indexOf('<soapenv:Envelope'))],
    ['an element after the envelope', `${good}<b/>`],
    ['words after the envelope', `${good}and more`],
    ['two bodies', good.replace('</soapenv:Envelope>', '<soapenv:Body></soapenv:Body></soapenv:Envelope>')],
    ['two responses', envelope('<FindAllByUuidResponse xmlns="urn:vim25"/><FindAllByUuidResponse xmlns="urn:vim25"/>')],
    ['an empty body', envelope('')],
    ['the reply to another method', response('FindByUuid', '<returnval type="VirtualMachine">vm-7</returnval>')],
    ['a response of another namespace', good.replace('urn:vim25', 'urn:other')],
    ['an envelope of another namespace', good.replaceAll('http://schemas.xmlsoap.org/soap/envelope/', 'urn:x')],
    ['a reference without a type', response('FindAllByUuid', '<returnval>vm-7</returnval>')],
    ['an unknown entity', good.replace('vm-7', '&nbsp;')],
    ['a dangerous name', good.replace('<returnval', '<__proto__/><returnval')],
  ])('refuses %s', (_what, text) => {
    expect(() => decodeReply(find, text)).toThrow(SyntaxError);
  });

  it('refuses a reply without the value that the method returns', () => {
    const login = methodOf({ type: 'SessionManager', value: 's' }, 'Login');
    expect(() => decodeReply(login, response('Login', ''))).toThrow(SyntaxError);
  });
});
