// One look at our definitions serves the deletions that were known before it, and none that came later.
import { describe, expect, it } from '@jest/globals';
import { LiveReads } from '../../../../src/controllers/shared/live.ts';
import { TerminatingCrds } from '../../../../src/controllers/vcenter/terminating-crds.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { RestClient } from '../../../../src/kube/rest.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const SINCE = '2026-01-01T00:00:00Z';

function start(terminating: readonly string[] = []) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const state = { terminating, error: undefined as Error | undefined };
  const get = async (_: unknown, { name }: { name: string }) => {
    asked.push(name);
    if (state.error !== undefined) throw state.error;
    return { metadata: { name, ...(state.terminating.includes(name) && { deletionTimestamp: SINCE }) } };
  };
  const crds = new TerminatingCrds(new LiveReads({ get } as unknown as RestClient), clock, {
    windowMs: 25,
    maxAgeMs: 60_000,
  });
  const ask = async (seenAt: number) => {
    const answer = crds.get(seenAt);
    answer.catch(() => undefined); // the test looks at it later
    await clock.advance(25);
    await clock.advance(0);
    return answer;
  };
  return { clock, asked, state, crds, ask };
}

describe('TerminatingCrds', () => {
  it('asks for each of the four once for a wave', async () => {
    const { crds, ask, asked } = start();
    const others = Array.from({ length: 20 }, () => crds.get(0));
    expect(await ask(0)).toEqual([]);
    expect(await Promise.all(others)).toHaveLength(20);
    expect(asked.toSorted()).toEqual(
      ['basesnapshots', 'linkedclones', 'linkedclonesets', 'vcenters'].map((plural) => `${plural}.linkedclone.dev`),
    );
  });

  it('names what is being deleted, and since when', async () => {
    const { ask } = start(['linkedclones.linkedclone.dev']);
    expect(await ask(0)).toEqual([{ name: 'linkedclones.linkedclone.dev', since: Date.parse(SINCE) }]);
  });

  it('asks again for a deletion that was seen after the last look, not for one seen before', async () => {
    const { ask, asked, clock, state } = start();
    await ask(0);
    await ask(clock.monotonic() - 25);
    expect(asked).toHaveLength(4);
    await clock.advance(1000);
    state.terminating = ['vcenters.linkedclone.dev'];
    expect(await ask(clock.monotonic())).toHaveLength(1);
    expect(asked).toHaveLength(8);
  });

  it('asks again after a minute', async () => {
    const { ask, asked, clock } = start();
    await ask(0);
    await clock.advance(60_001);
    await ask(0);
    expect(asked).toHaveLength(8);
  });

  it('rejects when they cannot be read, and does not keep that', async () => {
    const { ask, state } = start();
    state.error = new ApiError('customresourcedefinitions: forbidden', { code: 403, reason: 'Forbidden' });
    await expect(ask(0)).rejects.toThrow('forbidden');
    state.error = undefined;
    expect(await ask(0)).toEqual([]);
  });
});
