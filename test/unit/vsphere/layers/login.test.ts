// The steps of a login and their order: who is there, may I, password, outcome.
import { describe, expect, it } from '@jest/globals';
import type { LoginContext } from '../../../../src/vsphere/layers/login.ts';
import { logIn, logOut } from '../../../../src/vsphere/layers/login.ts';
import type { SoapCall } from '../../../../src/vsphere/layers/call.ts';
import { complete } from '../../../../src/vsphere/options.ts';
import type { VSphereOptions } from '../../../../src/vsphere/options.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { failed, rejection, silent } from '../support/calls.ts';

const SESSIONS = { type: 'SessionManager', value: 'sm' };
const ref = (type: string): object => ({ type, value: type });
const CONTENT = {
  rootFolder: ref('Folder'),
  propertyCollector: ref('PropertyCollector'),
  viewManager: ref('ViewManager'),
  searchIndex: ref('SearchIndex'),
  sessionManager: SESSIONS,
};

interface Scene {
  readonly context: LoginContext;
  /** Everything that happened, in order. */
  readonly steps: string[];
  readonly about: Record<string, string>;
  readonly fail: Record<string, Error>;
}

function scene(options: Partial<VSphereOptions> = {}): Scene {
  const steps: string[] = [];
  const about = { apiType: 'VirtualCenter', apiVersion: '8.0.3.0', instanceUuid: 'uuid-1' };
  const fail: Record<string, Error> = {};
  const state: LoginContext['state'] = { cookie: 'old=1', apiVersion: '' };
  const send = async ({ method }: SoapCall): Promise<unknown> => {
    steps.push(`${method} ${state.apiVersion}`);
    const error = fail[`${method} ${state.apiVersion}`] ?? fail[method];
    if (error !== undefined) throw error;
    if (method === 'RetrieveServiceContent') return { ...CONTENT, about };
    return { key: 'key-1' };
  };
  const completed = complete({
    server: 'vc',
    username: 'u',
    password: 'p',
    tls: {},
    userAgent: 't',
    clock: new FakeClock(),
    logger: silent,
    beforeLogin: async ({ instanceUuid }) => void steps.push(`before ${instanceUuid}`),
    afterLogin: async (error) => void steps.push(`after ${error?.fault ?? 'success'}`),
    ...options,
  });
  return { context: { send, state, options: completed, nextOpId: () => 'op' }, steps, about, fail };
}

describe('logIn', () => {
  it('identifies, asks, logs in, reports', async () => {
    const { context, steps } = scene();
    const opened = await logIn(context, undefined);
    expect(opened.sessionKey).toBe('key-1');
    expect(opened.info.about.instanceUuid).toBe('uuid-1');
    expect(steps).toEqual(['RetrieveServiceContent 8.0.1.0', 'before uuid-1', 'Login 8.0.1.0', 'after success']);
    expect(context.state.cookie).toBeUndefined();
  });

  it('speaks the version of an older server', async () => {
    const { context, about, steps } = scene();
    about['apiVersion'] = '7.0.3.0';
    await logIn(context, undefined);
    expect(steps).toContain('Login 7.0.3.0');
  });

  it('speaks the wanted version with a server that knows it, though its first answer was a fault', async () => {
    const { context, fail, steps } = scene();
    fail['RetrieveServiceContent 8.0.1.0'] = failed('MethodFault', 'RetrieveServiceContent', { status: 500 });
    await logIn(context, undefined);
    expect(steps).toContain('Login 8.0.1.0');
  });

  it.each([
    ['apiVersion', ''],
    ['apiVersion', 'eight'],
    ['instanceUuid', ''],
  ])('believes no vCenter without a proper %s, and sends it no password', async (field, value) => {
    const { context, about, steps } = scene();
    about[field] = value;
    expect(await rejection(logIn(context, undefined))).toMatchObject({ fault: 'BadReply' });
    expect(steps.join(' ')).not.toContain('Login');
  });

  it('asks once more in an old version when the wanted one is refused', async () => {
    const { context, about, fail, steps } = scene();
    about['apiVersion'] = '6.7.3';
    fail['RetrieveServiceContent 8.0.1.0'] = failed('InvalidRequest', 'RetrieveServiceContent', { status: 500 });
    await logIn(context, undefined);
    expect(steps.slice(0, 2)).toEqual(['RetrieveServiceContent 8.0.1.0', 'RetrieveServiceContent 6.5']);
    expect(steps).toContain('Login 6.7.3');
  });

  it('sends no password to an ESXi host', async () => {
    const { context, about, steps } = scene();
    about['apiType'] = 'HostAgent';
    const error = await rejection(logIn(context, undefined));
    expect(error).toMatchObject({ fault: 'NotVirtualCenter', kind: 'terminal' });
    expect(String(error)).toContain('"HostAgent"');
    expect(steps).toEqual(['RetrieveServiceContent 8.0.1.0']);
  });

  it('sends no password to another vCenter than before', async () => {
    const { context, about, steps } = scene();
    const { info } = await logIn(context, undefined);
    about['instanceUuid'] = 'uuid-2';
    expect(await rejection(logIn(context, info))).toMatchObject({ fault: 'InstanceChanged', kind: 'terminal' });
    expect(steps.filter((step) => step.startsWith('Login'))).toHaveLength(1);
  });

  it('makes no attempt that is not allowed', async () => {
    const refusal = new Error('wait 15 minutes');
    const { context, steps } = scene({ beforeLogin: () => Promise.reject(refusal) });
    expect(await rejection(logIn(context, undefined))).toBe(refusal);
    expect(steps).toEqual(['RetrieveServiceContent 8.0.1.0']);
  });

  it('reports a refused password once, and still says so when the report fails', async () => {
    const { context, steps, fail } = scene();
    fail['Login'] = failed('InvalidLogin', 'Login');
    expect(await rejection(logIn(context, undefined))).toBe(fail['Login']);
    expect(steps.slice(2)).toEqual(['Login 8.0.1.0', 'after InvalidLogin']);

    const deaf = scene({ afterLogin: () => Promise.reject(new Error('not stored')) });
    deaf.fail['Login'] = failed('InvalidLogin', 'Login');
    expect(await rejection(logIn(deaf.context, undefined))).toBe(deaf.fail['Login']);
  });

  it('leaves no session behind when a success could not be recorded', async () => {
    const { context, steps } = scene({ afterLogin: () => Promise.reject(new Error('not stored')) });
    context.state.cookie = undefined;
    const { send } = context;
    const withCookie = async (call: SoapCall): Promise<unknown> => {
      const value = await send(call);
      if (call.method === 'Login') context.state.cookie = 'new=1';
      return value;
    };
    expect(await rejection(logIn({ ...context, send: withCookie }, undefined))).toMatchObject({
      message: 'not stored',
    });
    expect(steps.at(-1)).toBe('Logout 8.0.1.0');
  });
});

describe('logOut', () => {
  it('does nothing without a session and survives a failure with one', async () => {
    const { context, steps, fail } = scene();
    fail['Logout'] = failed('Transport', 'Logout');
    await logOut(context, SESSIONS);
    expect(steps).toEqual(['Logout ']);
    await logOut(context, SESSIONS);
    expect(steps).toHaveLength(1);
  });
});
