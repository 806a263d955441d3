// Which lists the proxy answers as of the past: those that fill caches, and none that asks for what is.
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../../../src/simulator/wire/certificate.ts';
import { ApiProxy, WITHOUT_FINALIZER, askedFor, labelOf } from '../../campaigns/harness/api-proxy.ts';

const CLONES = '/apis/linkedclone.dev/v1alpha1/linkedclones';
const IN_LAB = '/apis/linkedclone.dev/v1alpha1/namespaces/lab/linkedclones';
const BASES = '/apis/linkedclone.dev/v1alpha1/basesnapshots';

let server: Server;
let proxy: ApiProxy;

/** The server answers with what it was asked. */
beforeEach(async () => {
  const { keyPem, certificatePem } = await makeCertificate('127.0.0.1');
  server = createServer({ key: keyPem, cert: certificatePem }, (request, response) => response.end(request.url));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const nothing = (): Promise<void> => Promise.resolve();
  proxy = await ApiProxy.start(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    kill: nothing,
    stun: nothing,
  });
});

afterEach(async () => {
  await proxy.stop();
  server.closeAllConnections();
  server.close();
});

async function isOld(path: string): Promise<boolean> {
  return (await (await fetch(`${proxy.url}${path}`)).text()).includes('resourceVersion=7&resourceVersionMatch=Exact');
}

async function watch(path: string): Promise<void> {
  await (await fetch(`${proxy.url}${path}?watch=true`)).text();
}

describe('caches of the past', () => {
  it('are filled by the lists before a path is watched; later ones of it hear the truth', async () => {
    expect(await isOld(CLONES)).toBe(false);
    await watch(CLONES);
    proxy.fillCachesAt('7');
    expect(await isOld(`${CLONES}?limit=500`)).toBe(true);
    expect(await isOld(`${CLONES}?limit=500&continue=abc`)).toBe(false); // the page before it says of when it is
    await watch(CLONES);
    expect(await isOld(`${CLONES}?limit=500`)).toBe(false);
    expect(await isOld(IN_LAB)).toBe(false); // its cache is the one of all namespaces
    expect(await isOld(BASES)).toBe(true);
    expect(proxy.oldLists).toBe(2);
    proxy.fillCachesAt(undefined);
    expect(await isOld(BASES)).toBe(false);
  });

  it('may be of one namespace each', async () => {
    proxy.fillCachesAt('7');
    await watch(IN_LAB);
    expect(await isOld(IN_LAB)).toBe(false);
    expect(await isOld(IN_LAB.replace('lab', 'other'))).toBe(true);
  });

  it('are those of the kinds that are meant, and of no kind that is never watched', async () => {
    proxy.fillCachesAt('7', ['linkedclones']);
    expect(await isOld(CLONES)).toBe(true);
    expect(await isOld(BASES)).toBe(false);
    proxy.fillCachesAt('7');
    expect(await isOld('/apis/apps/v1/namespaces/lab/controllerrevisions')).toBe(false);
    expect(await isOld(`${CLONES}/one`)).toBe(false);
  });
});

describe('a write that takes a finalizer away', () => {
  const label = (before: readonly string[] | null, after: readonly string[]): string => {
    const path = '/metadata/finalizers';
    const patch = [
      { op: 'test', path: '/metadata/uid', value: 'u' },
      { op: 'test', path, value: before },
      { op: 'add', path, value: after },
    ];
    return labelOf(askedFor('PATCH', new URL(`${IN_LAB}/one`, 'http://api')), Buffer.from(JSON.stringify(patch)));
  };

  it('says so', () => {
    expect(label(['a', 'b'], ['b'])).toBe(`PATCH linkedclones lab/one ${WITHOUT_FINALIZER}`);
    expect(label(['a'], [])).toBe(`PATCH linkedclones lab/one ${WITHOUT_FINALIZER}`);
    expect(label(null, ['a'])).toBe('PATCH linkedclones lab/one');
    const asked = askedFor('PATCH', new URL(`${IN_LAB}/one`, 'http://api'));
    expect(labelOf(asked, Buffer.from('{"spec":{}}'))).toBe('PATCH linkedclones lab/one');
  });
});

describe('writes to a Lease', () => {
  const lease = (spec: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`${proxy.url}/apis/coordination.k8s.io/v1/namespaces/system/leases/operator`, {
      method: 'PUT',
      body: JSON.stringify({ spec }),
    });

  it('are counted apart from all others, and tell what they do', async () => {
    proxy.writes.arm([]);
    proxy.leaseWrites.arm([{ nth: 1, act: 'lose-reply', of: 'Lease renewed' }]);
    await lease({ holderIdentity: 'me', acquireTime: '1', renewTime: '1' });
    await expect(lease({ holderIdentity: 'me', acquireTime: '1', renewTime: '2' })).rejects.toThrow('fetch failed');
    await lease({ holderIdentity: '', acquireTime: '1', renewTime: '2' });
    expect(proxy.leaseWrites.seen.map(({ label }) => label)).toEqual([
      'Lease taken in system',
      'Lease renewed in system',
      'Lease given back in system',
    ]);
    expect(proxy.writes.count).toBe(0);
  });
});
