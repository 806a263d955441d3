// What a VCenter says while there is no session, each cause by its own reason, and how it recovers without a restart; and
// that a password is tried as often as an account survives: once for each version of its Secret, over restarts, too.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BaseSnapshot, LinkedClone, VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { FakeEsxi, OLD_VCENTER } from '../../support/fake-esxi.ts';
import { Lab, conditionOf } from '../../support/lab.ts';
import type { SecondClient } from '../../support/second-client.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { LONG, looksAgain, messageOf, saysSoon, stallsAfterGrace } from './support/bases.ts';
import { OTHER, inventory } from './support/inventory.ts';
import { secondClient } from './support/story.ts';

jest.setTimeout(180_000);

const PASSWORD = 'right';
const USERS = ['wrong', 'pair', 'again', 'unrecorded', 'rotated'].map((name) => `${name}@vsphere.local`);

const directory = useTemporaryDirectory();
let lab: Lab;
let other: SecondClient;

beforeAll(async () => {
  lab = await Lab.start({
    directory,
    inventory: inventory({
      users: [
        ...USERS.map((name) => ({ name, password: PASSWORD })),
        { name: OTHER.username, password: OTHER.password },
      ],
    }),
    operatorFlags: { 'login-retry': 600 },
  });
  other = await secondClient(lab);
  await lab.waitReason('vcenters', 'vc', 'Connected', LONG);
}, 120_000);

afterEach(() => lab.vcenter.clearFaults());

afterAll(async () => {
  await other?.close();
  await lab?.stop();
}, 120_000);

async function applySecret(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const metadata = { name, namespace: 'linked-clone-system' };
  await lab.api.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: data });
}

/** The Secret of the same name, for the user that is named like it. */
function applyPassword(name: string, password: string): Promise<void> {
  return applySecret(name, { username: `${name}@vsphere.local`, password });
}

/** A VCenter for the lab's simulator with the Secret `secret`. */
async function applyVCenter(name: string, spec: Readonly<Record<string, unknown>> = {}, secret = name): Promise<void> {
  const all = { ...lab.vCenterSpec(), credentialsSecretRef: { name: secret }, ...spec };
  await lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name }, spec: all });
}

async function callsOf(method: string): Promise<number> {
  return (await lab.vcenter.stats()).calls[method] ?? 0;
}

/** Waits until every VCenter was looked at several times more: each look asks the server who it is. */
function looks(): Promise<void> {
  return looksAgain(lab, 'RetrieveServiceContent', 3);
}

function waitVCenter(name: string, reason: string): Promise<VCenter> {
  return lab.waitReason<VCenter>('vcenters', name, reason, LONG);
}

describe('a refused password', () => {
  it('is tried once for each version of its Secret, over a restart, too; a new version at once', async () => {
    await applyPassword('wrong', 'mistyped');
    const before = await callsOf('Login');
    await applyVCenter('wrong');
    const refused = await waitVCenter('wrong', 'InvalidLogin');
    expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
    expect(conditionOf(refused, 'Authenticated')).toMatchObject({ status: 'False', reason: 'InvalidLogin' });
    expect(messageOf(refused)).toContain('kubectl annotate vcenter wrong linkedclone.dev/retry-login=');
    expect(messageOf(refused)).toContain(refused.status?.login?.nextAttemptAt);
    expect(refused.status?.login).toMatchObject({ outcome: 'InvalidLogin', failures: 1 });
    await looks();
    expect(await callsOf('Login')).toBe(before + 1);

    await lab.stopOperator();
    await lab.startOperator();
    await waitUntil('the login of vc in the new process', async () => (await callsOf('Login')) >= before + 2, LONG);
    await looks();
    expect(await callsOf('Login')).toBe(before + 2); // vc's own, and none for this one
    const same = await lab.api.get<VCenter>('vcenters', 'wrong');
    expect(same?.status?.login).toEqual(refused.status?.login);
    expect(messageOf(same)).toBe(messageOf(refused));

    await applyPassword('wrong', 'mistyped again');
    await waitUntil('one more login', async () => (await callsOf('Login')) === before + 3, LONG);
    await looks();
    expect(await callsOf('Login')).toBe(before + 3);
    expect(conditionOf(await lab.api.get<VCenter>('vcenters', 'wrong'), 'Ready')?.reason).toBe('InvalidLogin');

    await applyPassword('wrong', PASSWORD);
    await waitVCenter('wrong', 'Connected');
    expect(await callsOf('Login')).toBe(before + 4);
  });

  it('counts for all VCenters of that account: two that are made at once make one attempt', async () => {
    await applyPassword('pair', 'mistyped');
    const before = await callsOf('Login');
    await Promise.all([applyVCenter('pair-1', {}, 'pair'), applyVCenter('pair-2', {}, 'pair')]);
    for (const name of ['pair-1', 'pair-2']) {
      const refused = await waitVCenter(name, 'InvalidLogin');
      expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
    }
    await looks();
    expect(await callsOf('Login')).toBe(before + 1);
    await applyPassword('pair', PASSWORD);
    await Promise.all([waitVCenter('pair-1', 'Connected'), waitVCenter('pair-2', 'Connected')]);
  });

  it('is tried again at once by the annotation retry-login, once', async () => {
    await applyPassword('again', PASSWORD);
    const refuse = { match: { method: 'Login' }, action: { fault: 'InvalidLogin' }, times: 2 };
    await lab.vcenter.fault(refuse);
    const before = await callsOf('Login');
    await applyVCenter('again');
    await waitVCenter('again', 'InvalidLogin');
    const retry = (): Promise<void> =>
      lab.api.annotate('vcenters', 'again', { 'linkedclone.dev/retry-login': new Date().toISOString() });
    await retry();
    await waitUntil('the second login', async () => (await callsOf('Login')) === before + 2, LONG);
    await looks();
    expect(await callsOf('Login')).toBe(before + 2);
    const twice = await lab.api.get<VCenter>('vcenters', 'again');
    expect(twice?.status?.login).toMatchObject({ outcome: 'InvalidLogin', failures: 2 });
    await retry();
    await waitVCenter('again', 'Connected');
    expect(await callsOf('Login')).toBe(before + 3);
  });

  it('an attempt whose outcome was never recorded is repeated once, not twice', async () => {
    await applyPassword('unrecorded', PASSWORD);
    const rule = { match: { method: 'Login' }, action: { delayMs: 20_000 } };
    const dieInLogin = async (start: () => Promise<void>): Promise<void> => {
      await start();
      await waitUntil(
        'the attempt',
        async () => (await lab.api.get<VCenter>('vcenters', 'unrecorded'))?.status?.login?.outcome === 'Pending',
        LONG,
      );
      await lab.killOperator();
    };
    await lab.vcenter.fault(rule);
    await dieInLogin(() => applyVCenter('unrecorded'));
    const first = (await lab.api.get<VCenter>('vcenters', 'unrecorded'))?.status?.login;
    expect(first).toMatchObject({ outcome: 'Pending', failures: 0 });

    await dieInLogin(async () => {
      await lab.startOperator();
      await waitUntil(
        'the second attempt',
        async () => (await lab.api.get<VCenter>('vcenters', 'unrecorded'))?.status?.login?.failures === 1,
        LONG,
      );
    });
    await lab.vcenter.clearFaults();
    const before = await callsOf('Login');
    await lab.startOperator();
    const waits = await waitVCenter('unrecorded', 'LoginDelayed');
    expect(conditionOf(waits, 'Reconciling')?.status).toBe('True');
    expect(conditionOf(waits, 'Authenticated')).toMatchObject({ status: 'Unknown', reason: 'LoginDelayed' });
    expect(waits.status?.login).toMatchObject({ outcome: 'Pending', failures: 1 });
    await applyPassword('unrecorded', `${PASSWORD}\n`);
    await waitVCenter('unrecorded', 'Connected');
    expect(await callsOf('Login')).toBeGreaterThan(before);
  });

  it('refused when a session is to be renewed: one attempt, InvalidLogin, and back by the annotation', async () => {
    await applyPassword('rotated', PASSWORD);
    await applyVCenter('rotated');
    await waitVCenter('rotated', 'Connected');
    const manager = other.client.content.sessionManager;
    // first, because the other client itself may have to log in again: sessions end after 90 s of idleness here
    const sessions = (await other.property(manager, 'sessionList')) as readonly { key: string; userName: string }[];
    const ours = sessions.filter(({ userName }) => userName === 'rotated@vsphere.local').map(({ key }) => key);
    expect(ours).toHaveLength(1);
    const refuse = { match: { method: 'Login' }, action: { fault: 'InvalidLogin' } };
    await lab.vcenter.fault(refuse);
    const before = await callsOf('Login');
    await other.run(manager, 'TerminateSession', { sessionId: ours });
    await waitVCenter('rotated', 'InvalidLogin');
    await looks();
    expect(await callsOf('Login')).toBe(before + 1);
    await lab.vcenter.clearFaults();
    await lab.api.annotate('vcenters', 'rotated', { 'linkedclone.dev/retry-login': new Date().toISOString() });
    await waitVCenter('rotated', 'Connected');
    expect(await callsOf('Login')).toBe(before + 2);
  });
});

describe('no session for another reason', () => {
  it('a Secret that is not there: Reconciling, then Stalled, named with its namespace; one without a password; then right', async () => {
    const missing = await stallsAfterGrace<VCenter>(lab, 'vcenters', 'secretless', 'SecretNotFound', () =>
      applyVCenter('secretless', {}, 'not-there'),
    );
    expect(messageOf(missing)).toContain('"not-there"');
    expect(messageOf(missing)).toContain('"linked-clone-system"');
    expect(conditionOf(missing, 'Authenticated')).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
    await applySecret('not-there', { username: lab.simulator.username, passwort: 'x' });
    const half = await waitVCenter('secretless', 'SecretInvalid');
    expect(messageOf(half)).toContain('lacks the key password; it has: passwort, username');
    await applySecret('not-there', { username: lab.simulator.username, password: lab.simulator.password });
    await waitVCenter('secretless', 'Connected');
  });

  it('a certificate that is not trusted: its SHA-256 is in the message, and no password was sent', async () => {
    const before = await callsOf('Login');
    await applyVCenter('untrusted', { tls: {} }, 'vc-credentials');
    const byRoots = await waitVCenter('untrusted', 'CertificateNotTrusted');
    expect(messageOf(byRoots)).toContain(lab.simulator.thumbprint);
    expect(conditionOf(byRoots, 'Stalled')?.status).toBe('True');
    expect(conditionOf(byRoots, 'Authenticated')).toMatchObject({ status: 'Unknown', reason: 'NotConnected' });
    const another = lab.simulator.thumbprint.replaceAll(/^../g, (pair) => (pair === '00' ? 'FF' : '00'));
    await applyVCenter('untrusted', { tls: { thumbprint: another } }, 'vc-credentials');
    const byPin = await saysSoon<VCenter>(lab, 'vcenters', 'untrusted', {
      reason: 'CertificateNotTrusted',
      text: 'not the pinned one',
    });
    expect(await callsOf('Login')).toBe(before);
    const shown = /\b[0-9A-F]{2}(:[0-9A-F]{2}){31}\b/.exec(messageOf(byPin))?.[0];
    await applyVCenter('untrusted', { tls: { thumbprint: shown } }, 'vc-credentials');
    await waitVCenter('untrusted', 'Connected');
  });

  it('what stands on a VCenter that needs a person needs one too, a clone without a set as well, and heals with it', async () => {
    const wrong = '00'.repeat(32);
    const pin = (thumbprint: string): Promise<void> => applyVCenter('above', { tls: { thumbprint } }, 'vc-credentials');
    const says = async (reason: string, type: string): Promise<LinkedClone> => {
      const clone = await lab.waitReason<LinkedClone>('linkedclones', 'alone', reason, LONG);
      expect(conditionOf(clone, type)).toMatchObject({ status: 'True', reason });
      return clone;
    };
    await pin(wrong);
    await waitVCenter('above', 'CertificateNotTrusted');
    await lab.applyBase('above', 'Templates/Tmpl', { vCenterRef: { name: 'above' } });
    await lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: 'LinkedClone',
      metadata: { name: 'alone', namespace: 'lab' },
      spec: { baseSnapshotRef: { name: 'above' } },
    });
    await waitUntil('Stalled', () => says('VCenterNotReady', 'Stalled'), LONG);
    await pin(lab.simulator.thumbprint);
    await says('Ready', 'Ready');
    const { vms } = await lab.vcenter.inventory();
    await pin(wrong);
    const held = await waitUntil('Stalled, with a machine', () => says('VCenterNotReady', 'Stalled'), LONG);
    expect(messageOf(held)).toContain('not the pinned one');
    await pin(lab.simulator.thumbprint);
    await says('Ready', 'Ready');
    expect((await lab.vcenter.inventory()).vms.map(({ moRef }) => moRef)).toEqual(vms.map(({ moRef }) => moRef));
    await lab.api.delete('linkedclones', 'alone');
    await lab.gone('linkedclones', 'alone', 'lab', LONG.timeoutMs);
  });

  it('insecureSkipVerify without the flag: refused', async () => {
    await applyVCenter('insecure', { tls: { insecureSkipVerify: true } }, 'vc-credentials');
    const refused = await waitVCenter('insecure', 'InsecureTLSNotAllowed');
    expect(messageOf(refused)).toContain('--allow-insecure-tls');
  });

  it('an ESXi host: NotVCenter, asked who it is and nothing else', async () => {
    const host = await FakeEsxi.start();
    try {
      await applyVCenter('esxi', { server: host.address, tls: { thumbprint: host.thumbprint } }, 'vc-credentials');
      const refused = await waitVCenter('esxi', 'NotVCenter');
      expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
      expect(conditionOf(refused, 'VersionSupported')).toMatchObject({ status: 'False', reason: 'NotVCenter' });
      await waitUntil('three looks', () => host.methods.length >= 3, LONG);
      expect(new Set(host.methods)).toEqual(new Set(['RetrieveServiceContent']));
      await applyVCenter('esxi', {}, 'vc-credentials');
      await waitVCenter('esxi', 'Connected');
    } finally {
      await host.stop();
    }
  });

  it('a vCenter older than 7.0 Update 2: VersionNotSupported with what is supported, and no password was sent', async () => {
    const old = await FakeEsxi.start(OLD_VCENTER);
    try {
      await applyVCenter('old', { server: old.address, tls: { thumbprint: old.thumbprint } }, 'vc-credentials');
      const refused = await waitVCenter('old', 'VersionNotSupported');
      expect(conditionOf(refused, 'Stalled')?.status).toBe('True');
      expect(conditionOf(refused, 'VersionSupported')).toMatchObject({
        status: 'False',
        reason: 'VersionNotSupported',
      });
      expect(messageOf(refused)).toContain('vCenter 7.0.1 (API 7.0.1.1) is too old; supported: vCenter 7.0 Update 2');
      await waitUntil('three looks', () => old.methods.length >= 3, LONG);
      expect(new Set(old.methods)).toEqual(new Set(['RetrieveServiceContent']));
    } finally {
      await old.stop();
    }
  });

  it('a vCenter that is down, up, down and up again: Unreachable, and back without a restart', async () => {
    const proxy = await TcpProxy.start(lab.simulator.url);
    try {
      proxy.refuse();
      await applyVCenter('flaky', { server: `127.0.0.1:${proxy.port}` }, 'vc-credentials');
      const down = await waitVCenter('flaky', 'Unreachable');
      expect(conditionOf(down, 'Reconciling')?.status).toBe('True');
      expect(messageOf(down)).toContain(`127.0.0.1:${proxy.port}`);
      proxy.accept();
      await waitVCenter('flaky', 'Connected');
      await lab.applyBase('flaky', 'Templates/Tmpl', { vCenterRef: { name: 'flaky' } });
      await lab.waitReason('basesnapshots', 'flaky', 'Ready', LONG);
      proxy.refuse();
      await waitVCenter('flaky', 'Unreachable');
      await lab.applySet('flaky', 'flaky', 1);
      proxy.accept();
      await waitVCenter('flaky', 'Connected');
      await lab.setReady('flaky', 1);
      const base = await lab.api.get<BaseSnapshot>('basesnapshots', 'flaky');
      expect(conditionOf(base, 'Ready')?.status).toBe('True');
      await lab.api.delete('linkedclonesets', 'flaky');
      await lab.gone('linkedclonesets', 'flaky', 'lab', LONG.timeoutMs);
    } finally {
      await proxy.stop();
    }
  });
});
