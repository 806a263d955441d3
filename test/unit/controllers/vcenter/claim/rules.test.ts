// Whose the vCenter is by its claim: taken when free, over or the predecessor's; held off while anybody else's lives.
import { describe, expect, it } from '@jest/globals';
import type { Claim, Claimant } from '../../../../../src/controllers/vcenter/claim/rules.ts';
import {
  CLAIM_LIVES_MS,
  GIVEN_UP,
  claimFieldName,
  formatClaim,
  isAloneForMs,
  judgeClaim,
  parseClaim,
} from '../../../../../src/controllers/vcenter/claim/rules.ts';

const AT = '2026-01-01T12:00:00Z';
const CLAIM: Claim = { cluster: 'c1', holder: 'pod-1', at: AT, holderTime: '2026-01-01T11:59:58Z' };
const PREVIOUS = { identity: 'pod-1', renewTime: '2026-01-01T12:00:00.000000Z', isRecent: true };
const LATER: Claimant = { cluster: 'c1', holder: 'pod-2', renewMs: 180_000, former: [PREVIOUS] };
const NOW = Date.parse(AT) + 60_000;

describe('judgeClaim', () => {
  it('takes what nobody has, and knows its own', () => {
    expect(judgeClaim(undefined, LATER, NOW)).toBe('free');
    expect(judgeClaim({ ...CLAIM, holder: 'pod-2' }, LATER, NOW)).toBe('mine');
    expect(judgeClaim({ ...CLAIM, cluster: 'c2', holder: 'pod-2' }, LATER, NOW)).toBe('elsewhere');
  });

  it('takes its own anew once it is over: another may be about to take it', () => {
    const end = Date.parse(AT) + CLAIM_LIVES_MS;
    expect(judgeClaim({ ...CLAIM, holder: 'pod-2' }, LATER, end)).toBe('mine');
    expect(judgeClaim({ ...CLAIM, holder: 'pod-2' }, LATER, end + 1)).toBe('free');
  });

  it('takes over from the previous holder of its own Lease at once', () => {
    expect(judgeClaim(CLAIM, LATER, NOW)).toBe('takeOver');
  });

  it('takes over from one before that, too: its successor may have ended before it looked', () => {
    const between = { identity: 'pod-1b', renewTime: '2026-01-01T12:00:20.000000Z', isRecent: true };
    expect(judgeClaim(CLAIM, { ...LATER, former: [between, PREVIOUS] }, NOW)).toBe('takeOver');
    expect(judgeClaim({ ...CLAIM, holder: 'pod-0' }, { ...LATER, former: [between, PREVIOUS] }, NOW)).toBe('elsewhere');
  });

  it('believes a live claim of anybody else, until ten minutes of the vCenter are over', () => {
    for (const other of [
      { ...CLAIM, cluster: 'c2' },
      { ...CLAIM, cluster: 'c2', holder: 'pod-2' },
      { ...CLAIM, holder: 'pod-0' },
    ]) {
      expect(judgeClaim(other, LATER, NOW)).toBe('elsewhere');
      expect(judgeClaim(other, LATER, Date.parse(AT) + CLAIM_LIVES_MS)).toBe('elsewhere');
      expect(judgeClaim(other, LATER, Date.parse(AT) + CLAIM_LIVES_MS + 1)).toBe('free');
    }
    expect(judgeClaim(CLAIM, { ...LATER, former: [] }, NOW)).toBe('elsewhere');
  });

  it('leaves alone a predecessor that went on renewing: its cluster was copied, it has a Lease of its own', () => {
    const went = { ...CLAIM, holderTime: '2026-01-01T12:00:10.001Z' };
    expect(judgeClaim({ ...went, holderTime: '2026-01-01T12:00:10.000Z' }, LATER, NOW)).toBe('takeOver');
    expect(judgeClaim(went, LATER, NOW)).toBe('elsewhere');
    expect(judgeClaim(CLAIM, { ...LATER, former: [{ ...PREVIOUS, renewTime: '' }] }, NOW)).toBe('elsewhere');
  });

  it('gives a predecessor whose Lease is an old one time to renew: a backup may have been restored', () => {
    const restored: Claimant = { ...LATER, former: [{ ...PREVIOUS, isRecent: false }] };
    const missed = Date.parse(AT) + 1.5 * restored.renewMs;
    expect(judgeClaim(CLAIM, restored, NOW)).toBe('elsewhere');
    expect(judgeClaim(CLAIM, restored, missed)).toBe('elsewhere');
    expect(judgeClaim(CLAIM, restored, missed + 1)).toBe('takeOver');
  });

  it('is not held up for ever by a claim without a time', () => {
    expect(judgeClaim({ ...CLAIM, holder: 'x', at: 'soon' }, LATER, NOW)).toBe('free');
  });
});

describe('a claim as text', () => {
  it('comes back as it was written', () => {
    expect(parseClaim(formatClaim(CLAIM))).toEqual(CLAIM);
  });

  it('has room in 255 characters with the longest names', () => {
    const uuid = '01234567-89ab-cdef-0123-456789abcdef';
    const longest = {
      cluster: uuid,
      holder: `${'h'.repeat(63)}_${uuid}`,
      at: AT,
      holderTime: new Date(0).toISOString(),
    };
    expect(formatClaim(longest).length).toBeLessThan(255);
  });

  it.each([undefined, '', GIVEN_UP, 'hello', '{', '{}', '[]', '{"cluster":1}', JSON.stringify({ ...CLAIM, at: 5 })])(
    'is none: %j',
    (text) => {
      expect(parseClaim(text)).toBeUndefined();
    },
  );
});

describe('claimFieldName', () => {
  it('is that of one installation, in its copy, too: others in the same vCenter have another', () => {
    const name = claimFieldName('c1', 'system');
    expect(name).toMatch(/^linkedclone\.dev\/claim-[0-9a-f]{12}$/);
    expect(claimFieldName('c1', 'system')).toBe(name);
    expect(claimFieldName('c2', 'system')).not.toBe(name);
    expect(claimFieldName('c1', 'second')).not.toBe(name);
  });
});

describe('isAloneForMs', () => {
  it('is until others may take what is taken over, or its own', () => {
    const at = Date.parse(AT);
    expect(isAloneForMs(CLAIM, 'takeOver', LATER, at + 60_000)).toBe(210_000);
    expect(isAloneForMs(CLAIM, 'takeOver', LATER, at + 280_000)).toBe(-10_000);
    expect(isAloneForMs(CLAIM, 'mine', LATER, at + 280_000)).toBe(CLAIM_LIVES_MS - 280_000);
  });

  it('is never with what is free', () => {
    for (const claim of [undefined, CLAIM]) expect(isAloneForMs(claim, 'free', LATER, NOW)).toBe(-Infinity);
  });
});
