// Names out of an ordinal: the virtual machine's and the host's by a pattern with one run of `#`, the object's by the
// set's name. Deterministic in both directions, so a create is idempotent and an ordinal is never used twice.

import { forbiddenCharacter } from '../util/xml-text.ts';

/** Longest name of a virtual machine, in characters (vSphere API, ManagedEntity name). */
export const MAX_VM_NAME = 80;
/** Longest Windows host name that NetBIOS takes, in characters. */
export const MAX_WINDOWS_HOSTNAME = 15;
/** Longest value of a label, in characters. */
export const MAX_LABEL_VALUE = 63;
/** Longest host name label, in characters (RFC 1123). */
const MAX_HOSTNAME = 63;

/** Pattern of the VM names of a set that has none of its own. */
export function defaultPattern(setName: string): string {
  return `${setName}-##`;
}

/** Fills the run of `#` with the ordinal: zero-padded to the run's length, longer when it outgrows it. */
export function fillOrdinal(pattern: string, ordinal: number): string {
  return pattern.replace(/#+/, (run) => String(ordinal).padStart(run.length, '0'));
}

/** Name of a set's LinkedClone of that ordinal, unpadded: `capture-7`. */
export function cloneName(setName: string, ordinal: number): string {
  return `${setName}-${ordinal}`;
}

/** The beginning of an object's name, at most `length` characters, that may be followed by `-` or `.` and more. */
export function cutName(name: string, length: number): string {
  return name.slice(0, length).replace(/[-.]+$/, '');
}

/** The ordinal in a LinkedClone's name; undefined when the name isn't one that `cloneName` gives for this set. */
export function parseOrdinal(setName: string, name: string): number | undefined {
  if (!name.startsWith(`${setName}-`)) return undefined;
  const digits = name.slice(setName.length + 1);
  return /^(0|[1-9][0-9]{0,8})$/.test(digits) ? Number(digits) : undefined;
}

/** The `count` lowest ordinals from `start` that aren't taken, ascending. */
export function lowestFreeOrdinals(taken: ReadonlySet<number>, start: number, count: number): readonly number[] {
  const free: number[] = [];
  for (let ordinal = start; free.length < count; ordinal += 1) if (!taken.has(ordinal)) free.push(ordinal);
  return free;
}

/** Why `name` can't be a guest's host name, in a sentence with what is allowed; undefined when it can. */
export function hostnameProblem(name: string, windows: boolean): string | undefined {
  const longest = windows ? MAX_WINDOWS_HOSTNAME : MAX_HOSTNAME;
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name)) {
    return `host name "${name}" has other characters than letters, digits and "-", or "-" at an end: set customization.hostname`;
  }
  if (windows && /^[0-9]+$/.test(name))
    return `host name "${name}" is only digits, which Windows refuses: set customization.hostname`;
  if (name.length > longest) {
    return `host name "${name}" has ${name.length} characters, at most ${longest}${windows ? ' for Windows' : ''}: set customization.hostname`;
  }
  return undefined;
}

/** Why `name` can't be a virtual machine's name, in a sentence; undefined when it can. */
export function vmNameProblem(name: string): string | undefined {
  if (name === '') return 'the name of a virtual machine is empty';
  if (name.length > MAX_VM_NAME) return `VM name "${name}" has ${name.length} characters, at most ${MAX_VM_NAME}`;
  if (/[\t\n\r]/.test(name) || forbiddenCharacter(name) !== undefined)
    return 'the name of a virtual machine has control characters';
  if (name !== name.trim()) return `VM name "${name}" begins or ends with a space`;
  return undefined;
}
