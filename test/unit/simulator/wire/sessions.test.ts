// Who gets in, for how long, and what a wrong password costs. Time is driven.
import { describe, expect, it } from '@jest/globals';
import { createSimClock } from '../../../../src/simulator/clock/simulated-clock.ts';
import type { SimClock } from '../../../../src/simulator/core/sim-clock.ts';
import { Lockout } from '../../../../src/simulator/sessions/lockout.ts';
import { SessionManagerState } from '../../../../src/simulator/sessions/session-manager-state.ts';
import type { Session } from '../../../../src/simulator/sessions/session.ts';

const ABOUT = { locale: 'en', ipAddress: '127.0.0.1', userAgent: 'test' };
const MINUTE = 60_000;

function manager(
  idleMs = 30 * MINUTE,
  maxSessions = 10,
): { clock: SimClock; sessions: SessionManagerState; login: (password?: string) => Session } {
  const clock = createSimClock({ speed: 0 });
  const sessions = new SessionManagerState(clock, { idleMs, maxSessions });
  sessions.addAccount({ userName: 'Admin@vsphere.local', password: 'right', fullName: 'Admin' });
  return { clock, sessions, login: (password = 'right') => sessions.login('admin@VSPHERE.local', password, ABOUT) };
}

describe('login', () => {
  it('knows accounts without regard to case and refuses everything else alike', () => {
    const { sessions, login } = manager();
    expect(login().userName).toBe('Admin@vsphere.local');
    expect(() => login('wrong')).toThrow('incorrect user name or password');
    expect(() => sessions.login('nobody', 'right', ABOUT)).toThrow('incorrect user name or password');
  });

  it('locks an account after five failures in 180 s, for 300 s', async () => {
    const { clock, login } = manager();
    for (let i = 0; i < 5; i++) expect(() => login('wrong')).toThrow('incorrect');
    expect(() => login()).toThrow('incorrect');
    await clock.advance(299_000);
    expect(() => login()).toThrow('incorrect');
    await clock.advance(1000);
    expect(login().callCount).toBe(0);
  });

  it('remembers a bounded number of names, whoever tries them', () => {
    const lockout = new Lockout();
    for (let i = 0; i < 30_000; i++) lockout.failed(`nobody${i}`, i);
    for (let i = 0; i < 5; i++) lockout.failed('admin', 30_000);
    expect(lockout.isLocked('admin', 30_001)).toBe(true);
    expect(lockout.size).toBeLessThanOrEqual(20_000);
  });

  it('does not lock when the failures are further apart, or after a success', async () => {
    const { clock, login } = manager();
    for (let i = 0; i < 8; i++) {
      expect(() => login('wrong')).toThrow('incorrect');
      await clock.advance(50_000);
    }
    login();
    for (let i = 0; i < 4; i++) expect(() => login('wrong')).toThrow('incorrect');
    expect(login().ended).toBe(false);
  });

  it('has a total', () => {
    const { login } = manager(0, 2);
    login();
    login();
    expect(() => login()).toThrow('maximum number of sessions');
  });
});

describe('a session', () => {
  it('ends when it was idle for too long, never while a call runs', async () => {
    const { clock, sessions, login } = manager();
    const [idle, busy] = [login(), login()];
    busy.inFlight = 1;
    await clock.advance(31 * MINUTE);
    expect([sessions.find(idle.cookie), sessions.find(busy.cookie)]).toEqual([undefined, busy]);
    expect([idle.ended, busy.ended, sessions.list().length]).toEqual([true, false, 1]);
  });

  it('does not expire with a timeout of 0', async () => {
    const { clock, sessions, login } = manager(0);
    const session = login();
    await clock.advance(1000 * MINUTE);
    expect(sessions.find(session.cookie)).toBe(session);
  });

  it('takes down what belongs to it, newest first and once', () => {
    const { sessions, login } = manager();
    const session = login();
    const order: string[] = [];
    session.onEnd(() => order.push('view'));
    session.onEnd(() => order.push('filter'));
    session.onEnd(() => order.push('taken back'))();
    sessions.end(session);
    sessions.end(session);
    expect(order).toEqual(['filter', 'view']);
  });

  it('gives a ticket for one more of its kind', () => {
    const { sessions, login } = manager();
    const session = login();
    const ticket = sessions.issueTicket(session);
    const clone = sessions.cloneSession(ticket, ABOUT);
    expect([clone.userName, clone.key === session.key]).toEqual([session.userName, false]);
    expect(() => sessions.cloneSession(ticket, ABOUT)).toThrow('incorrect');
    const late = sessions.issueTicket(session);
    sessions.end(session);
    expect(() => sessions.cloneSession(late, ABOUT)).toThrow('incorrect');
  });
});
