// The sentence that people read about a fault, built from the fault's own fields. It ends up in conditions and events, so
// it is one line without control characters and no longer than MESSAGE_LIMIT; the server's own (localized) text is only
// added where the fields say nothing.
import { isMoRef, moRefKey } from './mo-ref.ts';
import type { MoRef } from './mo-ref.ts';

/** Longest message in characters. */
export const MESSAGE_LIMIT = 256;

type Phrase = (detail: Record<string, unknown>) => string;

const PHRASES: Readonly<Record<string, Phrase>> = {
  NoDiskSpace: (d) => (d['datastore'] === undefined ? '' : ` on datastore ${quoted(d['datastore'])}`),
  NoPermission: (d) => noPermission(d),
  InvalidArgument: (d) => part(' (', d['invalidProperty'], ')'),
  InvalidProperty: (d) => part(' ', d['name'], ''),
  DuplicateName: (d) => ` ${quoted(d['name'])}${part(', taken by ', d['object'], '')}`,
  AlreadyExists: (d) => part(' ', d['name'], ''),
  InvalidName: (d) => ` ${quoted(d['name'])}`,
  InvalidPowerState: (d) => ` (it is ${words(d['existingState'])}${part(', needed: ', d['requestedState'], '')})`,
  TaskInProgress: (d) => part(' (', d['task'], ')'),
  ManagedObjectNotFound: (d) => part(' (', d['obj'], ')'),
  MethodDisabled: (d) => part(' (disabled by ', d['source'], ')'),
  CertificateNotTrusted: (d) => `, its SHA-256 is ${words(d['sha256'])}${part(' (', d['reason'], ')')}`,
  NotVirtualCenter: (d) => `, apiType is ${quoted(d['apiType'])}`,
  InstanceChanged: (d) => `, expected ${words(d['expected'])}, found ${words(d['found'])}`,
  Http: (d) => part(' ', d['status'], ''),
  Away: () => ', nothing was sent: the vCenter does not answer',
};

export interface FaultMessageParts {
  readonly method: string;
  readonly object?: MoRef | undefined;
  readonly fault: string;
  readonly detail: Record<string, unknown>;
  /** Text of the server or of the operating system; used where the fields say nothing. */
  readonly text?: string | undefined;
}

/** For example `CloneVM_Task on VirtualMachine:vm-12 failed: NoDiskSpace on datastore "ds-2"`. */
export function faultMessage({ method, object, fault, detail, text }: FaultMessageParts): string {
  const subject = object === undefined ? method : `${method} on ${moRefKey(object)}`;
  const phrase = Object.hasOwn(PHRASES, fault) ? (PHRASES[fault] as Phrase)(detail) : scalars(detail);
  const suffix = phrase === '' && text !== undefined && text.trim() !== '' ? `: ${text.trim()}` : phrase;
  return oneLine(`${subject} failed: ${fault}${suffix}`);
}

/** Text from outside made safe for a status or a log: one line, no control characters, at most MESSAGE_LIMIT characters. */
export function oneLine(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (clean.length <= MESSAGE_LIMIT) return clean;
  return `${clean.slice(0, MESSAGE_LIMIT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function noPermission(detail: Record<string, unknown>): string {
  const missing = Array.isArray(detail['missingPrivileges'])
    ? (detail['missingPrivileges'] as MissingPrivileges[])
    : [];
  if (missing.length > 0) {
    const each = missing.map(({ entity, privilegeIds = [] }) => `${privilegeIds.join(', ')} on ${words(entity)}`);
    return `, missing ${each.join('; ')}`;
  }
  return `${part(', missing ', detail['privilegeId'], '')}${part(' on ', detail['object'], '')}`;
}

interface MissingPrivileges {
  readonly entity?: MoRef;
  readonly privilegeIds?: readonly string[];
}

/** The fields of a fault that has no phrase of its own, as ` (name=value, …)`; nested ones are left out. */
function scalars(detail: Record<string, unknown>): string {
  const shown = Object.entries(detail).flatMap(([name, value]) => {
    if (name === '$type' || value === undefined || (typeof value === 'object' && !isMoRef(value))) return [];
    return [`${name}=${words(value)}`];
  });
  return shown.length === 0 ? '' : ` (${shown.join(', ')})`;
}

function part(before: string, value: unknown, after: string): string {
  return value === undefined || value === '' ? '' : `${before}${words(value)}${after}`;
}

function quoted(value: unknown): string {
  return JSON.stringify(words(value));
}

function words(value: unknown): string {
  if (isMoRef(value)) return moRefKey(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '?';
}
