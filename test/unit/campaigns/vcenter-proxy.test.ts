// When the proxy of a vCenter has passed on all that a process sent which has ended.
import { createServer, request } from 'node:https';
import type { Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { makeCertificate } from '../../../src/simulator/wire/certificate.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Sent } from '../../campaigns/harness/vcenter-proxy.ts';
import { VCenterProxy } from '../../campaigns/harness/vcenter-proxy.ts';

const DESTROY =
  '<soapenv:Envelope><soapenv:Body><Destroy_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this>' +
  '</Destroy_Task></soapenv:Body></soapenv:Envelope>';

let server: Server;
let proxy: VCenterProxy;
/** Calls that the vCenter has, and hasn't answered. */
let waiting: ServerResponse[];

beforeEach(async () => {
  waiting = [];
  const { keyPem, certificatePem } = await makeCertificate('127.0.0.1');
  server = createServer({ key: keyPem, cert: certificatePem }, (_request, response) => waiting.push(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const nothing = (): Promise<void> => Promise.resolve();
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await VCenterProxy.start(url, { kill: nothing, stun: nothing });
});

afterEach(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

it('is drained when the process is gone and its last change was answered, and tells who sent that', async () => {
  const sent: Sent[] = [];
  proxy.onChange = (_call, _body, one) => sent.push(one);
  await proxy.drained();
  const headers = { 'user-agent': 'linked-clone-operator/copy' };
  const client = request(`https://${proxy.server}/sdk`, { method: 'POST', rejectUnauthorized: false, headers });
  client.on('error', () => undefined);
  client.end(DESTROY);
  await waitUntil('the call', () => waiting.length === 1, { intervalMs: 5 });
  let isDrained = false;
  const drained = proxy.drained().then(() => (isDrained = true));
  client.destroy();
  await waitUntil('the process to be gone', () => client.closed, { intervalMs: 5 });
  expect([isDrained, proxy.writes.open]).toEqual([false, 1]);
  waiting[0]?.end('<answer/>');
  await drained;
  expect(proxy.writes.open).toBe(0);
  expect(sent).toEqual([{ cameAt: expect.any(Number), userAgent: 'linked-clone-operator/copy' }]);
});
