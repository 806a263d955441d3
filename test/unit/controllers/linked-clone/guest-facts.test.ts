// What a guest says about itself never keeps a status from being written: whatever it says, the schema takes what is made of it.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  guestAddresses,
  guestHostname,
  isLinkLocal,
  macAddresses,
} from '../../../../src/controllers/linked-clone/guest-facts.ts';

describe('guestAddresses', () => {
  it.each<[string | undefined, readonly string[]]>([
    ['10.0.0.5', ['10.0.0.5']],
    ['2001:db8::1', ['2001:db8::1']],
    ['169.254.3.4', []],
    ['fe80::1', []],
    ['FEB0::1', []],
    ['2001:db8::1%eth0', []],
    ['10.0.0.5\u0000', []],
    ['x'.repeat(5000), []],
    [undefined, []],
  ])('of %j are %j', (ipAddress, expected) => {
    expect(guestAddresses({ ipAddress })).toEqual(expected);
  });

  it('knows what is link-local', () => {
    expect(['fe80::1', 'febf::1', '169.254.0.1'].every(isLinkLocal)).toBe(true);
    expect(['fec0::1', '16.9.254.1', '10.0.0.1'].some(isLinkLocal)).toBe(false);
  });
});

describe('guestHostname', () => {
  it('is one line of at most 256 characters', () => {
    expect(guestHostname({ guestHostname: 'web-01\n\u001b[31m' })).toBe('web-01 [31m');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (name) => {
        const shown = guestHostname({ guestHostname: name });
        expect(shown ?? '').not.toMatch(/\p{Cc}/u);
        expect((shown ?? '').length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('is none where nothing is left of it', () => {
    expect(guestHostname({ guestHostname: '\n\t' })).toBeUndefined();
    expect(guestHostname({ guestHostname: undefined })).toBeUndefined();
  });
});

describe('macAddresses', () => {
  it('are addresses, and as many as the schema takes', () => {
    const mac = '00:50:56:aa:bb:cc';
    expect(macAddresses([mac, 'none', `${mac}:dd`])).toEqual([mac]);
    expect(macAddresses(Array.from({ length: 40 }, () => mac))).toHaveLength(16);
  });
});
