// One exchange: what goes out, which answers count as vCenter's, which cookies are kept, what is counted and logged.
import { describe, expect, it } from '@jest/globals';
import { createCodec } from '../../../../src/vsphere/layers/codec.ts';
import type { WireState } from '../../../../src/vsphere/layers/codec.ts';
import type { ObservedCall, SoapCall } from '../../../../src/vsphere/layers/call.ts';
import type { HttpReply, HttpRequest, Transport } from '../../../../src/vsphere/soap/transport.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { COLLECTOR, VM, call, rejection, silent } from '../support/calls.ts';
import { fault, response, serviceContent, userSession } from '../support/soap-text.ts';

const SESSIONS = { type: 'SessionManager', value: 'SessionManager' };
const LOGIN = call('Login', { object: SESSIONS, args: { userName: 'u', password: 'p' } });

class FakeTransport implements Transport {
  readonly requests: HttpRequest[] = [];
  next: Partial<HttpReply> = {};
  async post(request: HttpRequest): Promise<HttpReply> {
    this.requests.push(request);
    return { status: 200, contentType: 'text/xml; charset=utf-8', setCookie: [], body: '', ...this.next };
  }
  close(): void {}
}

function setUp(): {
  transport: FakeTransport;
  state: WireState;
  observed: ObservedCall[];
  send: ReturnType<typeof createCodec>;
} {
  const transport = new FakeTransport();
  const state: WireState = { cookie: undefined, apiVersion: '8.0.1.0' };
  const observed: ObservedCall[] = [];
  const send = createCodec({
    transport,
    state,
    clock: new FakeClock(),
    logger: silent,
    observe: (seen) => observed.push(seen),
  });
  return { transport, state, observed, send };
}

describe('createCodec', () => {
  it('keeps the cookie of a login and sends it from then on', async () => {
    const { transport, state, send } = setUp();
    const setCookie = ['other=1; Path=/', 'vmware_soap_session="abc-1"; Path=/; HttpOnly; Secure; '];
    transport.next = { body: userSession(), setCookie };
    await expect(send(LOGIN)).resolves.toMatchObject({ key: 'session-1' });
    expect(state.cookie).toBe('vmware_soap_session="abc-1"');
    transport.next = {
      body: response('CurrentTime', '<returnval>2026-11-21T12:00:00Z</returnval>'),
      setCookie: ['vmware_soap_session=evil'],
    };
    await send(call('CurrentTime', { object: { type: 'ServiceInstance', value: 'ServiceInstance' } }));
    expect(transport.requests[1]).toMatchObject({
      cookie: 'vmware_soap_session="abc-1"',
      soapAction: 'urn:vim25/8.0.1.0',
    });
    expect(state.cookie).toBe('vmware_soap_session="abc-1"');
  });

  it.each<[string, Partial<HttpReply>, string]>([
    ['an HTTP error', { status: 503, body: '<html/>', contentType: 'text/html' }, 'Http'],
    ['a redirect', { status: 307 }, 'Http'],
    ['a 500 that is not SOAP', { status: 500, body: 'oops', contentType: 'text/plain' }, 'Http'],
    ['a page with status 200', { body: '<html/>', contentType: 'text/html' }, 'BadReply'],
    ['half a document', { body: serviceContent().slice(0, -20) }, 'BadReply'],
    ['another answer', { body: response('CurrentTime', '<returnval>t</returnval>') }, 'BadReply'],
    ['a good answer with status 500', { status: 500, body: serviceContent() }, 'BadReply'],
  ])('turns %s into a typed error', async (_what, next, expected) => {
    const { transport, observed, send } = setUp();
    transport.next = next;
    const ask = call('RetrieveServiceContent', { object: { type: 'ServiceInstance', value: 'ServiceInstance' } });
    const error = await rejection(send(ask));
    expect(error).toMatchObject({ fault: expected, kind: 'connection', opId: 'op', status: next.status ?? 200 });
    expect(String(error)).not.toContain('<html');
    expect(observed).toEqual([{ method: 'RetrieveServiceContent', fault: expected, seconds: 0 }]);
  });

  it('turns a SOAP fault into an error with its fields', async () => {
    const { transport, send } = setUp();
    const obj = '<obj type="VirtualMachine">vm-1</obj>';
    transport.next = { status: 500, body: fault('ManagedObjectNotFound', obj, 'gone') };
    const error = await rejection(send(call('PowerOnVM_Task')));
    expect(error).toMatchObject({
      fault: 'ManagedObjectNotFound',
      kind: 'notFound',
      method: 'PowerOnVM_Task',
      object: VM,
      status: 500,
      sent: true,
    });
    expect(error).toMatchObject({ detail: { obj: VM } });
  });

  const missing =
    '<missingSet><path>name</path><fault><fault xsi:type="NotAuthenticated"><object type="Folder">group-d1</object>' +
    '<privilegeId>System.View</privilegeId></fault><localizedMessage/></fault></missingSet>';
  it.each<[string, string, Record<string, unknown>, string]>([
    [
      'a read',
      'RetrievePropertiesEx',
      { specSet: [], options: {} },
      `<returnval><objects><obj type="Folder">group-d1</obj>${missing}</objects></returnval>`,
    ],
    [
      'a poll',
      'WaitForUpdatesEx',
      { version: '' },
      `<returnval><version>1</version><filterSet><filter type="PropertyFilter">f</filter><objectSet><kind>enter</kind><obj type="Folder">group-d1</obj>${missing}</objectSet></filterSet></returnval>`,
    ],
  ])('sees the end of the session in the missing properties of %s', async (_what, method, args, content) => {
    const { transport, send } = setUp();
    transport.next = { body: response(method, content) };
    const error = await rejection(send(call(method, { object: COLLECTOR, args })));
    expect(error).toMatchObject({ fault: 'NotAuthenticated', kind: 'session', method });
  });

  it('leaves a missing privilege in the answer', async () => {
    const { transport, send } = setUp();
    const content = `<returnval><objects><obj type="Folder">group-d1</obj>${missing.replace('NotAuthenticated', 'NoPermission')}</objects></returnval>`;
    transport.next = { body: response('RetrievePropertiesEx', content) };
    const value = await send(call('RetrievePropertiesEx', { args: { specSet: [], options: {} } }));
    expect(value).toMatchObject({
      objects: [{ missingSet: [{ path: 'name', fault: { fault: { $type: 'NoPermission' } } }] }],
    });
  });

  it('asks for leave to send, and once more for leave to change something', async () => {
    const transport = new FakeTransport();
    const asked: string[] = [];
    const beforeSend = ({ method }: SoapCall): void => void asked.push(`send ${method}`);
    const beforeChange = (method: string): void => void asked.push(`change ${method}`);
    const state: WireState = { cookie: undefined, apiVersion: '8.0.1.0' };
    const send = createCodec({
      transport,
      state,
      clock: new FakeClock(),
      logger: silent,
      observe: undefined,
      beforeSend,
      beforeChange,
    });
    transport.next = { body: response('PowerOnVM_Task', '<returnval type="Task">task-1</returnval>') };
    await send(call('PowerOnVM_Task'));
    transport.next = { body: response('RetrievePropertiesEx', '') };
    await send(call('RetrievePropertiesEx', { args: { specSet: [], options: {} } }));
    transport.next = { body: response('DestroyPropertyCollector', '') };
    await send(call('DestroyPropertyCollector'));
    transport.next = { body: response('PowerOnVM_Task', '<returnval type="Task">task-2</returnval>') };
    await send(call('PowerOnVM_Task', { mayGo: () => void asked.push('what the caller asks') }));
    for (const { mayGo } of transport.requests) mayGo?.();
    expect(asked).toEqual([
      'send PowerOnVM_Task',
      'change PowerOnVM_Task',
      'send RetrievePropertiesEx',
      'send DestroyPropertyCollector',
      'send PowerOnVM_Task',
      'change PowerOnVM_Task',
      'what the caller asks',
    ]);
  });
});
