// The transport against real TLS servers: whom it trusts, when it gives up, what it says about whether it was heard.
import { inspect } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../../src/util/clock.ts';
import type { Clock } from '../../../../src/util/clock.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import { createTransport, serverUrl } from '../../../../src/vsphere/soap/transport.ts';
import type { HttpRequest, Transport } from '../../../../src/vsphere/soap/transport.ts';
import type { TrustOptions } from '../../../../src/vsphere/soap/trust.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { createIdentity, reply, startTlsServer, startTlsSink } from '../support/tls-server.ts';
import type { Answer, Identity, TestServer } from '../support/tls-server.ts';

const SECRET = 'canary-password-5cfa';
const COOKIE = 'vmware_soap_session=canary-cookie-77';
const VM = { type: 'VirtualMachine', value: 'vm-1' };

let identity: Identity;
const open: { stop?(): Promise<void>; close?(): void }[] = [];

beforeAll(async () => {
  identity = await createIdentity();
});
afterEach(async () => {
  for (const thing of open.splice(0)) {
    thing.close?.();
    await thing.stop?.();
  }
});

async function serve(answer: Answer): Promise<TestServer> {
  const server = await startTlsServer(identity, answer);
  open.push(server);
  return server;
}

function transportTo(
  server: string,
  tls: TrustOptions = { caBundle: identity.caPem },
  clock: Clock = systemClock,
): Transport {
  const transport = createTransport({ server, tls, userAgent: 'test/1', clock, connectTimeoutMs: 5_000 });
  open.push(transport);
  return transport;
}

function request(more: Partial<HttpRequest> = {}): HttpRequest {
  const about = { method: 'CloneVM_Task', object: VM, opId: 'op-1' };
  return {
    body: `<x>${SECRET}</x>`,
    soapAction: 'urn:vim25/8.0.1.0',
    cookie: COOKIE,
    timeoutMs: 10_000,
    signal: undefined,
    about,
    ...more,
  };
}

async function failure(work: Promise<unknown>): Promise<VSphereError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VSphereError)) throw new Error(`expected a VSphereError, got ${String(error)}`);
  const everything = inspect(error, { depth: 20, showHidden: true });
  expect(everything).not.toContain(SECRET);
  expect(everything).not.toContain('canary-cookie');
  return error;
}

describe('transport', () => {
  it('posts over a pooled connection and hands back status, type, cookies and text', async () => {
    const server = await serve((_received, response) => reply(response, '<a/>', 500, { 'Set-Cookie': 'a=b; Path=/' }));
    const transport = transportTo(server.url);
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await transport.post(request());
      expect(answer).toEqual({
        status: 500,
        contentType: 'text/xml; charset=utf-8',
        setCookie: ['a=b; Path=/'],
        body: '<a/>',
      });
    }
    expect(server.connections()).toBe(1);
    expect(server.received[0]?.headers).toMatchObject({
      soapaction: 'urn:vim25/8.0.1.0',
      cookie: COOKIE,
      'user-agent': 'test/1',
    });
    expect(server.received[0]?.body).toBe(`<x>${SECRET}</x>`);
  });

  it.each<[string, (own: Identity) => TrustOptions]>([
    ['a CA bundle', (own) => ({ caBundle: own.caPem })],
    ['the fingerprint as it is shown', (own) => ({ thumbprint: own.sha256 })],
    [
      'the fingerprint in lower case without colons',
      (own) => ({ thumbprint: own.sha256.replaceAll(':', '').toLowerCase() }),
    ],
    ['nothing at all, if told to', () => ({ insecureSkipVerify: true })],
  ])('trusts by %s', async (_what, tls) => {
    const server = await serve((_received, response) => reply(response, '<a/>'));
    await expect(transportTo(server.url, tls(identity)).post(request())).resolves.toMatchObject({ status: 200 });
  });

  it.each<[string, (own: Identity, other: Identity) => TrustOptions]>([
    ['the built-in roots', () => ({})],
    ['another CA', (_own, other) => ({ caBundle: other.caPem })],
    ['another fingerprint', (_own, other) => ({ thumbprint: other.sha256 })],
    [
      'another fingerprint, whatever else says yes',
      (own, other) => ({ caBundle: own.caPem, insecureSkipVerify: true, thumbprint: other.sha256 }),
    ],
  ])('does not trust by %s, and sends nothing', async (_what, tls) => {
    const sink = await startTlsSink(identity);
    open.push(sink);
    const error = await failure(transportTo(sink.url, tls(identity, await createIdentity())).post(request()));
    expect(error).toMatchObject({ fault: 'CertificateNotTrusted', kind: 'terminal', sent: false });
    expect(error.message).toContain(identity.sha256);
    expect(error.detail).toMatchObject({ sha256: identity.sha256 });
    expect(sink.text()).toBe('');
  });

  it('refuses a certificate for another name', async () => {
    const other = await createIdentity({ dns: ['elsewhere.test'], ip: [] });
    const server = await startTlsServer(other, (_received, response) => reply(response, '<a/>'));
    open.push(server);
    const error = await failure(transportTo(server.url, { caBundle: other.caPem }).post(request()));
    expect(error.fault).toBe('CertificateNotTrusted');
    expect(server.received).toHaveLength(0);
  });

  it('follows no redirect', async () => {
    const other = await serve((_received, response) => reply(response, '<a/>'));
    const server = await serve((_received, response) => reply(response, '', 307, { Location: other.url }));
    await expect(transportTo(server.url).post(request())).resolves.toMatchObject({ status: 307 });
    expect(other.received).toHaveLength(0);
  });

  it('knows that a refused connection sent nothing', async () => {
    const server = await serve(() => undefined);
    await server.stop();
    open.length = 0;
    const error = await failure(transportTo(server.url).post(request()));
    expect(error).toMatchObject({
      fault: 'Transport',
      kind: 'connection',
      sent: false,
      detail: { code: 'ECONNREFUSED' },
    });
  });

  it('knows no outcome when the connection is cut after the request', async () => {
    const server = await serve((received) => received.socket.destroy());
    const error = await failure(transportTo(server.url).post(request()));
    expect(error).toMatchObject({ fault: 'Transport', kind: 'unknownOutcome', sent: true });
  });

  it('knows no outcome when the answer is cut off', async () => {
    const server = await serve((received, response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': '1000' });
      response.write('<a>', () => received.socket.destroy());
    });
    expect(await failure(transportTo(server.url).post(request()))).toMatchObject({
      kind: 'unknownOutcome',
      sent: true,
    });
  });

  it('gives up after the time for the whole request', async () => {
    const clock = new FakeClock();
    const server = await serve((_received, response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml' });
      response.write('<a>', () => void clock.advance(200));
    });
    const error = await failure(
      transportTo(server.url, { caBundle: identity.caPem }, clock).post(request({ timeoutMs: 200 })),
    );
    expect(error).toMatchObject({ fault: 'Timeout', kind: 'unknownOutcome', sent: true });
  });

  it('stops when the caller does, before and during the request', async () => {
    const server = await serve(() => undefined);
    const transport = transportTo(server.url);
    expect(await failure(transport.post(request({ signal: AbortSignal.abort() })))).toMatchObject({
      fault: 'Canceled',
      sent: false,
    });
    const stop = new AbortController();
    const work = failure(transport.post(request({ signal: stop.signal })));
    server.answer = () => stop.abort();
    expect(await work).toMatchObject({ fault: 'Canceled', kind: 'canceled', sent: true });
  });

  it('refuses an answer without end', async () => {
    const server = await serve((_received, response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml' });
      const chunk = Buffer.alloc(1_048_576, 'x');
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    });
    expect(await failure(transportTo(server.url).post(request()))).toMatchObject({
      fault: 'BadReply',
      detail: { excess: true },
      sent: true,
    });
  });

  it('asks for leave when the request has its socket, and sends nothing when that is refused', async () => {
    const server = await serve((_received, response) => reply(response, '<a/>'));
    const transport = transportTo(server.url);
    let leading = true;
    const mayGo = (): void => {
      if (!leading) throw new Error('the Lease is lost');
    };
    const posts = Promise.allSettled([1, 2, 3].map(() => transport.post(request({ mayGo }))));
    leading = false; // they are waiting for their handshakes
    for (const outcome of await posts)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'the Lease is lost' } });
    expect(server.received).toEqual([]);
    leading = true;
    await expect(transport.post(request({ mayGo }))).resolves.toMatchObject({ body: '<a/>' });
    leading = false; // a socket of the pool is there at once
    await expect(transport.post(request({ mayGo }))).rejects.toThrow('the Lease is lost');
    expect(server.received).toHaveLength(1);
  });
});

describe('serverUrl', () => {
  it.each([
    ['vc.example.com', 'https://vc.example.com/sdk'],
    ['vc.example.com:8443', 'https://vc.example.com:8443/sdk'],
    ['https://127.0.0.1:1234/sdk', 'https://127.0.0.1:1234/sdk'],
    ['[::1]:443', 'https://[::1]/sdk'],
  ])('%s is %s', (server, url) => {
    expect(serverUrl(server)).toBe(url);
  });

  it.each(['http://vc/sdk', 'https://u:p@vc/sdk', 'not a host'])('refuses %s', (server) => {
    expect(() => serverUrl(server)).toThrow(/https|user information|Invalid URL/);
  });
});
