// The part of an inventory file that says how long things take.
import { TIMED } from './seed.ts';
import type { SeedTiming, Timed } from './seed.ts';
import type { Section } from './section.ts';

const DEFAULT_SECONDS: Readonly<Record<Timed, number>> = {
  linkedClone: 5,
  powerOn: 3,
  powerOff: 1,
  reset: 2,
  suspend: 1,
  shutdownGuest: 2,
  customization: 2,
  tools: 0,
  ip: 0,
  destroy: 1,
  createSnapshot: 1,
  removeSnapshot: 1,
  revertSnapshot: 1,
  consolidate: 1,
  reconfigure: 0.2,
  relocate: 2,
  promote: 2,
  other: 0.1,
};

const DEFAULT_COPY_RATE = 200 * 1024 ** 2;

/** Reads `durations`: seconds by name, `all` for every one at once, `copyRate`, `sigma`. Throws InventoryError. */
export function parseTiming(root: Section): SeedTiming {
  const section = root.section('durations');
  const all = section.has('all') ? section.number('all', 0) : undefined;
  const durationsMs = Object.fromEntries(
    TIMED.map((name) => [name, section.number(name, all ?? DEFAULT_SECONDS[name]) * 1000]),
  );
  const timing = {
    durationsMs: durationsMs as Record<Timed, number>,
    copyBytesPerSecond: section.bytes('copyRate', all === 0 ? Number.POSITIVE_INFINITY : DEFAULT_COPY_RATE),
    sigma: section.number('sigma', 0),
  };
  if (timing.copyBytesPerSecond <= 0) throw section.error('copyRate', 'must be more than 0');
  section.done();
  return timing;
}
