// The campaign of hostile replies: what vCenter and the watches of Kubernetes answer is cut short, mixed up, of another
// format or encoding, thousands of times, while the operator looks after clones that run and deletions that are held. It must
// live on without a stall, change nothing because of it, and be well as soon as it is told the truth again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../../src/util/errors.ts';
import { sleep } from '../../../src/util/abort.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { WATCHED } from '../harness/watch-tap.ts';
import type { Rig } from '../long-lived/rig.ts';
import { runOnRig } from '../long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../long-lived/run-plans.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { KEEPER, KEEP_NAMESPACE, Truth } from '../long-lived/truth.ts';
import { ALL_CASES, HOSTILE_RULE, casesOf, hostilePlans } from './cases.ts';
import type { HostilePlan } from './cases.ts';
import { Liar } from './liar.ts';
import { livesOf, judgeDestroys, judgeLedger } from './oracles.ts';
import { BUSY_PARENTS, HOSTILE_INVENTORY, OPERATOR_FLAGS, STILL, buildScene } from './scene.ts';
import type { Scene } from './scene.ts';

/** A batch is over when nothing of it was asked for in this time; what is left isn't counted. */
const TELLING_MS = 6_000;
const HEALING = { timeoutMs: 60_000, intervalMs: 100 };
const TOUCH_MS = 100;
const CHURN_MS = 1_500;

class Run {
  readonly #rig: Rig;
  readonly #liar: Liar;
  readonly #scene: Scene;
  readonly #truth: Truth;
  #judgedTo: number;
  #judgedSent = 0;
  #told = 0;
  #unasked = 0;

  constructor(rig: Rig, liar: Liar, { scene, truth }: { scene: Scene; truth: Truth }, judgedTo: number) {
    this.#rig = rig;
    this.#liar = liar;
    this.#scene = scene;
    this.#truth = truth;
    this.#judgedTo = judgedTo;
  }

  get facts(): Record<string, number> {
    const { longestStall } = this.#rig.health;
    return { told: this.#told, unasked: this.#unasked, longestStallMs: Math.round(longestStall * 1000) };
  }

  async judge(plan: HostilePlan, index: number): Promise<readonly Fall[]> {
    const cases = casesOf(plan);
    this.#liar.tell(cases, index + 1);
    const over = new AbortController();
    const stirring = Promise.allSettled([this.#touch(over.signal), this.#churn(over.signal)]);
    await this.#tell();
    this.#unasked += this.#liar.pending.length;
    this.#told += cases.length - this.#liar.pending.length;
    this.#liar.tell([], 1);
    over.abort(new Error('the batch is over'));
    for (const one of await stirring) if (one.status === 'rejected') throw one.reason;
    return [...(await this.#heals()), ...(await this.#judgeChanges()), ...(await this.#rig.health.check())];
  }

  /** Until all is told, or nobody asked for any of the rest for a while. */
  async #tell(): Promise<void> {
    let left = Number.POSITIVE_INFINITY;
    while (this.#liar.pending.length > 0 && this.#liar.pending.length < left) {
      left = this.#liar.pending.length;
      const progress = (): boolean => this.#liar.pending.length === 0 || this.#liar.pending.length < left / 2;
      await waitUntil('lies to be told', progress, { timeoutMs: TELLING_MS }).catch(() => undefined);
    }
  }

  /** Objects of all kinds change, so that the watches have lines. */
  async #touch(signal: AbortSignal): Promise<void> {
    const { api } = this.#rig.lab;
    const targets = [
      ...[
        ['vcenters', 'vc'],
        ['basesnapshots', 'gold'],
        ['linkedclonesets', 'still'],
        ['namespaces', 'lab'],
      ],
      ...Array.from({ length: STILL }, (_, i) => ['linkedclones', `still-${i + 1}`]),
    ];
    for (let n = 0; !signal.aborted; n += 1) {
      const [plural = '', name = ''] = targets[n % targets.length] ?? [];
      await api.annotate(plural, name, { touched: String(n) });
      await sleep(systemClock, TOUCH_MS, signal).catch(() => undefined);
    }
  }

  async #churn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#scene.beginChurn();
      await sleep(systemClock, CHURN_MS, signal).catch(() => undefined);
      await this.#scene.endChurn();
      await waitUntil('the end of the churn', async () => signal.aborted || (await this.#scene.churnGone()), HEALING);
    }
  }

  async #heals(): Promise<Fall[]> {
    const { api } = this.#rig.lab;
    // what a watch was told wrongly is mended by the next event about the object
    for (const plural of WATCHED)
      await api.annotate(plural, plural === 'vcenters' ? 'vc' : nameOf(plural), { healed: String(Date.now()) });
    for (let i = 1; i <= STILL; i += 1)
      await api.annotate('linkedclones', `still-${i}`, { healed: String(Date.now()) });
    await api.annotate('linkedclones', KEEPER, { healed: String(Date.now()) }, KEEP_NAMESPACE);
    let trouble: string | undefined;
    try {
      await waitUntil(
        'the end of the trouble',
        async () => {
          trouble = (await this.#scene.churnGone()) ? await this.#scene.trouble() : 'the churning set is still there';
          trouble ??= (await this.#truth.lostKeeper())[0];
          return trouble === undefined;
        },
        HEALING,
      );
    } catch (error) {
      return [{ oracle: 'comes back', text: trouble ?? errorMessage(error) }];
    }
    const left = await this.#scene.leftOver();
    return left.map((text) => ({ oracle: 'nothing left over', text }));
  }

  async #judgeChanges(): Promise<Fall[]> {
    const { lab } = this.#rig;
    const ledger = await lab.vcenter.ledger();
    const { vms } = await lab.vcenter.inventory();
    const falls = [
      ...judgeLedger(ledger, this.#judgedTo, vms),
      ...judgeDestroys(ledger, this.#liar.sent, this.#judgedSent, await livesOf(lab)),
    ];
    this.#judgedTo = ledger.at(-1)?.seq ?? 0;
    this.#judgedSent = this.#liar.sent.length;
    return falls;
  }
}

function nameOf(plural: string): string {
  return { basesnapshots: 'gold', linkedclonesets: 'still', linkedclones: 'still-1', namespaces: 'lab' }[plural] ?? '';
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const plans = plansToRun(options, hostilePlans(options.seed, options.plans), HOSTILE_RULE);
  const liar = new Liar();
  const rigOptions = {
    campaign: 'hostile',
    inventory: HOSTILE_INVENTORY,
    operatorFlags: OPERATOR_FLAGS,
    toVCenter: liar.toVCenter,
    toApiServer: liar.toApiServer,
  };
  const report = await runOnRig(options, plans, rigOptions, async (rig) => {
    const truth = await Truth.furnish(rig, BUSY_PARENTS);
    const scene = await buildScene(rig);
    const lastSeq = (await rig.lab.vcenter.ledger()).at(-1)?.seq ?? 0;
    const batches = new Run(rig, liar, { scene, truth }, lastSeq);
    const judged = await judgeAll(options, plans, 1, (plan, index) => batches.judge(plan, index));
    const ofAll = options.signal.aborted ? [] : await truth.atTheEnd();
    await scene.close();
    if ([...judged.flatMap(({ falls }) => falls), ...ofAll].length > 0)
      await writeFile(join(rig.directory, 'told.json'), JSON.stringify(liar.told, null, 1));
    return { judged, facts: batches.facts, ofAll };
  });
  return { ...report, plans: Number(report.facts['told'] ?? 0) };
}

export const hostile: Campaign = {
  name: 'hostile',
  summary: 'replies of vCenter and lines of watches that are cut short, mixed up or of another format',
  defaultPlans: ALL_CASES,
  planRule: HOSTILE_RULE,
  run,
};
