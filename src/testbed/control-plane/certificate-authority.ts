// A certificate authority for one run: its key lives in the run's folder and dies with it. Elliptic-curve keys because
// generating them takes a millisecond. Another process can load it from the same folder and issue further users.
// The certificate library's dependency injection wants this polyfill loaded before it.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonName } from '@peculiar/x509';

export interface KeyAndCertificate {
  keyPem: string;
  certificatePem: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Longer than any demo is left running. */
const VALID_DAYS = 30;

export class CertificateAuthority {
  readonly certificatePem: string;
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#key = key;
    this.certificatePem = certificate.toString('pem');
  }

  /** Makes an authority and writes `<name>.crt` and `<name>.key` into `directory`. */
  static async create(directory: string, name: string): Promise<CertificateAuthority> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        name: [{ CN: [name] }],
        keys,
        ...validity(),
        extensions: [
          new BasicConstraintsExtension(true, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
        ],
      },
      webcrypto,
    );
    const authority = new CertificateAuthority(certificate, keys.privateKey);
    await writeFile(join(directory, `${name}.crt`), authority.certificatePem);
    await writeFile(join(directory, `${name}.key`), await privateKeyPem(keys.privateKey), { mode: 0o600 });
    return authority;
  }

  /** The authority that `create` wrote. */
  static async load(directory: string, name: string): Promise<CertificateAuthority> {
    const certificate = new X509Certificate(await readFile(join(directory, `${name}.crt`), 'utf8'));
    const key = PemConverter.decodeFirst(await readFile(join(directory, `${name}.key`), 'utf8'));
    return new CertificateAuthority(
      certificate,
      await webcrypto.subtle.importKey('pkcs8', key, ALGORITHM, true, ['sign']),
    );
  }

  /** A serving certificate for the DNS names and IP addresses. */
  issueServer(
    commonName: string,
    names: { dns: readonly string[]; ip: readonly string[] },
  ): Promise<KeyAndCertificate> {
    const alternatives = [
      ...names.dns.map((value) => ({ type: 'dns' as const, value })),
      ...names.ip.map((value) => ({ type: 'ip' as const, value })),
    ];
    return this.#issue([{ CN: [commonName] }], ExtendedKeyUsage.serverAuth, [
      new SubjectAlternativeNameExtension(alternatives),
    ]);
  }

  /** A client certificate: Kubernetes takes the user from the common name and a group from each organization. */
  issueClient(user: string, groups: readonly string[]): Promise<KeyAndCertificate> {
    return this.#issue([...groups.map((group) => ({ O: [group] })), { CN: [user] }], ExtendedKeyUsage.clientAuth, []);
  }

  async #issue(subject: JsonName, usage: ExtendedKeyUsage, more: Extension[]): Promise<KeyAndCertificate> {
    const keys = await generateKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        subject,
        issuer: this.#certificate.subjectName,
        publicKey: keys.publicKey,
        signingKey: this.#key,
        serialNumber: serialNumber(),
        ...validity(),
        extensions: [
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([usage]),
          ...more,
        ],
      },
      webcrypto,
    );
    return { keyPem: await privateKeyPem(keys.privateKey), certificatePem: certificate.toString('pem') };
  }
}

/** A fresh signing key pair; both halves can be exported. */
export async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** PKCS #8 in PEM. */
export async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag)}\n`;
}

/** Positive, as RFC 5280 wants it: the first bit is clear. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - DAY_MS / 24), notAfter: new Date(now + VALID_DAYS * DAY_MS) };
}
