// Where a VCenter may point: what is on the operator's own machine or link is found out in every spelling.
import { describe, expect, it } from '@jest/globals';
import { hostOf, localAddressOf } from '../../../../src/controllers/vcenter/address-rules.ts';

describe('hostOf', () => {
  it.each([
    ['vc.example.com', 'vc.example.com'],
    ['vc.example.com:8443', 'vc.example.com'],
    ['10.0.0.1:443', '10.0.0.1'],
    ['[fe80::1]', 'fe80::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
  ])('of %s is %s', (server, expected) => {
    expect(hostOf(server)).toBe(expected);
  });
});

describe('localAddressOf', () => {
  it.each([
    '127.0.0.1',
    '127.8.9.10:8989',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '[::1]:443',
    '[::]',
    '[fe80::1]',
    '[febf::1]:443',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]:80',
  ])('finds %s to be local', async (server) => {
    await expect(localAddressOf(server)).resolves.toEqual(expect.any(String));
  });

  it.each([
    '10.0.0.1',
    '192.168.1.10:443',
    '128.0.0.1',
    '169.253.1.1',
    '[2001:db8::1]:443',
    '[fec0::1]',
    '[::ffff:10.0.0.1]',
  ])('has nothing against %s', async (server) => {
    await expect(localAddressOf(server)).resolves.toBeUndefined();
  });

  it('resolves names', async () => {
    await expect(localAddressOf('localhost:8989')).resolves.toMatch(/^(127\.|::1$)/);
  });

  // a name that no resolver takes, so that no test waits for a network
  it.each(['no..such..name', 'no..such..name:443'])('rejects for a name that does not resolve: %s', async (server) => {
    await expect(localAddressOf(server)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });
});
