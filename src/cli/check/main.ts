// `check`: asks Kubernetes whether the operator's account has the rights of its roles, and the VCenter objects whether their
// accounts have theirs. `helm test` runs it in a Pod of the operator's own account. Exit code 0: all good; 1: something is
// missing, one line for each; 2: it was called wrongly.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { VCenter } from '../../api/types.generated.ts';
import { PooledKubeConfig } from '../../kube/kube-config.ts';
import type { Resource } from '../../kube/objects.ts';
import { RestClient } from '../../kube/rest.ts';
import { sleep } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';
import { errorMessage } from '../../util/errors.ts';
import type { ScopedRules } from './rights.ts';
import { describeRight, missingRights } from './rights.ts';
import type { Verdict } from './vcenters.ts';
import { judgeVCenter } from './vcenters.ts';

const HELP = `usage: check --rules FILE [--wait SECONDS] [--kubeconfig FILE]

  --rules FILE       JSON: [{"namespace": "…", "rules": [as in a Role]}], an empty namespace for the whole cluster
  --wait SECONDS     how long VCenters may take to become ready (default 60)
  --kubeconfig FILE  default: $KUBECONFIG, else the Pod's service account, else ~/.kube/config
`;
const VCENTERS: Resource<VCenter> = {
  group: 'linkedclone.dev',
  version: 'v1alpha1',
  plural: 'vcenters',
  kind: 'VCenter',
  namespaced: false,
};
const LOOK_AGAIN_MS = 1000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The verdicts once none can change any more, or when the time is up. */
async function judgeAll(rest: RestClient, waitMs: number, signal: AbortSignal): Promise<readonly Verdict[]> {
  const until = systemClock.monotonic() + waitMs;
  for (;;) {
    const verdicts = (await rest.listAll(VCENTERS, {}, signal)).map(judgeVCenter);
    if (systemClock.monotonic() >= until || verdicts.every(({ state }) => state !== 'waiting')) return verdicts;
    await sleep(systemClock, LOOK_AGAIN_MS, signal);
  }
}

async function check(args: readonly string[], signal: AbortSignal): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], options: { rules: text, wait: text, kubeconfig: text } });
  const waitMs = Number(values.wait ?? '60') * 1000;
  if (values.rules === undefined || !Number.isFinite(waitMs)) throw new TypeError(HELP);
  const scopes = JSON.parse(readFileSync(values.rules, 'utf8')) as readonly ScopedRules[];
  const config = PooledKubeConfig.load(values.kubeconfig);
  const rest = new RestClient({
    config,
    clock: systemClock,
    userAgent: 'linked-clone-operator-check',
    fieldManager: 'linkedclone-operator',
  });
  try {
    const missing = await missingRights(rest, scopes, signal);
    for (const right of missing) say(`missing in Kubernetes: ${describeRight(right)}`);
    if (missing.length === 0) say('Kubernetes: every right of the roles is granted');
    const verdicts = await judgeAll(rest, waitMs, signal);
    for (const { name, state, text: why } of verdicts)
      say(`VCenter ${name}: ${state === 'good' ? 'good' : 'NOT good'}: ${why}`);
    if (verdicts.length === 0) say('there is no VCenter yet, so nothing was asked of one');
    return missing.length === 0 && verdicts.every(({ state }) => state === 'good') ? 0 : 1;
  } finally {
    await config.close();
  }
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`received ${name}`)));
try {
  process.exitCode = await check(process.argv.slice(2), stop.signal);
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
