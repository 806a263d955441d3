// A single ESXi host, or an old vCenter, as far as anybody gets who looks before logging in: HTTPS, RetrieveServiceContent
// with what it says about itself, and nothing else. Notes which methods it was asked for, so that a test sees that no
// password was sent.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../../src/testbed/control-plane/certificate-authority.ts';

const MANAGERS = [
  ['rootFolder', 'Folder', 'ha-folder-root'],
  ['propertyCollector', 'PropertyCollector', 'ha-property-collector'],
  ['viewManager', 'ViewManager', 'ViewManager'],
] as const;
const ESXI = {
  name: 'VMware ESXi',
  fullName: 'VMware ESXi 8.0.3 build-24022510',
  vendor: 'VMware, Inc.',
  version: '8.0.3',
  build: '24022510',
  osType: 'vmnix-x86',
  productLineId: 'embeddedEsx',
  apiType: 'HostAgent',
  apiVersion: '8.0.3.0',
};

/** A vCenter of the last version before 7.0 Update 2. */
export const OLD_VCENTER = {
  name: 'VMware vCenter Server',
  fullName: 'VMware vCenter Server 7.0.1 build-17491160',
  vendor: 'VMware, Inc.',
  version: '7.0.1',
  build: '17491160',
  osType: 'linux-x64',
  productLineId: 'vpx',
  apiType: 'VirtualCenter',
  apiVersion: '7.0.1.1',
  instanceUuid: '1d1f33a6-9e4d-4f4c-9a0e-2c64f6b1f5a7',
};

export class FakeEsxi {
  readonly #server: Server;
  /** Wire names of the methods that were called, in order. */
  readonly methods: string[] = [];
  /** SHA-256 of its certificate. */
  readonly thumbprint: string;

  private constructor(server: Server, thumbprint: string, about: Readonly<Record<string, string>>) {
    this.#server = server;
    this.thumbprint = thumbprint;
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const method = /Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
        this.methods.push(method);
        const known = method === 'RetrieveServiceContent';
        response.writeHead(known ? 200 : 500, { 'content-type': 'text/xml; charset=utf-8' });
        response.end(envelope(known ? serviceContent(about) : fault(method)));
      });
    });
  }

  static async start(about: Readonly<Record<string, string>> = ESXI): Promise<FakeEsxi> {
    const directory = await mkdtemp(join(tmpdir(), 'fake-esxi-'));
    try {
      const authority = await CertificateAuthority.create(directory, 'esxi-ca');
      const names = { dns: ['localhost'], ip: ['127.0.0.1'] };
      const { certificatePem, keyPem } = await authority.issueServer('esxi', names);
      const server = createServer({ cert: certificatePem, key: keyPem });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return new FakeEsxi(server, new X509Certificate(certificatePem).fingerprint256, about);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** host:port */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

function serviceContent(facts: Readonly<Record<string, string>>): string {
  const about = Object.entries(facts).map(([field, value]) => `<${field}>${value}</${field}>`);
  const managers = MANAGERS.map(([field, type, value]) => `<${field} type="${type}">${value}</${field}>`);
  const later =
    '<sessionManager type="SessionManager">ha-sessionmgr</sessionManager><searchIndex type="SearchIndex">ha-searchindex</searchIndex>';
  return `<RetrieveServiceContentResponse xmlns="urn:vim25"><returnval>${managers.join('')}<about>${about.join('')}</about>${later}</returnval></RetrieveServiceContentResponse>`;
}

function fault(method: string): string {
  return `<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${method} is not for tests</faultstring><detail><NotSupportedFault xmlns="urn:vim25" xsi:type="NotSupported"/></detail></soapenv:Fault>`;
}
