// The credentials Secret of a VCenter: in the operator's own namespace only, read by name, never listed or watched.
import type { ApiError } from '../../kube/api-error.ts';
import type { RestClient } from '../../kube/rest.ts';
import { TerminalError } from '../../util/errors.ts';
import { forbiddenCharacter } from '../../util/xml-text.ts';
import { SECRETS } from '../shared/resources.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly resourceVersion: string;
}

/** Reads username and password. Throws TerminalError SecretNotFound or SecretInvalid. */
export async function readCredentials(rest: RestClient, namespace: string, name: string): Promise<Credentials> {
  const secret = await rest.get(SECRETS, { namespace, name }).catch((error: ApiError) => {
    if (error.notFound)
      throw new TerminalError(
        'SecretNotFound',
        `Secret "${name}" isn't in namespace "${namespace}", the operator's own; create it there with the keys username and password`,
        { cause: error },
      );
    throw error;
  });
  const username = decode(secret.data?.['username']);
  const password = decode(secret.data?.['password']);
  const missing = [username === '' ? 'username' : [], password === '' ? 'password' : []].flat();
  if (missing.length > 0) {
    const has = Object.keys(secret.data ?? {})
      .toSorted()
      .join(', ');
    throw new TerminalError(
      'SecretInvalid',
      `Secret "${namespace}/${name}" lacks the key ${missing.join(' and ')}; it has: ${has === '' ? 'nothing' : has}`,
    );
  }
  // which character it is would be a part of the password
  for (const [key, text] of Object.entries({ username, password }))
    if (forbiddenCharacter(text) !== undefined)
      throw new TerminalError(
        'SecretInvalid',
        `the ${key} in Secret "${namespace}/${name}" has a control character, which can't be sent to vCenter`,
      );
  return { username, password, resourceVersion: secret.metadata.resourceVersion };
}

function decode(value: string | undefined): string {
  return value === undefined
    ? ''
    : Buffer.from(value, 'base64')
        .toString('utf8')
        .replace(/\r?\n$/, '');
}
