// A process that has just begun to lead planned nothing itself: what the sets told of their plans explains what they delete, and
// nothing besides.
import { describe, expect, it } from '@jest/globals';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { pauseId } from '../../../../src/controllers/vcenter/holds.ts';
import { linkedCloneSet, webClone } from '../support/objects.ts';
import { askForAll } from '../support/pause-rig.ts';

const AT = '2026-01-01T12:00:00Z';
const NOW = Date.parse(AT) + 60_000;
const HOLD = pauseId('TooManyDeletions', NOW);
const OPEN = undefined;

/** Scaled from 60 to 30, and to 60 again while they go. */
const TOLD = linkedCloneSet({ spec: { replicas: 60 }, status: { removals: [{ at: AT, ordinals: '31-60' }] } });
const SILENT = linkedCloneSet({ spec: { replicas: 60 } });

/** Those from `first` to `last`; deleted at that time, or not. */
function clones(first: number, last: number, deletionTimestamp?: string): LinkedClone[] {
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const one = webClone(first + i);
    return deletionTimestamp === undefined ? one : { ...one, metadata: { ...one.metadata, deletionTimestamp } };
  });
}

async function ask(set: LinkedCloneSet, all: readonly LinkedClone[], liveSet = set): Promise<[number, unknown]> {
  const { letThrough, hold } = await askForAll({ clones: all, set, liveSet, now: NOW });
  return [letThrough, hold];
}

describe('of a set that is scaled down and up again, after a restart', () => {
  const wave = clones(31, 60, AT);
  const staying = clones(1, 30);

  it('all that it told go', async () => {
    expect(await ask(TOLD, [...staying, ...wave])).toEqual([30, OPEN]);
  });

  it('they go where only the API server knows yet that it told', async () => {
    expect(await ask(SILENT, [...staying, ...wave], TOLD)).toEqual([30, OPEN]);
  });

  it('none of a wave that was not told goes', async () => {
    expect(await ask(SILENT, [...staying, ...wave])).toEqual([0, HOLD]);
  });

  it('one that somebody deletes beside them is let through, and does not hold them', async () => {
    expect(await ask(TOLD, [...staying.slice(1), ...clones(1, 1, AT), ...wave])).toEqual([31, OPEN]);
  });

  it.each([
    ['they go', wave],
    ['most of them have gone', wave.slice(-5)],
    ['all have gone', []],
  ])('what somebody deletes by mistake while %s is held', async (_, left) => {
    const [letThrough, hold] = await ask(TOLD, [...clones(1, 15, AT), ...clones(16, 30), ...left]);
    expect([letThrough, hold]).toEqual([0, HOLD]);
  });

  it('what is deleted long after it was told is held', async () => {
    expect(await ask(TOLD, [...staying, ...clones(31, 60, '2026-01-01T12:03:00Z')])).toEqual([0, HOLD]);
  });

  it('what another set tells explains nothing of this one', async () => {
    const other = { ...TOLD, metadata: { ...TOLD.metadata, name: 'desk' } };
    expect(await ask(other, [...staying, ...wave])).toEqual([0, HOLD]);
  });
});
