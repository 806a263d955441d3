// The campaign of tenancy: who may use what of a vCenter, in every combination and spelling, against the campaign's own idea of
// the rules. What isn't allowed is refused with a reason and without one call that changes anything, by the simulator's
// ledger; what is allowed is where it was asked for.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { OTHER } from '../../integration/operator/support/inventory.ts';
import { SecondClient, vm } from '../../support/second-client.ts';
import type { LedgerEntry } from '../../support/simulator-admin.ts';
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { isAlien } from '../harness/lab-inventory.ts';
import { settledOutcome } from '../long-lived/outcome.ts';
import { Random } from '../long-lived/random.ts';
import type { Rig } from '../long-lived/rig.ts';
import { runOnRig } from '../long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../long-lived/run-plans.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { KEEP_NAMESPACE, Truth } from '../long-lived/truth.ts';
import { applyBases, baseName, isAllowedSnapshot, isAsked, judgeBases, judgeSnapshots } from './bases.ts';
import { DATASTORES, NOWHERE, POOLS, TENANCY_RULE, allPlans, folderMeant } from './plans.ts';
import type { TenancyPlan } from './plans.ts';
import { ACCESS, NAMESPACES, PARENTS, SHARING, TENANCY_INVENTORY, allowedFolder, mayUseParent } from './world.ts';

const DEFAULT_PLANS = 400;
/** Of the plans that are drawn, so many are allowed ones. */
const ALLOWED_SHARE = 0.2;
const AT_ONCE = 16;
const FLAGS = { 'reference-grace': 0.1, 'conflict-retry': 0.5, 'log-level': 'info' } as const;
const PATIENCE = { timeoutMs: 60_000 };

/** Where the plan's clone belongs; undefined: it must be refused. */
export function expectedFolder(plan: TenancyPlan): string | undefined {
  const { namespace, baseIn, parent } = plan;
  const [pool = NOWHERE, datastore = NOWHERE] = [POOLS[plan.pool], DATASTORES[plan.datastore]];
  const mayRefer = baseIn === namespace || baseIn === SHARING;
  if (!mayRefer || !mayUseParent(baseIn, parent) || pool === NOWHERE || datastore === NOWHERE) return undefined;
  return allowedFolder(namespace, { parent, folder: folderMeant(plan.folder), pool, datastore });
}

/** Allowed ones are few among all: they are drawn apart. */
function draw(options: CampaignOptions): readonly TenancyPlan[] {
  const count = options.plans ?? DEFAULT_PLANS;
  const random = new Random(options.seed);
  const all = random.shuffled(allPlans());
  const allowed = all.filter((plan) => expectedFolder(plan) !== undefined).slice(0, Math.ceil(count * ALLOWED_SHARE));
  const refused = all.filter((plan) => expectedFolder(plan) === undefined).slice(0, count - allowed.length);
  return plansToRun(options, [...refused, ...allowed], TENANCY_RULE);
}

class Run {
  readonly #rig: Rig;
  readonly #other: SecondClient;
  readonly #since: number;
  /** `since`: the ledger's last entry before the first plan. */
  constructor(rig: Rig, other: SecondClient, since: number) {
    this.#rig = rig;
    this.#other = other;
    this.#since = since;
  }

  async changes(): Promise<LedgerEntry[]> {
    return (await this.#rig.lab.vcenter.ledger()).filter(
      ({ seq, phase, user }) => seq > this.#since && phase === 'call' && user !== OTHER.username,
    );
  }

  async judge(plan: TenancyPlan, index: number): Promise<Fall[]> {
    const name = `t-${index}`;
    const { namespace } = plan;
    const { lab } = this.#rig;
    const plural = plan.inSet === true ? 'linkedclonesets' : 'linkedclones';
    await this.#apply(name, plan);
    const outcome = await settledOutcome(lab, plural, name, namespace);
    const folder = expectedFolder(plan);
    const falls: Fall[] = [];
    if (!outcome.settled || (!outcome.ready && outcome.message === ''))
      falls.push({ oracle: 'refused with a reason', text: `${outcome.reason}: ${outcome.message}` });
    if (folder === undefined) falls.push(...(await this.#judgeRefused(name, outcome.ready)));
    else if (!outcome.ready) falls.push({ oracle: 'allowed', text: `${outcome.reason}: ${outcome.message}` });
    else falls.push(...(await this.#judgeMade(machineOf(name, plan), folder, plan)));
    // machines go with their namespaces in the end: so many that are deleted one by one would pause all deletions
    if (outcome.ready) return falls;
    await lab.api.delete(plural, name, namespace);
    await lab.gone(plural, name, namespace, PATIENCE.timeoutMs);
    return falls;
  }

  async #apply(
    name: string,
    { namespace, baseIn, parent, source, folder, pool, datastore, inSet }: TenancyPlan,
  ): Promise<void> {
    const cluster = /^cluster:(.*)$/.exec(pool)?.[1];
    const placement = {
      ...(folder === '' ? {} : { folder }),
      ...(pool === '' ? {} : cluster === undefined ? { resourcePool: pool } : { cluster }),
      ...(datastore === '' ? {} : { datastore }),
    };
    const base = { name: baseName(parent, source), namespace: baseIn };
    const clone = { baseSnapshotRef: base, placement, powerPolicy: 'Off' };
    const set = { replicas: 1, naming: { pattern: `${name}-#` }, template: { spec: clone } };
    await this.#rig.lab.api.apply({
      apiVersion: 'linkedclone.dev/v1alpha1',
      kind: inSet === true ? 'LinkedCloneSet' : 'LinkedClone',
      metadata: { name, namespace },
      spec: inSet === true ? set : clone,
    });
  }

  async #judgeRefused(name: string, ready: boolean): Promise<Fall[]> {
    const calls = (await this.changes()).filter(({ args }) => args.name === name || args.name === `${name}-1`);
    return [
      ...(ready ? [{ oracle: 'refused', text: `${name} is Ready` }] : []),
      ...calls.map(({ method }) => ({ oracle: 'no call for what is refused', text: `${method} ${name}` })),
    ];
  }

  /** By what vCenter says, not the operator. */
  async #judgeMade(name: string, folder: string, plan: TenancyPlan): Promise<Fall[]> {
    const made = (await this.#rig.lab.vcenter.inventory()).vms.find((one) => one.name === name);
    if (made === undefined) return [{ oracle: 'made', text: `${name} isn't in the vCenter` }];
    const pool = (await this.#other.property(vm(made.moRef), 'resourcePool')) as MoRef;
    const poolName = await this.#other.property(pool, 'name');
    const datastore = /^\[([^\]]*)\]/.exec(made.disks[0]?.chain[0]?.file ?? '')?.[1] ?? '';
    const place = [made.folder, poolName === 'Resources' ? 'root' : poolName, datastore];
    const wanted = [`/DC0/vm/${folder}`, POOLS[plan.pool], DATASTORES[plan.datastore]];
    return JSON.stringify(place) === JSON.stringify(wanted)
      ? []
      : [{ oracle: 'where it was asked for', text: `${place.join(', ')} instead of ${wanted.join(', ')}` }];
  }
}

/** How its machine is called. */
function machineOf(name: string, { inSet }: TenancyPlan): string {
  return inSet === true ? `${name}-1` : name;
}

/** The namespaces go, and all machines and snapshots with them; what isn't ours stays. */
async function judgeEnd({ lab }: Rig, truth: Truth): Promise<Fall[]> {
  const wrong = await truth.check();
  for (const name of NAMESPACES) await lab.api.delete('namespaces', name);
  for (const name of NAMESPACES) await lab.gone('namespaces', name, '', PATIENCE.timeoutMs);
  const { snapshots } = await lab.vcenter.inventory();
  const machines = (await lab.vcenter.owned()).filter(({ marker }) => isOfPlans(marker));
  const left = [...machines, ...snapshots.filter(({ name }) => isAsked(name))];
  return [
    ...wrong,
    ...left.map(({ name }) => ({ oracle: 'nothing left over', text: name })),
    ...(await truth.atTheEnd()),
  ];
}

/** By its mark; the clone that no plan touches has a namespace of its own, and what looks like ours has another cluster's. */
function isOfPlans(marker: unknown): boolean {
  const { namespace = '', cluster = '' } = marker as { readonly namespace?: string; readonly cluster?: string };
  return namespace !== KEEP_NAMESPACE && !isAlien(cluster);
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const plans = draw(options);
  const rigOptions = { campaign: 'tenancy', inventory: TENANCY_INVENTORY, access: ACCESS, operatorFlags: FLAGS };
  return runOnRig(options, plans, rigOptions, async (rig) => {
    const truth = await Truth.furnish(rig, Object.keys(PARENTS));
    const since = (await rig.lab.vcenter.ledger()).at(-1)?.seq ?? 0;
    const other = await SecondClient.connect({ ...rig.lab.simulator, ...OTHER });
    const campaign = new Run(rig, other, since);
    await applyBases(rig);
    const bases = [...(await judgeBases(rig)), ...(await judgeSnapshots(rig, since))];
    const isRefused = (plan: TenancyPlan): boolean => expectedFolder(plan) === undefined;
    const judge = (plan: TenancyPlan, index: number): Promise<Fall[]> => campaign.judge(plan, index);
    const refused = await judgeAll(options, plans, AT_ONCE, judge, isRefused);
    const nothing = (await campaign.changes()).filter(({ method, args }) => !isAllowedSnapshot(method, args.name));
    const untouched = nothing.map(({ method, target, args }) => ({
      oracle: 'no call for what is refused',
      text: `${method} ${target} ${args.name ?? ''}`,
    }));
    const allowed = await judgeAll(options, plans, AT_ONCE, judge, (plan) => !isRefused(plan));
    const left = options.signal.aborted ? [] : await judgeEnd(rig, truth);
    await other.close();
    return {
      judged: [...refused, ...allowed],
      facts: { refused: refused.length, allowed: allowed.length },
      ofAll: [...bases, ...untouched, ...left, ...(await rig.health.check())],
    };
  });
}

export const tenancy: Campaign = {
  name: 'tenancy',
  summary: 'namespaces, parents, folders, pools and datastores in every combination and spelling',
  defaultPlans: DEFAULT_PLANS,
  planRule: TENANCY_RULE,
  run,
};
