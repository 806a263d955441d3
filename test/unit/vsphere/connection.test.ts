// A connection that is closed while it logs in again: the session that comes of it is ended like any other, and a password
// that wasn't sent by then never is.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/util/clock.ts';
import { Connection } from '../../../src/vsphere/connection.ts';
import { complete } from '../../../src/vsphere/options.ts';
import { SERVICE_INSTANCE } from '../../../src/vsphere/service-content.ts';
import { silent } from './support/calls.ts';
import { fault, response, serviceContent, userSession } from './support/soap-text.ts';
import type { Identity, TestServer } from './support/tls-server.ts';
import { createIdentity, reply, startTlsServer } from './support/tls-server.ts';

let identity: Identity;
let server: TestServer;
/** Methods in order, with the session they came in. */
let calls: string[] = [];
let logins = 0;
/** What the server and the client wait for at the second login. */
let onLogin: () => Promise<void>;
let beforeLogin: () => Promise<void>;

beforeAll(async () => {
  identity = await createIdentity();
  server = await startTlsServer(identity, ({ body, headers }, answer) => {
    const method = /Body>\s*<(\w+)/.exec(body)?.[1] ?? '';
    const session = /session=(\w+)/.exec(headers.cookie ?? '')?.[1];
    calls.push(session === undefined ? method : `${method} in ${session}`);
    if (method === 'RetrieveServiceContent') reply(answer, serviceContent());
    else if (method === 'Logout') reply(answer, response('Logout', ''));
    else if (method !== 'Login') reply(answer, fault('NotAuthenticated'), 500);
    else {
      logins += 1;
      const cookie = { 'Set-Cookie': `vmware_soap_session=s${logins}; Path=/` };
      const answered = logins === 1 ? Promise.resolve() : onLogin();
      void answered.then(() => reply(answer, userSession(), 200, cookie));
    }
  });
});
beforeEach(() => {
  calls = [];
  logins = 0;
  onLogin = beforeLogin = () => Promise.resolve();
});
afterAll(() => server?.stop());

function open(): Promise<Connection> {
  return Connection.open(
    complete({
      server: server.url,
      username: 'u',
      password: 'p',
      tls: { thumbprint: identity.sha256 },
      userAgent: 't',
      clock: systemClock,
      logger: silent,
      beforeLogin: () => (logins === 0 ? Promise.resolve() : beforeLogin()),
    }),
  );
}

/** A moment that tells when it's reached, and lasts until it's ended. */
function moment() {
  const reached = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  const wait = async (): Promise<void> => {
    reached.resolve();
    await over.promise;
  };
  return { wait, reached: reached.promise, end: () => over.resolve() };
}

/** Closes a connection at the moment in a second login that `at` sets up; what became of the call that needed it. */
async function closedDuring(at: (wait: () => Promise<void>) => void): Promise<PromiseSettledResult<unknown>[]> {
  const { wait, reached, end } = moment();
  at(wait);
  const connection = await open();
  const asked = Promise.allSettled([connection.invoke(SERVICE_INSTANCE, 'CurrentTime')]);
  await reached;
  const closing = connection.close();
  end();
  await closing;
  return asked;
}

describe('Connection.close', () => {
  it('ends the session that a login under way opens', async () => {
    await closedDuring((wait) => (onLogin = wait));
    expect(calls.filter((each) => each.startsWith('Log'))).toEqual(['Login', 'Login', 'Logout in s2']);
  });

  it('lets no login out that was about to be sent', async () => {
    const asked = await closedDuring((wait) => (beforeLogin = wait));
    expect(asked).toMatchObject([{ status: 'rejected', reason: { fault: 'Closed' } }]);
    expect(calls.filter((each) => each.startsWith('Login'))).toEqual(['Login']);
  });
});
