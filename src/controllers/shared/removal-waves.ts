// Which clones a set deletes by its own plan, as its status tells: written before the first of a wave goes, so that the next
// process knows it, too, though the set may want as many again by then. It names the clones and not how many there are: once
// some are gone a number would explain others, which somebody deleted by mistake. Pure.
import { parseOrdinal } from '../../api/names.ts';
import type { LinkedClone, LinkedCloneSet, LinkedCloneSetStatusRemovals } from '../../api/types.generated.ts';
import { toRfc3339 } from '../../util/clock.ts';

/**
 * How long after a wave began the deletion of one of its clones is taken for the set's own. Short: where the process dies on the
 * way and the set is scaled up again, clones are named that nobody deletes.
 */
const WAVE_MS = 120_000;
/** The API server's time is known to about a second. */
const SLACK_MS = 5_000;
/** As the CRD has them. */
const MOST_WAVES = 8;
const LONGEST = 4096;

type Wave = LinkedCloneSetStatusRemovals;

/** The clone is being deleted, and its set's status says that this is its own plan. */
export function isInWave(set: LinkedCloneSet, clone: LinkedClone): boolean {
  const deletedAt = Date.parse(clone.metadata.deletionTimestamp ?? '');
  return set.status?.removals?.some((wave) => covers(wave, set, clone, deletedAt)) === true;
}

/**
 * The set's waves with one of `going`, which are to be deleted now; undefined: they have been told already. `owned`: all of
 * the set's clones, as read live with `set`.
 */
export function withWave(
  set: LinkedCloneSet,
  owned: readonly LinkedClone[],
  going: readonly LinkedClone[],
  nowMs: number,
): readonly Wave[] | undefined {
  const waves = set.status?.removals ?? [];
  // with enough time left to delete them in
  if (going.every((clone) => waves.some((wave) => covers(wave, set, clone, nowMs + WAVE_MS / 2)))) return undefined;
  const ordinals = format(ordinalsOf(set, going).map((ordinal) => [ordinal, ordinal]));
  if (ordinals === '') return undefined;
  const kept = waves.filter((wave) =>
    owned.some((clone) => covers(wave, set, clone, Date.parse(clone.metadata.deletionTimestamp ?? ''))),
  );
  return [...kept.slice(1 - MOST_WAVES), { at: toRfc3339(nowMs), ordinals }];
}

/** The set's waves without these, which aren't deleted after all; undefined: they weren't in any. */
export function withoutThose(set: LinkedCloneSet, clones: readonly LinkedClone[]): readonly Wave[] | undefined {
  const waves = set.status?.removals ?? [];
  const staying = ordinalsOf(set, clones);
  const left = waves
    .map(({ at, ordinals }) => ({
      at,
      ordinals: format(rangesOf(ordinals).flatMap((range) => without(range, staying))),
    }))
    .filter(({ ordinals }) => ordinals !== '');
  const isSame = left.length === waves.length && left.every(({ ordinals }, i) => ordinals === waves[i]?.ordinals);
  return isSame ? undefined : left;
}

function ordinalOf(set: LinkedCloneSet, clone: LinkedClone): number | undefined {
  return parseOrdinal(set.metadata.name, clone.metadata.name);
}

/** Ascending. */
function ordinalsOf(set: LinkedCloneSet, clones: readonly LinkedClone[]): readonly number[] {
  return clones.flatMap((clone) => ordinalOf(set, clone) ?? []).toSorted((a, b) => a - b);
}

/** A clone that was made since, under the same name, isn't the one that was meant. */
function covers(wave: Wave, set: LinkedCloneSet, clone: LinkedClone, deletedAt: number): boolean {
  const at = Date.parse(wave.at);
  if (!(Date.parse(clone.metadata.creationTimestamp) <= at)) return false;
  if (!(deletedAt >= at - SLACK_MS && deletedAt <= at + WAVE_MS)) return false;
  const ordinal = ordinalOf(set, clone);
  return ordinal !== undefined && rangesOf(wave.ordinals).some(([from, to]) => from <= ordinal && ordinal <= to);
}

type Range = readonly [from: number, to: number];

function rangesOf(ordinals: string): readonly Range[] {
  return ordinals.split(',').map((part): Range => {
    const [from = '', to = from] = part.split('-');
    return [Number(from), Number(to)];
  });
}

/** What is left of the range without these ordinals, which ascend. */
function without([from, to]: Range, ordinals: readonly number[]): readonly Range[] {
  const left: Range[] = [];
  let next = from;
  for (const ordinal of ordinals.filter((one) => from <= one && one <= to)) {
    if (ordinal > next) left.push([next, ordinal - 1]);
    next = ordinal + 1;
  }
  return next > to ? left : [...left, [next, to]];
}

/** Of ranges that ascend, as long as the field takes it: what doesn't fit isn't told. */
function format(ranges: readonly Range[]): string {
  const merged: Range[] = [];
  for (const [from, to] of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) merged.splice(-1, 1, [last[0], to]);
    else merged.push([from, to]);
  }
  let text = '';
  for (const [from, to] of merged) {
    const next = `${text === '' ? '' : `${text},`}${from === to ? from : `${from}-${to}`}`;
    if (next.length > LONGEST) break;
    text = next;
  }
  return text;
}
