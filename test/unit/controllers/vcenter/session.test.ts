// A session is only opened with the vCenter that was judged, and one that takes neither account nor password is asked again
// as seldom as the record of logins says, whichever fault it refuses them with.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { VCenter } from '../../../../src/api/types.generated.ts';
import { readConfig } from '../../../../src/config.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { LoginWaits } from '../../../../src/controllers/vcenter/login-attempts.ts';
import { openSession } from '../../../../src/controllers/vcenter/session.ts';
import type { statusOperations } from '../../../../src/kube/status-patch.ts';
import { systemClock } from '../../../../src/util/clock.ts';
import type { VSphereClient } from '../../../../src/vsphere/client.ts';
import { OutageGate } from '../../../../src/vsphere/client.ts';
import { silent } from '../../vsphere/support/calls.ts';
import { fault, serviceContent, userSession } from '../../vsphere/support/soap-text.ts';
import type { Identity, TestServer } from '../../vsphere/support/tls-server.ts';
import { createIdentity, reply, startTlsServer } from '../../vsphere/support/tls-server.ts';
import { vCenter } from '../support/objects.ts';

const PINNED = 'uuid-1';
const CREDENTIALS = { username: 'op@vsphere.local', password: 'secret', resourceVersion: '7' };

let identity: Identity;
let server: TestServer;
let calls: string[] = [];
/** Who answers, question by question; the last one for good. */
let uuids: string[] = [];
const opened: VSphereClient[] = [];
let login: { readonly body: string; readonly status: number };

beforeAll(async () => {
  identity = await createIdentity();
  server = await startTlsServer(identity, ({ body }, response) => {
    const method = /Body>\s*<(\w+)/.exec(body)?.[1] ?? '';
    calls.push(method);
    if (method === 'Login') return reply(response, login.body, login.status);
    const instanceUuid = (uuids.length > 1 ? uuids.shift() : uuids[0]) ?? '';
    return reply(response, serviceContent({ instanceUuid }));
  });
});
afterEach(() => Promise.all(opened.splice(0).map((client) => client.close())));
afterAll(() => server?.stop());

/** The API server with one VCenter. */
function apiServer(stored: VCenter) {
  let current = stored;
  const rest = {
    get: async () => current,
    listAll: async () => [current],
    patch: async (_resource: unknown, _key: unknown, patch: ReturnType<typeof statusOperations>) => {
      const status: Record<string, unknown> = { ...current.status };
      for (const operation of patch) {
        if (operation.path === '/status' && operation.op === 'add') Object.assign(status, operation.value);
        const field = /^\/status\/(\w+)$/.exec(operation.path)?.[1];
        if (field !== undefined && operation.op === 'add') status[field] = operation.value;
      }
      current = { ...current, status };
      return current;
    },
  };
  return { rest, status: () => current.status };
}

function rig(answers: readonly string[], loginReply = { body: userSession(), status: 200 }) {
  calls = [];
  uuids = [...answers];
  login = loginReply;
  const object = vCenter({ status: { instanceUuid: PINNED } });
  Object.assign(object.spec, { server: new URL(server.url).host, tls: { thumbprint: identity.sha256 } });
  const { rest, status } = apiServer(object);
  const runtime = {
    clock: systemClock,
    config: readConfig(['--allow-loopback-vcenter'], {}),
    logger: silent,
    metrics: { vcenterCalls: { inc: () => undefined }, vcenterCallSeconds: { observe: () => undefined } },
    rest,
  } as unknown as Runtime;
  const parts = { credentials: CREDENTIALS, gate: new OutageGate(systemClock) };
  const open = async (): Promise<VSphereClient> => {
    const client = await openSession(runtime, object, parts, new AbortController().signal);
    opened.push(client);
    return client;
  };
  return { open, status };
}

describe('openSession', () => {
  it('logs in to who was judged: a name that leads to two vCenters in turn is no way around the pin', async () => {
    const { open } = rig([PINNED, 'uuid-2']);
    const client = await open();
    expect(client.about.instanceUuid).toBe(PINNED);
    expect(calls).toEqual(['RetrieveServiceContent', 'Login']);
  });

  it('sends no password to another vCenter than the pinned one, and stores no attempt', async () => {
    const { open, status } = rig(['uuid-2']);
    await expect(open()).rejects.toMatchObject({ reason: 'AnotherVCenter' });
    expect(calls).toEqual(['RetrieveServiceContent']);
    expect(status()?.login).toBeUndefined();
  });

  it.each(['InvalidLogin', 'PasswordExpired'])('waits after %s', async (name) => {
    const { open, status } = rig([PINNED], { body: fault(name), status: 500 });
    await expect(open()).rejects.toMatchObject({ name: 'LoginWaits', reason: 'InvalidLogin' });
    expect(status()?.login).toMatchObject({ outcome: 'InvalidLogin', failures: 1 });
    await expect(open()).rejects.toBeInstanceOf(LoginWaits);
    expect(calls.filter((method) => method === 'Login')).toHaveLength(1);
  });
});
