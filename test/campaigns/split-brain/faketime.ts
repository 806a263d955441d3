// Debian's faketime, by which an operator's clocks are set from outside: the library that is loaded into it, and the file with
// the offset that it reads each time somebody asks for the time. Plans that need it can't be run without.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Said where such plans were left out, because that was asked for. */
export const WITHOUT_FAKETIME = 'LEFT OUT, by --without-faketime: plans that set a clock';

/** Kinds of plans that set a clock. */
export const CLOCK_KINDS: readonly string[] = ['still-clock', 'wall-jump'];

const LIBRARIES = '/usr/lib';

/** Path of the library that fakes the time of a process with threads; undefined where it isn't installed. */
export function faketimeLibrary(): string | undefined {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  return folders
    .map((folder) => join(LIBRARIES, folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

/** What keeps plans that set a clock from being run here, in a sentence; undefined: nothing, or they are to be left out. */
export function lacksFaketime(withoutFaketime: boolean | undefined): string | undefined {
  if (withoutFaketime === true || faketimeLibrary() !== undefined) return undefined;
  return "plans that set a clock need Debian's package faketime (apt-get install faketime); --without-faketime leaves them out";
}

/** True when a plan's line is about a clock that is set. */
export function setsClock(line: string): boolean {
  const { more } = JSON.parse(line) as { readonly more?: { readonly kind?: unknown } };
  return CLOCK_KINDS.includes(String(more?.kind));
}

export interface FakedClock {
  /** For the process whose clock it is. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the process is told a time that is off by so many seconds. */
  set(seconds: number): void;
  /** When no process reads it any more. */
  remove(): void;
}

/** The wall clock of a process, and unless `wallOnly` the monotonic one with it. Right, until it's set. */
export function fakedClock({ wallOnly = false } = {}): FakedClock {
  const library = faketimeLibrary();
  if (library === undefined) throw new Error(lacksFaketime(false));
  const folder = mkdtempSync(join(tmpdir(), 'linked-clone-clock-'));
  const file = join(folder, 'offset');
  const set = (seconds: number): void =>
    writeFileSync(file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds).toFixed(3)}\n`);
  set(0);
  return {
    env: {
      ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' },
      ...(wallOnly ? { FAKETIME_DONT_FAKE_MONOTONIC: '1' } : {}),
    },
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
