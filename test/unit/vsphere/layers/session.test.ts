// Logins: one at a time, shared by all who need one, never again after a refused password; replays only of what was not
// executed and doesn't belong to the lost session.
import { describe, expect, it } from '@jest/globals';
import { Session } from '../../../../src/vsphere/layers/session.ts';
import type { SendCall, SoapCall } from '../../../../src/vsphere/layers/call.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { call, failed, rejection, silent } from '../support/calls.ts';

const NOT_AUTHENTICATED = failed('NotAuthenticated');

/** A server that knows who is logged in. */
class Server {
  loggedIn = false;
  logins = 0;
  readonly calls: string[] = [];
  /** What a login does beyond being counted. */
  onLogin: () => void | Promise<void> = () => {
    this.loggedIn = true;
  };
  /** What a logout does beyond being counted. */
  onLogout: () => void = () => {
    this.loggedIn = false;
  };
  /** What any other call does. */
  onCall: () => void = () => {
    if (!this.loggedIn) throw NOT_AUTHENTICATED;
  };

  session(clock = new FakeClock()): Session {
    const send: SendCall = async ({ method }: SoapCall) => {
      this.calls.push(method);
      await Promise.resolve();
      this.onCall();
      return method;
    };
    const login = async (): Promise<void> => {
      this.logins += 1;
      await Promise.resolve();
      await this.onLogin();
    };
    const logout = async (): Promise<void> => {
      this.calls.push('Logout');
      await Promise.resolve();
      this.onLogout();
    };
    return new Session({
      send,
      login,
      logout,
      keepAlive: call('CurrentTime'),
      keepAliveMs: 60_000,
      clock,
      logger: silent,
    });
  }
}

async function openSession(server: Server, clock?: FakeClock): Promise<Session> {
  const session = server.session(clock);
  await session.open();
  return session;
}

function refuseLogins(server: Server, fault: string): Error {
  const error = failed(fault, 'Login');
  server.loggedIn = false;
  server.onLogin = () => {
    throw error;
  };
  return error;
}

describe('Session', () => {
  it('logs in once for many calls that find the session gone, and repeats each once', async () => {
    const server = new Server();
    const session = await openSession(server);
    server.loggedIn = false;
    const methods = ['CloneVM_Task', 'RetrievePropertiesEx', 'CurrentTime'];
    expect(await Promise.all(methods.map((method) => session.send(call(method))))).toEqual(methods);
    expect(server.logins).toBe(2);
    expect(session.generation).toBe(2);
    expect(server.calls).toEqual([...methods, ...methods]);
  });

  it('is replaced once for all who lost a call in it, and calls beside that wait for the next', async () => {
    const server = new Server();
    const session = await openSession(server);
    const both = [session.replace(1), session.replace(1)];
    await settle();
    expect(await session.send(call('CurrentTime'))).toBe('CurrentTime');
    await Promise.all(both);
    await session.replace(1); // it ended long ago
    expect(server.calls).toEqual(['Logout', 'CurrentTime']);
    expect(session.generation).toBe(2);
  });

  it('goes on where it can not be ended, and only who wanted that hears of it', async () => {
    const server = new Server();
    const session = await openSession(server);
    const error = failed('Timeout', 'Logout');
    server.onLogout = () => {
      throw error;
    };
    const replaced = rejection(session.replace(1));
    expect(await session.send(call('CurrentTime'))).toBe('CurrentTime');
    expect(await replaced).toBe(error);
    expect(session.generation).toBe(1);
  });

  it('has ended also where the login after it fails', async () => {
    const server = new Server();
    const session = await openSession(server);
    const error = failed('Transport', 'Login');
    server.onLogin = () => {
      throw error;
    };
    expect(await rejection(session.replace(1))).toBe(error);
    server.onLogin = () => {
      server.loggedIn = true;
    };
    await session.replace(1);
    expect(session.generation).toBe(2);
  });

  it('does not repeat what belonged to the lost session', async () => {
    const server = new Server();
    const session = await openSession(server);
    server.loggedIn = false;
    expect(await rejection(session.send(call('WaitForUpdatesEx', { sessionBound: true })))).toBe(NOT_AUTHENTICATED);
    expect(server.logins).toBe(2);
    expect(server.calls).toEqual(['WaitForUpdatesEx']);
  });

  it('does not log in again and again when the server keeps refusing the session', async () => {
    const server = new Server();
    server.onLogin = () => undefined;
    const session = await openSession(server);
    expect(await rejection(session.send(call('CurrentTime')))).toBe(NOT_AUTHENTICATED);
    expect(server.logins).toBe(2);
  });

  it('passes a missing privilege on without a login', async () => {
    const server = new Server();
    const session = await openSession(server);
    const error = failed('NoPermission');
    server.onCall = () => {
      throw error;
    };
    expect(await rejection(session.send(call('CurrentTime')))).toBe(error);
    expect(server.logins).toBe(1);
  });

  it('makes no second attempt with a refused password', async () => {
    const server = new Server();
    const session = await openSession(server);
    const refused = refuseLogins(server, 'InvalidLogin');
    const outcomes = await Promise.all([1, 2, 3].map(() => rejection(session.send(call('CurrentTime')))));
    expect(outcomes).toEqual([refused, refused, refused]);
    const before = server.calls.length;
    expect(await rejection(session.send(call('CurrentTime')))).toBe(refused);
    expect(server.logins).toBe(2);
    expect(server.calls).toHaveLength(before);
  });

  it('tries a login again after one that failed on the connection', async () => {
    const server = new Server();
    const session = await openSession(server);
    const lost = refuseLogins(server, 'Transport');
    expect(await rejection(session.send(call('CurrentTime')))).toBe(lost);
    server.onLogin = () => {
      server.loggedIn = true;
    };
    expect(await session.send(call('CurrentTime'))).toBe('CurrentTime');
  });

  it('lets new calls wait for a login under way', async () => {
    const server = new Server();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.onLogin = async () => {
      await promise;
      server.loggedIn = true;
    };
    const session = server.session();
    const opening = session.open();
    const waiting = session.send(call('CloneVM_Task'));
    await settle();
    expect(server.calls).toEqual([]);
    resolve();
    await opening;
    expect(await waiting).toBe('CloneVM_Task');
  });

  it('keeps an idle session alive, and only an idle one', async () => {
    const clock = new FakeClock();
    const server = new Server();
    const session = await openSession(server, clock);
    await clock.advance(45_000);
    await session.send(call('RetrievePropertiesEx'));
    await clock.advance(45_000);
    expect(server.calls).toEqual(['RetrievePropertiesEx']);
    await clock.advance(16_000);
    expect(server.calls).toEqual(['RetrievePropertiesEx', 'CurrentTime']);
    await clock.advance(60_000);
    expect(server.calls).toHaveLength(3);
    session.end(new Error('closed'));
    expect(clock.pending).toBe(0);
  });

  it('keeps trying to keep alive after a failure', async () => {
    const clock = new FakeClock();
    const server = new Server();
    await openSession(server, clock);
    refuseLogins(server, 'Transport');
    await clock.advance(61_000);
    server.onLogin = () => {
      server.loggedIn = true;
    };
    await clock.advance(61_000);
    expect(server.loggedIn).toBe(true);
  });
});
