// The certificate that the simulator serves with: one that is given, so that clients can pin it over restarts; else a
// self-signed one of this run, as every fresh vCenter appliance has one, valid for the names a client on this machine can
// use and for the address that the simulator listens on.
import 'reflect-metadata';
import { X509Certificate, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface ServerCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** SHA-256 of the certificate: pairs of upper-case hexadecimal digits with colons between them. */
  readonly thumbprint: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const VALID_DAYS = 365;

/** A key and its certificate for localhost, the loopback addresses and `host`. */
export async function makeCertificate(host: string): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = new Set(['localhost', '127.0.0.1', '::1', ...(host === '0.0.0.0' || host === '::' ? [] : [host])]);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: ['localhost'] }, { O: ['linked-clone simulator'] }],
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      keys,
      notBefore: new Date(now - DAY_MS),
      notAfter: new Date(now + VALID_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      extensions: [
        // An authority of its own, so that a client can be given this one certificate to trust.
        new BasicConstraintsExtension(true, undefined, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          [...names].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
      ],
    },
    webcrypto,
  );
  const certificatePem = certificate.toString('pem');
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    keyPem: PemConverter.encode(key, PemConverter.PrivateKeyTag),
    certificatePem,
    thumbprint: new X509Certificate(certificatePem).fingerprint256,
  };
}

/** A certificate that is given; throws when one isn't PEM, or the key isn't the certificate's. */
export function readCertificate(certificatePem: string, keyPem: string): ServerCertificate {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) throw new Error("the key isn't the certificate's");
  return { keyPem, certificatePem, thumbprint: certificate.fingerprint256 };
}
