// The file of `--state`: a line that says what it is, with the digest of the rest, and the state as JSON. It is replaced as a
// whole, so a crash leaves the one before.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SavedState } from './saved-state.ts';

const FORMAT = 'linked-clone simulator';
/** Goes up whenever an older simulator, or an older file, would be misread. */
const VERSION = 1;

/** The file can't be used; the message is one sentence. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

interface Header {
  readonly format?: unknown;
  readonly version?: unknown;
  readonly sha256?: unknown;
}

/** Undefined when there is none yet. Throws StateError. */
export function readStateFile(path: string): SavedState | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const header = parse(path, text.slice(0, Math.max(0, end))) as Header | null;
  if (header?.format !== FORMAT) throw new StateError(`--state ${path} is no state of this simulator.`);
  if (header.version !== VERSION)
    throw new StateError(
      `--state ${path} is of version ${String(header.version)}, and this simulator reads ${VERSION}.`,
    );
  const body = text.slice(end + 1);
  if (header.sha256 !== digestOf(body)) throw new StateError(`--state ${path} is damaged: its digest is another one.`);
  return parse(path, body) as SavedState;
}

/** Throws the system's error. */
export function writeStateFile(path: string, state: SavedState): void {
  const body = JSON.stringify(state);
  const header = JSON.stringify({ format: FORMAT, version: VERSION, sha256: digestOf(body) });
  const next = `${path}.next`;
  writeFileSync(next, `${header}\n${body}`, { mode: 0o600 });
  renameSync(next, path);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StateError(`--state ${path} can't be read: ${(error as Error).message}.`, { cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StateError(`--state ${path} is damaged or no state of this simulator.`, { cause: error });
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
