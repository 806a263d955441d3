// What the API server takes and refuses of a VCenter, and what it says about it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './support/cluster.ts';
import type { Spec } from './support/objects.ts';
import { vCenter } from './support/objects.ts';

const SHA256 = 'ab'.repeat(32);
const SERVER = 'server is a host or host:port';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const rule = (part: Spec): Spec => ({ access: [{ namespaces: { names: ['lab'] }, ...part }] });

const ACCEPTED: readonly [title: string, spec: Spec][] = [
  ['as little as possible', {}],
  ['a port', { server: 'vcenter.example.org:8443' }],
  ['an IPv4 address with a port', { server: '127.0.0.1:65535' }],
  ['an IPv6 address', { server: '[2001:db8::1]' }],
  ['an IPv6 address with a port', { server: '[::1]:443' }],
  ['a thumbprint without colons', { tls: { thumbprint: SHA256 } }],
  ['a thumbprint with colons', { tls: { thumbprint: SHA256.toUpperCase().match(/../g)?.join(':') } }],
  ['a CA bundle', { tls: { caBundle: PEM } }],
  ['no check of the certificate', { tls: { insecureSkipVerify: true } }],
  [
    'everything allowed to everybody',
    rule({ namespaces: { names: ['*'] }, parents: ['*'], folders: ['*'], resourcePools: ['*'], datastores: ['*'] }),
  ],
  [
    'namespaces by label',
    rule({
      namespaces: {
        selector: { matchLabels: { team: 'qa' }, matchExpressions: [{ key: 'env', operator: 'In', values: ['lab'] }] },
      },
      maxClones: 0,
    }),
  ],
  [
    'the largest limits',
    { limits: { clonesPerSourceHost: 128, clones: 640, powerOps: 640, snapshotOps: 640, deletes: 640 } },
  ],
];

const REFUSED: readonly [title: string, spec: Spec, message: string][] = [
  ['a scheme', { server: 'https://vcenter.example.org' }, SERVER],
  ['a path', { server: 'vcenter.example.org/sdk' }, SERVER],
  ['a user', { server: 'root@vcenter.example.org' }, SERVER],
  ['a port beyond 65535', { server: 'vcenter.example.org:65536' }, SERVER],
  ['port 0', { server: 'vcenter.example.org:0' }, SERVER],
  ['an IPv6 address without brackets', { server: '2001:db8::1' }, SERVER],
  ['a space in the server', { server: 'vcenter example' }, SERVER],
  ['an empty server', { server: '' }, 'spec.server'],
  ['no server', { server: undefined }, 'spec.server: Required value'],
  ['no credentials', { credentialsSecretRef: undefined }, 'spec.credentialsSecretRef: Required value'],
  ['a thumbprint of SHA-1', { tls: { thumbprint: 'ab'.repeat(20) } }, 'spec.tls.thumbprint'],
  [
    'a thumbprint that is no hexadecimal',
    { tls: { thumbprint: 'xy'.repeat(32) } },
    'thumbprint is the SHA-256 of the certificate',
  ],
  ['a CA bundle that is no PEM', { tls: { caBundle: 'MIIB' } }, 'caBundle is PEM text'],
  [
    'a CA bundle and a thumbprint',
    { tls: { caBundle: PEM, thumbprint: SHA256 } },
    'tls takes caBundle or thumbprint, not both',
  ],
  [
    'a thumbprint that is then ignored',
    { tls: { thumbprint: SHA256, insecureSkipVerify: true } },
    'trusts any certificate: leave out caBundle and thumbprint',
  ],
  ['a rule without namespaces', { access: [{ parents: ['*'] }] }, 'spec.access[0].namespaces: Required value'],
  ['a rule for no namespace', rule({ namespaces: {} }), 'namespaces takes names or selector, one of them'],
  [
    'names and a selector',
    rule({ namespaces: { names: ['a'], selector: {} } }),
    'namespaces takes names or selector, one of them',
  ],
  [
    'an unknown operator',
    rule({ namespaces: { selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } } }),
    'supported values: "In", "NotIn", "Exists", "DoesNotExist"',
  ],
  ['a control character in a path', rule({ parents: ['a\u0007b'] }), 'spec.access[0].parents[0]'],
  ['an empty path', rule({ folders: [''] }), 'spec.access[0].folders[0]'],
  [
    'no clones at a time',
    { limits: { clones: 0 } },
    'spec.limits.clones: Invalid value: 0: spec.limits.clones in body should be greater than or equal to 1',
  ],
  ['too many clones of a host', { limits: { clonesPerSourceHost: 129 } }, 'should be less than or equal to 128'],
  ['a limit that is no number', { limits: { deletes: 'many' } }, 'spec.limits.deletes'],
  ['an unknown policy', { orphanPolicy: 'Adopt' }, 'supported values: "Report", "Delete"'],
  ['no grace', { orphanGraceSeconds: 0 }, 'should be greater than or equal to 1'],
  ['a field that is not there yet', { limits: { hostsPerBase: 8 } }, 'unknown field "spec.limits.hostsPerBase"'],
];

describe('VCenter', () => {
  let cluster: Cluster;
  beforeAll(() => {
    cluster = new Cluster();
  });
  afterAll(() => cluster.close());

  it.each(ACCEPTED)('takes %s', async (_, spec) => {
    const { status, body } = await cluster.dryCreate(vCenter(spec));
    expect(`${status} ${body.message ?? ''}`).toBe('201 ');
  });

  it.each(REFUSED)('refuses %s', async (_, spec, message) => {
    const { status, body } = await cluster.dryCreate(vCenter(spec));
    expect(body.message).toContain(message);
    expect([400, 422]).toContain(status);
  });
});
