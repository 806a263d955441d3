// The credentials Secret: read by name in one namespace, decoded, and what is wrong with it said without showing it.
import { describe, expect, it } from '@jest/globals';
import { readCredentials } from '../../../../src/controllers/vcenter/credentials.ts';
import { ApiError } from '../../../../src/kube/api-error.ts';
import type { RestClient } from '../../../../src/kube/rest.ts';

/** An API server with one Secret, or with an error for whoever asks. */
function server(data: Record<string, string> | undefined | ApiError): { rest: RestClient; asked: unknown[] } {
  const asked: unknown[] = [];
  const rest = {
    get: async (resource: { plural: string }, key: unknown) => {
      asked.push([resource.plural, key]);
      if (data instanceof ApiError) throw data;
      const encoded = Object.entries(data ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
      return { metadata: { resourceVersion: '41' }, ...(data !== undefined && { data: Object.fromEntries(encoded) }) };
    },
  };
  return { rest: rest as unknown as RestClient, asked };
}

async function failureOf(data: Parameters<typeof server>[0]): Promise<{ reason?: string; message: string }> {
  return readCredentials(server(data).rest, 'system', 'login').then(
    () => ({ message: 'it was read' }),
    (error: unknown) => error as { reason?: string; message: string },
  );
}

describe('readCredentials', () => {
  it('reads the Secret by its name in the given namespace, and its version', async () => {
    const { rest, asked } = server({ username: 'operator@vsphere.local', password: 'pässword ' });
    await expect(readCredentials(rest, 'system', 'login')).resolves.toEqual({
      username: 'operator@vsphere.local',
      password: 'pässword ',
      resourceVersion: '41',
    });
    expect(asked).toEqual([['secrets', { namespace: 'system', name: 'login' }]]);
  });

  it.each(['\n', '\r\n'])('drops one line end that an editor left: %j', async (end) => {
    const { rest } = server({ username: `user${end}`, password: `pass\n${end}` });
    await expect(readCredentials(rest, 'system', 'login')).resolves.toMatchObject({
      username: 'user',
      password: 'pass\n',
    });
  });

  it.each([
    [undefined, 'lacks the key username and password; it has: nothing'],
    [{}, 'lacks the key username and password; it has: nothing'],
    [{ username: 'u', pasword: 'hunter2' }, 'lacks the key password; it has: pasword, username'],
    [{ username: '', password: 'hunter2' }, 'lacks the key username; it has: password, username'],
    [{ username: 'u', password: '\n' }, 'lacks the key password; it has: password, username'],
  ])('of %j says what is missing and what is there, never a value', async (data, sentence) => {
    const failure = await failureOf(data);
    expect(failure).toMatchObject({ reason: 'SecretInvalid', message: `Secret "system/login" ${sentence}` });
    expect(failure.message).not.toContain('hunter2');
  });

  it.each([
    [{ username: 'u\u0001', password: 'hunter2' }, 'username'],
    [{ username: 'u', password: 'hunter2\u0000' }, 'password'],
    [{ username: 'u', password: 'hunter2\u0085' }, 'password'],
    [{ username: 'u', password: 'hunter2\uFFFF' }, 'password'],
  ])('refuses what no request can carry: %j', async (data, key) => {
    const failure = await failureOf(data);
    expect(failure).toMatchObject({
      reason: 'SecretInvalid',
      message: `the ${key} in Secret "system/login" has a control character, which can't be sent to vCenter`,
    });
  });

  it('says where the Secret is looked for when it is not there', async () => {
    const missing = new ApiError('secrets "login" not found', {
      code: 404,
      reason: 'NotFound',
      details: { name: 'login' },
    });
    const failure = await failureOf(missing);
    expect(failure).toMatchObject({ reason: 'SecretNotFound' });
    expect(failure.message).toContain('Secret "login" isn\'t in namespace "system"');
  });

  it.each([403, 0, 500])('leaves an answer %i as it is: it says nothing about the Secret', async (code) => {
    const error = new ApiError('no', { code, reason: 'Other' });
    expect(await failureOf(error)).toBe(error);
  });
});
