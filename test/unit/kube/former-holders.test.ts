// The last holders of a Lease, as an annotation carries them from one to the next.
import { describe, expect, it } from '@jest/globals';
import { formerHolders, withoutHolder } from '../../../src/kube/former-holders.ts';
import type { Lease } from '../../../src/kube/lease.ts';

const NOW = Date.parse('2026-01-01T12:01:00Z');
const LEASE_MS = 15_000;

function leaseOf(holderIdentity: string, renewTime: string, annotations: Readonly<Record<string, string>> = {}): Lease {
  return {
    metadata: { name: 'l', namespace: 'n', annotations },
    spec: { holderIdentity, renewTime },
  } as unknown as Lease;
}

function next(lease: Lease, holderIdentity: string, renewTime: string): Lease {
  return { ...withoutHolder(lease), spec: { holderIdentity, renewTime } };
}

describe('former holders of a Lease', () => {
  it('are told with their last renewals, the latest first, whoever came to nothing in between', () => {
    const first = leaseOf('a', '2026-01-01T11:59:59.000000Z', { mine: 'kept' });
    const third = withoutHolder(next(first, 'b', '2026-01-01T12:00:50.000000Z'));
    expect(formerHolders(third, NOW, LEASE_MS)).toEqual([
      { identity: 'b', renewTime: '2026-01-01T12:00:50.000000Z', isRecent: true },
      { identity: 'a', renewTime: '2026-01-01T11:59:59.000000Z', isRecent: false },
    ]);
    expect(third.metadata.annotations?.['mine']).toBe('kept');
  });

  it('stay when it was given back', () => {
    const given = next(leaseOf('a', '2026-01-01T12:00:50.000000Z'), '', '2026-01-01T12:00:51.000000Z');
    expect(formerHolders(withoutHolder(given), NOW, LEASE_MS)).toMatchObject([{ identity: 'a', isRecent: true }]);
  });

  it('are four at most, each once', () => {
    let lease = leaseOf('a', '');
    for (const holder of ['b', 'c', 'a', 'd', 'e']) lease = next(lease, holder, '');
    expect(formerHolders(withoutHolder(lease), NOW, LEASE_MS).map(({ identity }) => identity)).toEqual([
      'e',
      'd',
      'a',
      'c',
    ]);
  });

  it.each(['', '{', '{}', 'null', '[null, 7, {"identity":"x"}]'])('are none where the annotation says %j', (text) => {
    expect(formerHolders(leaseOf('', '', { 'linkedclone.dev/former-holders': text }), NOW, LEASE_MS)).toEqual([]);
  });
});
