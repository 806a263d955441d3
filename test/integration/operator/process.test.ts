// The operator as a process: its help, what it says about a flag or an environment it can't use, and its stop in the middle
// of the work: nothing is left half done, the sessions are closed, the Lease is free.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LinkedClone } from '../../../src/api/types.generated.ts';
import { FLAGS } from '../../../src/config-flags.ts';
import { auditedWrites } from '../../../src/testbed/audit-log.ts';
import { nodeArguments } from '../../../src/testbed/process/node-command.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';
import { soundCensus, successfulClones } from '../../support/vm-census.ts';
import { inventory } from './support/inventory.ts';
import { applySet, callsOf, freshNamespace, setReady, soundAfter } from './support/sets.ts';
import { PATIENCE_MS, lastSeq } from './support/story.ts';

const OPERATOR = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
const CLONES = 20;
/** What it may take at most; half a second on two idle cores where nothing keeps it. */
const STOP_WITHIN_MS = 8000;
/** Longer than running reconciles are waited for at a stop, shorter than the stop may take. */
const INVENTORY_MS = 4000;

const directory = useTemporaryDirectory();

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the operator to its end. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Said> {
  const child = spawn(process.execPath, [...nodeArguments('src/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: directory, ...environment },
    timeout: PATIENCE_MS,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

describe('the operator that is asked or told something it cannot do', () => {
  it(
    'prints a help with every flag and ends',
    async () => {
      const { code, stdout, stderr } = await run(['--help']);
      expect([code, stderr]).toEqual([0, '']);
      for (const flag of Object.keys(FLAGS)) expect(stdout).toContain(`--${flag}`);
      expect(stdout).toContain('LCO_LEASE_DURATION');
    },
    PATIENCE_MS,
  );

  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['an unknown flag', ['--nope'], {}, /'--nope'/],
    ['a word', ['start'], {}, /'start'/],
    ['a flag without its value', ['--workers'], {}, /--workers/],
    ['a number that is none', ['--workers=many'], {}, /^--workers must be a whole number, not "many"$/],
    ['a number out of bounds', ['--workers', '-3'], {}, /^--workers must be at least 1, not -3$/],
    ['a time that is none', ['--retry-max=1h'], {}, /^--retry-max must be a number of seconds, not "1h"$/],
    ['a switch with another word', ['--leader-elect=yes'], {}, /^--leader-elect must be true or false, not "yes"$/],
    ['a level that there is not', ['--log-level=loud'], {}, /^--log-level must be one of /],
    ['an address that is none', ['--metrics-listen=8080'], {}, /^--metrics-listen must be host:port/],
    ['times that contradict each other', ['--lease-duration=3'], {}, /^--lease-renew-deadline must be shorter than/],
    ['a bad number in the environment', [], { LCO_WORKERS: '0' }, /^LCO_WORKERS must be at least 1, not 0$/],
    ['an empty time in the environment', [], { LCO_RETRY_MAX: '' }, /^LCO_RETRY_MAX must be a number of seconds/],
    ['a kubeconfig that is not there', ['--kubeconfig=nowhere.yaml'], {}, /^--kubeconfig: cannot read nowhere\.yaml: /],
    ['one of the environment that is not there', [], { KUBECONFIG: 'nowhere.yaml' }, /cannot read nowhere\.yaml: /],
    ['no kubeconfig at all', [], {}, /^there is no \$KUBECONFIG, no service account and no [^ ]*$/],
    ['an empty one', [], { KUBECONFIG: '' }, /^there is no \$KUBECONFIG, no service account and no [^ ]*$/],
    ['a negative time', ['--lease-retry', '-2'], {}, /^--lease-retry must be at least 0\.05, not -2$/],
  ])(
    'says one sentence about %s and ends with 2',
    async (_, args, environment, sentence) => {
      const { code, stdout, stderr } = await run(args, environment);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr.trimEnd()).toMatch(sentence);
      // said once: what caused it is part of the sentence, not repeated behind it
      const parts = stderr.trimEnd().split(': ');
      expect(new Set(parts).size).toBe(parts.length);
    },
    PATIENCE_MS,
  );
});

describe('the operator that is stopped', () => {
  let lab: Lab;

  beforeAll(async () => {
    // real durations, so that clones are under way for seconds; retries slow enough to be in between calls, too
    lab = await Lab.start({ directory, speed: 1, inventory: inventory() });
  }, 120_000);
  afterAll(() => lab.stop());

  /** Who holds the Lease; '' for nobody. */
  async function holder(): Promise<string> {
    const path = '/apis/coordination.k8s.io/v1/namespaces/linked-clone-system/leases/linked-clone-operator';
    const lease = await lab.api.raw.call<{ spec: { holderIdentity?: string } }>('GET', path);
    return lease.spec.holderIdentity ?? '';
  }

  async function cloning(ns: string): Promise<number> {
    const from = await lastSeq(lab);
    await applySet(lab, ns, 'web', CLONES);
    await waitUntil(
      'clones under way',
      async () => callsOf(await lab.vcenter.ledger(from), 'CloneVM_Task').length >= 5,
      { timeoutMs: PATIENCE_MS, intervalMs: 10 },
    );
    return from;
  }

  it('says of a busy address which flag is to be changed', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = `127.0.0.1:${(busy.address() as AddressInfo).port}`;
    const { code, stdout, stderr } = await run([`--metrics-listen=${address}`], {
      KUBECONFIG: lab.controlPlane.kubeconfig,
    });
    busy.close();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^--metrics-listen: [^\n]*EADDRINUSE[^\n]*\n$/);
  });

  it('in the middle of clones logs out, then frees the Lease, and leaves nothing half done', async () => {
    const ns = await freshNamespace(lab);
    const from = await cloning(ns);
    expect(await holder()).not.toBe('');
    expect((await lab.vcenter.stats()).sessions).toBe(1);
    await lab.vcenter.fault({ match: { method: 'Logout' }, action: { delayMs: 300 }, times: 1 });
    let ended = false;
    const asked = performance.now();
    const stopped = lab.stopOperator().finally(() => (ended = true));
    await waitUntil(
      'its end',
      async () => {
        // the next leader must not begin while we may still be at it
        if ((await holder()) === '') expect((await lab.vcenter.stats()).sessions).toBe(0);
        return ended;
      },
      { intervalMs: 10, retryErrors: false },
    );
    await stopped; // fails unless it ended with 0
    expect(performance.now() - asked).toBeLessThan(STOP_WITHIN_MS);
    expect(await holder()).toBe('');
    expect((await lab.vcenter.stats()).sessions).toBe(0);

    // what was begun is on record: each CloneVM has its object's intent or the VM that came of it
    const calls = callsOf(await lab.vcenter.ledger(from), 'CloneVM_Task');
    const clones = await lab.api.list<LinkedClone>('linkedclones', ns);
    const recorded = clones.filter(({ status }) => status?.operation !== undefined || status?.vm !== undefined);
    const uids = new Set(recorded.map(({ metadata }) => metadata.uid));
    expect(calls.filter(({ args }) => !uids.has(args.instanceUuid ?? ''))).toEqual([]);
    const writes = await auditedWrites(lab.controlPlane.auditLogPath, OPERATOR);
    expect(writes.filter(({ code }) => code >= 400 && code !== 404 && code !== 409)).toEqual([]);

    await lab.startOperator();
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
    const made = successfulClones(await lab.vcenter.ledger(from));
    expect([...made.values()]).toEqual(Array.from({ length: CLONES }, () => 1));
    expect(callsOf(await lab.vcenter.ledger(from), 'CloneVM_Task')).toHaveLength(CLONES);
  }, 180_000);

  it('frees the Lease and ends well, in time, though the vCenter does not answer any more', async () => {
    const ns = await freshNamespace(lab);
    await cloning(ns);
    lab.simulator.process.freeze();
    const asked = performance.now();
    try {
      await lab.stopOperator(); // fails unless it ended with 0
      expect(performance.now() - asked).toBeLessThan(STOP_WITHIN_MS);
      expect(await holder()).toBe('');
    } finally {
      lab.simulator.process.resume();
    }
    await lab.startOperator();
    await setReady(lab, ns, 'web', CLONES);
    expect(await soundAfter(lab, ns, CLONES)).toEqual(soundCensus(CLONES));
  }, 180_000);

  it.each(['SIGTERM', 'SIGINT'] as const)(
    `ends within ${STOP_WITHIN_MS / 1000} seconds of %s where everything answers`,
    async (signal) => {
      await lab.stopOperator();
      await lab.startOperator({ 'shutdown-timeout': FLAGS['shutdown-timeout'].value });
      await waitUntil('the session', async () => (await lab.vcenter.stats()).sessions === 1, { intervalMs: 10 });
      const { operator } = lab;
      if (operator === undefined) throw new Error('there is no operator');
      const asked = performance.now();
      process.kill(operator.process.pid, signal);
      expect(await operator.process.exited).toEqual({ code: 0, signal: null });
      expect(performance.now() - asked).toBeLessThan(STOP_WITHIN_MS);
      expect([(await lab.vcenter.stats()).sessions, await holder()]).toEqual([0, '']);
      lab.operator = undefined;
      await lab.startOperator();
    },
    120_000,
  );

  it('ends well on two signals, as npm sends them at a Ctrl-C', async () => {
    const { operator } = lab;
    if (operator === undefined) throw new Error('there is no operator');
    process.kill(operator.process.pid, 'SIGINT');
    process.kill(operator.process.pid, 'SIGINT');
    expect(await operator.process.exited).toEqual({ code: 0, signal: null });
    expect(await holder()).toBe('');
    lab.operator = undefined;
  }, 120_000);

  it('leaves no session when it is stopped while it reads the inventory of a vCenter for the first time', async () => {
    await lab.stopOperator();
    const { Login: before = 0 } = (await lab.vcenter.stats()).calls;
    await lab.vcenter.fault({ match: { method: 'RetrievePropertiesEx' }, action: { delayMs: INVENTORY_MS } });
    await lab.startOperator();
    await waitUntil('the login', async () => ((await lab.vcenter.stats()).calls['Login'] ?? 0) > before, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 10,
    });
    await waitUntil('the session', async () => (await lab.vcenter.stats()).sessions === 1, { intervalMs: 10 });
    await lab.stopOperator();
    expect([(await lab.vcenter.stats()).sessions, await holder()]).toEqual([0, '']);
    await lab.vcenter.clearFaults();
  }, 120_000);
});
