// All keys and certificates of one control plane, made for this run: serving certificate, administrator, front proxy of
// the aggregation layer (an authority of its own: whoever holds it may name any user), service-account keys.
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PemConverter } from '@peculiar/x509';
import { CertificateAuthority, generateKeys, privateKeyPem } from './certificate-authority.ts';
import type { KeyAndCertificate } from './certificate-authority.ts';

export interface Pki {
  authority: CertificateAuthority;
  admin: KeyAndCertificate;
  /** Absolute paths, by what the servers' flags call them. */
  files: {
    clientCa: string;
    serverCertificate: string;
    serverKey: string;
    requestHeaderCa: string;
    proxyCertificate: string;
    proxyKey: string;
    serviceAccountKey: string;
    serviceAccountPublicKey: string;
    /** With which the API server talks to kubelets, where there are any. */
    kubeletClientCertificate: string;
    kubeletClientKey: string;
  };
}

export const CLUSTER_CA = 'cluster-ca';
const FRONT_PROXY_CA = 'front-proxy-ca';
export const FRONT_PROXY_NAME = 'front-proxy-client';
/** Of the networks that are reserved for benchmarks (RFC 2544), so that no real one is hidden where it is put on this machine. */
export const SERVICE_RANGE = '198.18.41.0/24';
/** First address of the service range: the `kubernetes` Service. */
export const KUBERNETES_SERVICE_IP = '198.18.41.1';

/** Makes the PKI in `directory`. */
export async function createPki(directory: string): Promise<Pki> {
  const authority = await CertificateAuthority.create(directory, CLUSTER_CA);
  const frontProxy = await CertificateAuthority.create(directory, FRONT_PROXY_CA);
  const server = await authority.issueServer('kube-apiserver', {
    dns: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ip: ['127.0.0.1', '::1', KUBERNETES_SERVICE_IP],
  });
  const proxy = await frontProxy.issueClient(FRONT_PROXY_NAME, []);
  const serviceAccount = await generateKeys();
  const publicKey = await webcrypto.subtle.exportKey('spki', serviceAccount.publicKey);

  const at = (name: string): string => join(directory, name);
  const files: Pki['files'] = {
    clientCa: at(`${CLUSTER_CA}.crt`),
    serverCertificate: at('apiserver.crt'),
    serverKey: at('apiserver.key'),
    requestHeaderCa: at(`${FRONT_PROXY_CA}.crt`),
    proxyCertificate: at('front-proxy.crt'),
    proxyKey: at('front-proxy.key'),
    serviceAccountKey: at('service-account.key'),
    serviceAccountPublicKey: at('service-account.pub'),
    kubeletClientCertificate: at('kubelet-client.crt'),
    kubeletClientKey: at('kubelet-client.key'),
  };
  const kubeletClient = await authority.issueClient('kube-apiserver-kubelet-client', ['system:masters']);
  await writeFile(files.kubeletClientCertificate, kubeletClient.certificatePem);
  await writeFile(files.kubeletClientKey, kubeletClient.keyPem, { mode: 0o600 });
  await writeFile(files.serverCertificate, server.certificatePem);
  await writeFile(files.serverKey, server.keyPem, { mode: 0o600 });
  await writeFile(files.proxyCertificate, proxy.certificatePem);
  await writeFile(files.proxyKey, proxy.keyPem, { mode: 0o600 });
  await writeFile(files.serviceAccountKey, await privateKeyPem(serviceAccount.privateKey), { mode: 0o600 });
  await writeFile(files.serviceAccountPublicKey, `${PemConverter.encode(publicKey, PemConverter.PublicKeyTag)}\n`);
  return { authority, admin: await authority.issueClient('admin', ['system:masters']), files };
}
