// Where a bearer token is kept in a file that somebody renews: `tokenFile` (or the older `token-file`) of a kubeconfig's user,
// or the service account's of a Pod. The library knows only one of the names, reads it once, and the Pod's by a clock of its
// own; here it's read whenever credentials are, so that a rotated token is used and a refused one not tried for a minute more.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

/** One kubeconfig as it was written; paths in it are relative to `directory`. */
export interface KubeconfigSource {
  readonly text: string;
  readonly directory: string;
}

interface NamedUser {
  readonly name: string;
  readonly authProvider?: unknown;
}

interface RawUser {
  readonly name?: string;
  readonly user?: Readonly<Record<string, unknown>> | null;
}

/** Path of the file with the token of `user`; undefined when there is none. The first source that names the user counts. */
export function tokenFileOf(user: NamedUser, sources: readonly KubeconfigSource[]): string | undefined {
  const provider = user.authProvider as { readonly config?: { readonly tokenFile?: unknown } } | null | undefined;
  const ofPod = provider?.config?.tokenFile;
  if (typeof ofPod === 'string') return ofPod;
  for (const { text, directory } of sources) {
    const raw = parse(text) as { readonly users?: readonly RawUser[] } | null;
    const named = raw?.users?.find(({ name }) => name === user.name);
    const file = named?.user?.['tokenFile'] ?? named?.user?.['token-file'];
    if (named !== undefined) return typeof file === 'string' && file !== '' ? resolve(directory, file) : undefined;
  }
  return undefined;
}

/** The token in the file, without the blanks around it. Throws when the file can't be read. */
export function readToken(file: string): string {
  return readFileSync(file, 'utf8').trim();
}
