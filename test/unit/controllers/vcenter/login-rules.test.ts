// When a login may be tried: never five times in three minutes, whoever asks, over restarts and for all VCenters that share
// an account; and always at once with new credentials or when somebody asks for it.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LoginRecord, LoginRuleInput } from '../../../../src/controllers/vcenter/login-rules.ts';
import { decideLogin } from '../../../../src/controllers/vcenter/login-rules.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

function record(fields: Partial<LoginRecord> & { agoMs?: number } = {}): LoginRecord {
  const { agoMs = 0, ...rest } = fields;
  return {
    server: 'vc',
    username: 'operator',
    secretResourceVersion: '7',
    attemptedAt: new Date(NOW - agoMs).toISOString(),
    outcome: 'InvalidLogin',
    failures: 1,
    ...rest,
  };
}

function decide(records: readonly LoginRecord[], fields: Partial<LoginRuleInput> = {}) {
  return decideLogin({
    server: 'vc',
    username: 'operator',
    secretResourceVersion: '7',
    records,
    now: NOW,
    retryMs: 15 * MINUTE,
    ...fields,
  });
}

describe('decideLogin', () => {
  it.each<[string, LoginRecord[]]>([
    ['it was never tried', []],
    ['it succeeded before', [record({ outcome: 'Succeeded', failures: 0 })]],
    ['it failed for another reason than the account', [record({ outcome: 'Failed', failures: 0 })]],
    ['the Secret has a new version', [record({ secretResourceVersion: '6' })]],
    ['another user was refused', [record({ username: 'somebody' })]],
    ['another server refused', [record({ server: 'vc2' })]],
    ['it worked after it was refused', [record({ agoMs: MINUTE }), record({ outcome: 'Succeeded', failures: 0 })]],
  ])('allows an attempt at once when %s', (_, records) => {
    expect(decide(records)).toEqual({ allowed: true, failures: 0 });
  });

  it.each([
    [1, 15],
    [2, 30],
    [3, 60],
    [9, 60],
  ])('waits after refusal %i for %i minutes', (failures, minutes) => {
    const refused = record({ failures, agoMs: 5 * MINUTE });
    expect(decide([refused])).toMatchObject({
      allowed: false,
      waitMs: (minutes - 5) * MINUTE,
      failures,
      lastOutcome: 'InvalidLogin',
    });
    expect(decide([{ ...refused, attemptedAt: new Date(NOW - minutes * MINUTE).toISOString() }])).toEqual({
      allowed: true,
      failures,
    });
  });

  it('repeats an attempt whose outcome was never recorded once at once, then waits', () => {
    expect(decide([record({ outcome: 'Pending', failures: 0 })])).toEqual({ allowed: true, failures: 1 });
    expect(decide([record({ outcome: 'Pending', failures: 1 })])).toMatchObject({
      allowed: false,
      waitMs: 15 * MINUTE,
      failures: 1,
    });
  });

  it('goes by the last attempt of all VCenters with that account', () => {
    const others = [
      record({ agoMs: 20 * MINUTE }),
      record({ agoMs: MINUTE, failures: 2 }),
      record({ agoMs: 50 * MINUTE, failures: 3 }),
    ];
    expect(decide(others)).toMatchObject({ allowed: false, waitMs: 29 * MINUTE, failures: 2 });
  });
});

describe('an account that was refused three times within three minutes', () => {
  const refused = (fields: Partial<LoginRecord> & { agoMs?: number }): LoginRecord =>
    record({ secretResourceVersion: '1', ...fields });

  it.each<[string, LoginRecord[]]>([
    [
      'with the passwords of other Secrets',
      ['1', '2', '3'].map((version, i) => refused({ secretResourceVersion: version, agoMs: 1_000 * (i + 1) })),
    ],
    [
      'with earlier versions of this Secret',
      [refused({ agoMs: 1_000, refusedAt: [2_000, 3_000].map((ms) => new Date(NOW - ms).toISOString()) })],
    ],
    [
      'spelled in another way',
      ['OPERATOR', 'Operator', 'operator'].map((username, i) => refused({ username, agoMs: 1_000 * (i + 1) })),
    ],
    [
      'of a vCenter with several names',
      ['vc', '10.0.0.1', 'vc.lab'].map((server, i) => refused({ server, instanceUuid: 'one', agoMs: 1_000 * (i + 1) })),
    ],
    [
      'or died trying',
      [1, 2, 3].map((n) =>
        refused({ outcome: 'Pending', failures: 0, secretResourceVersion: `${n}`, agoMs: n * 1_000 }),
      ),
    ],
  ])('%s is left alone until the first of them is three minutes old', (_, records) => {
    const fields = { instanceUuid: records[0]?.instanceUuid };
    expect(decide(records, fields)).toMatchObject({ allowed: false, waitMs: 3 * MINUTE - 3_000, crowded: true });
    expect(decide(records, { ...fields, now: NOW + 3 * MINUTE - 2_999 }).allowed).toBe(true);
    expect(decide(records.slice(1), fields).allowed).toBe(true);
  });

  it('counts an attempt once that is both recorded and remembered', () => {
    const records = [1, 2].map((n) => refused({ secretResourceVersion: `${n}`, agoMs: n * 1_000 }));
    expect(decide([...records, ...records]).allowed).toBe(true);
  });

  it('starts anew when a login worked', () => {
    const records = [1, 2, 3].map((n) => refused({ secretResourceVersion: `${n}`, agoMs: n * 1_000 }));
    expect(decide([...records, refused({ outcome: 'Succeeded', agoMs: 500 })]).allowed).toBe(true);
  });

  it('also by the annotation', () => {
    const records = [1, 2, 3].map((n) => refused({ secretResourceVersion: `${n}`, agoMs: n * 1_000 }));
    expect(decide(records, { retryAskedAt: NOW - 1 })).toMatchObject({ allowed: false, crowded: true });
  });
});

describe('the annotation that asks for an attempt now', () => {
  const refused = record({ agoMs: 2 * MINUTE, failures: 3 });

  it('allows one when it is newer than the last attempt', () => {
    expect(decide([refused], { retryAskedAt: NOW - MINUTE })).toEqual({ allowed: true, failures: 3 });
  });

  it('does nothing once an attempt was made after it', () => {
    expect(decide([refused], { retryAskedAt: NOW - 3 * MINUTE }).allowed).toBe(false);
  });

  it('with a time in the future is due then, and not at every attempt until then', () => {
    expect(decide([refused], { retryAskedAt: NOW + MINUTE })).toMatchObject({
      allowed: false,
      waitMs: MINUTE,
      failures: 3,
    });
    expect(decide([refused], { retryAskedAt: NOW + 600 * MINUTE })).toMatchObject({
      allowed: false,
      waitMs: 58 * MINUTE,
      failures: 3,
    });
  });
});

describe('any history of a wrong password', () => {
  /** Plays processes that try whenever they are allowed to; some die before the outcome is stored. Times of the attempts. */
  function attemptsOf(looks: readonly { waitMs: number; dies: boolean }[], retryAskedAt: number | undefined): number[] {
    let now = NOW;
    let last: LoginRecord | undefined;
    const attempts: number[] = [];
    for (const { waitMs, dies } of looks) {
      now += waitMs;
      const decision = decide(last === undefined ? [] : [last], { now, retryAskedAt });
      if (!decision.allowed) continue;
      attempts.push(now);
      const pending = record({
        outcome: 'Pending',
        failures: decision.failures,
        attemptedAt: new Date(now).toISOString(),
      });
      last = dies ? pending : { ...pending, outcome: 'InvalidLogin', failures: pending.failures + 1 };
    }
    return attempts;
  }

  it('has at most three attempts within three minutes, however often it is looked at and killed', () => {
    const look = fc.record({ waitMs: fc.integer({ min: 1, max: 10 * MINUTE }), dies: fc.boolean() });
    const asked = fc.option(fc.integer({ min: NOW - MINUTE, max: NOW + 600 * MINUTE }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 60 }), asked, (looks, retryAskedAt) => {
        const attempts = attemptsOf(looks, retryAskedAt);
        for (const at of attempts) {
          const near = attempts.filter((other) => other >= at && other < at + 3 * MINUTE);
          expect(near.length).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});
