// What goes wrong with an account, each story from the first wrong password to the right one, after which every VCenter must
// be connected.
import { sleep } from '../../../src/util/abort.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { SecondClient } from '../../support/second-client.ts';
import { OTHER } from '../../integration/operator/support/inventory.ts';
import { reasonOf } from '../../support/lab.ts';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import type { Rig } from '../long-lived/rig.ts';
import type { LoginTap } from './login-tap.ts';
import type { CredentialsPlan, StoryName } from './plans.ts';

/** Between two changes that a script or a person makes in a hurry. */
const HURRY_MS = 300;
/** Long enough for several looks at everything. */
const A_WHILE_MS = 4_000;

export interface StoryScope {
  readonly rig: Rig;
  readonly tap: LoginTap;
  readonly plan: CredentialsPlan;
  /** Prefix of its objects' names. */
  readonly id: string;
  readonly account: string;
  /** The account's password in the vCenter. */
  readonly right: string;
}

/** Refusals of one password that are right before its time. */
export const VERSIONS: Readonly<Record<StoryName, (plan: CredentialsPlan) => number>> = {
  oneSecret: () => 1,
  manySecrets: () => 1,
  touched: ({ times }) => times + 1,
  rotation: () => 1,
  rotatedFirst: () => 1,
  aliases: () => 1,
  recreated: () => 1,
  annotated: ({ times }) => times + 1,
  repaired: () => 1,
  crash: () => 2,
};

async function applySecret(
  { rig, account }: StoryScope,
  name: string,
  password: string,
  user = account,
): Promise<void> {
  const metadata = { name, namespace: 'linked-clone-system' };
  await rig.lab.api.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { username: user, password } });
}

async function applyVCenter(
  { rig }: StoryScope,
  name: string,
  secret: string,
  server = rig.endpoint.server,
): Promise<void> {
  const spec = { ...rig.lab.vCenterSpec(), ...rig.endpoint, server, credentialsSecretRef: { name: secret } };
  await rig.lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name }, spec });
}

/** Of this story alone, and nothing that would be written by chance: it may be read nowhere. */
function wrong({ rig, id }: StoryScope, which: string | number = ''): string {
  const password = `falsch-${id}-${which}-4b8e13d9`;
  rig.health.plant(password);
  return password;
}

function namesOf({ id, plan }: StoryScope): string[] {
  return Array.from({ length: plan.objects }, (_, i) => `${id}-${i}`);
}

/** VCenters that all use the Secret named like the story. */
async function shareSecret(scope: StoryScope, password: string): Promise<void> {
  await applySecret(scope, scope.id, password);
  await Promise.all(namesOf(scope).map((name) => applyVCenter(scope, name, scope.id)));
}

async function pause(ms: number): Promise<void> {
  await sleep(systemClock, ms);
}

async function refusedOnce({ tap, account }: StoryScope): Promise<void> {
  const looked = (): boolean => tap.of(account).some(({ accepted }) => accepted === false);
  await waitUntil('the first refusal', looked, { timeoutMs: 30_000 });
}

async function connected(scope: StoryScope, timeoutMs = 30_000): Promise<void> {
  for (const name of namesOf(scope)) await scope.rig.lab.waitReason('vcenters', name, 'Connected', { timeoutMs });
}

async function often(times: number, act: (n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await act(n);
    await pause(HURRY_MS);
  }
}

export const STORY: Readonly<Record<StoryName, (scope: StoryScope) => Promise<void>>> = {
  async oneSecret(scope) {
    await shareSecret(scope, wrong(scope));
    await refusedOnce(scope);
    await pause(A_WHILE_MS);
    await applySecret(scope, scope.id, scope.right);
  },
  async manySecrets(scope) {
    await Promise.all(
      namesOf(scope).map(async (name) => {
        await applySecret(scope, name, wrong(scope, name));
        await applyVCenter(scope, name, name);
      }),
    );
    await refusedOnce(scope);
    await pause(A_WHILE_MS);
    await Promise.all(namesOf(scope).map((name) => applySecret(scope, name, scope.right)));
  },
  async touched(scope) {
    await shareSecret(scope, wrong(scope));
    await refusedOnce(scope);
    await often(scope.plan.times, (n) =>
      scope.rig.lab.api.annotate('secrets', scope.id, { refreshed: String(n) }, 'linked-clone-system'),
    );
    await applySecret(scope, scope.id, scope.right);
  },
  async rotation(scope) {
    await shareSecret(scope, wrong(scope));
    await often(scope.plan.times, (n) => applySecret(scope, scope.id, wrong(scope, n)));
    await applySecret(scope, scope.id, scope.right);
  },
  async rotatedFirst(scope) {
    await shareSecret(scope, scope.right);
    await connected(scope);
    const rotated = wrong(scope, 'rotated');
    scope.tap.changePassword(scope.account, rotated);
    await endSessions(scope);
    await refusedOnce(scope);
    await pause(A_WHILE_MS);
    await applySecret(scope, scope.id, rotated);
  },
  async aliases(scope) {
    const { address, port } = { address: '127.0.0.1', port: scope.rig.endpoint.server.split(':')[1] ?? '' };
    await Promise.all(
      namesOf(scope).map(async (name, i) => {
        const user = i % 2 === 0 ? scope.account.toUpperCase() : scope.account;
        await applySecret(scope, name, wrong(scope, i), user);
        await applyVCenter(
          scope,
          name,
          name,
          `${i % 4 < 2 ? address : i % 4 === 2 ? 'localhost' : 'LocalHost'}:${port}`,
        );
      }),
    );
    await refusedOnce(scope);
    await pause(A_WHILE_MS);
    await Promise.all(namesOf(scope).map((name) => applySecret(scope, name, scope.right)));
  },
  async recreated(scope) {
    const { api } = scope.rig.lab;
    await shareSecret(scope, wrong(scope));
    await refusedOnce(scope);
    await often(scope.plan.times, async () => {
      for (const name of namesOf(scope)) {
        await api.delete('vcenters', name);
        await scope.rig.lab.gone('vcenters', name, '');
        await applyVCenter(scope, name, scope.id);
      }
    });
    await pause(A_WHILE_MS);
    await applySecret(scope, scope.id, scope.right);
  },
  async annotated(scope) {
    await shareSecret(scope, wrong(scope));
    await refusedOnce(scope);
    await often(scope.plan.times, async () => {
      const asked = { 'linkedclone.dev/retry-login': new Date().toISOString() };
      await Promise.all(namesOf(scope).map((name) => scope.rig.lab.api.annotate('vcenters', name, asked)));
    });
    await applySecret(scope, scope.id, scope.right);
  },
  async repaired(scope) {
    await shareSecret(scope, wrong(scope));
    await refusedOnce(scope);
    for (const name of namesOf(scope)) await scope.rig.lab.waitReason('vcenters', name, 'InvalidLogin');
    scope.tap.changePassword(scope.account, wrong(scope));
  },
  async crash(scope) {
    await applySecret(scope, scope.id, wrong(scope));
    for (let n = 0; n < scope.plan.times; n += 1) await dieInLogin(scope, n === 0);
    await pause(A_WHILE_MS);
    await applySecret(scope, scope.id, scope.right);
  },
};

/** Kills the operator as soon as a login of the account is on its way, and starts it again; after a while where none comes. */
async function dieInLogin(scope: StoryScope, first: boolean): Promise<void> {
  const { rig, tap, account } = scope;
  const seen = new Promise<void>((resolve) => {
    tap.onLogin = (login) => (login.account === account ? resolve() : undefined);
  });
  if (first) await Promise.all(namesOf(scope).map((name) => applyVCenter(scope, name, scope.id)));
  await Promise.race([seen, pause(A_WHILE_MS)]);
  tap.onLogin = undefined;
  await rig.lab.killOperator();
  await rig.lab.startOperator();
  rig.health.restarted();
}

/** As an administrator ends them. */
async function endSessions({ rig, account }: StoryScope): Promise<void> {
  const other = await SecondClient.connect({ ...rig.lab.simulator, ...OTHER });
  try {
    const manager = other.client.content.sessionManager;
    const sessions = (await other.property(manager, 'sessionList')) as readonly { key: string; userName: string }[];
    const sessionId = sessions.filter(({ userName }) => userName === account).map(({ key }) => key);
    await other.run(manager, 'TerminateSession', { sessionId });
  } finally {
    await other.close();
  }
}

/** VCenters of the story that aren't connected although the password is right. */
export async function notBack(scope: StoryScope, timeoutMs: number): Promise<string[]> {
  const missing = async (): Promise<string[]> => {
    const all = await scope.rig.lab.api.list<LinkedClone>('vcenters');
    const names = new Set(namesOf(scope));
    return all
      .filter((one) => names.has(one.metadata.name) && reasonOf(one) !== 'Connected')
      .map((one) => `${one.metadata.name}: ${reasonOf(one)}`);
  };
  try {
    await waitUntil('all to be connected', async () => (await missing()).length === 0, { timeoutMs, intervalMs: 300 });
    return [];
  } catch {
    return missing();
  }
}

export async function removeVCenters(scope: StoryScope): Promise<void> {
  await Promise.all(namesOf(scope).map((name) => scope.rig.lab.api.delete('vcenters', name)));
}
