// The campaign of injection: hostile strings in every string field of every kind, and in what vCenter tells. Every request
// stays well-formed and understood; a value comes back equal or is refused with a reason; what the operator writes down is
// taken by the API server and has no control characters.
import type { Condition } from '../../../src/api/types.generated.ts';
import { inventory, parent } from '../../integration/operator/support/inventory.ts';
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { byKey, keys, oneOf, withKey } from '../harness/plan-rules.ts';
import { decoyMachines } from '../harness/lab-inventory.ts';
import { OPEN_ACCESS } from '../../support/vcenter-spec.ts';
import { settledOutcome } from '../long-lived/outcome.ts';
import type { Rig } from '../long-lived/rig.ts';
import { runOnRig } from '../long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../long-lived/run-plans.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { Truth } from '../long-lived/truth.ts';
import { CameBack } from './came-back.ts';
import { stringFields } from './fields.ts';
import { PARENTS, PLURALS, injectedSpec } from './seeds.ts';
import { HOSTILE_STRINGS } from './strings.ts';
import { WireWatch } from './wire-watch.ts';

export interface FieldPlan {
  readonly kind: string;
  readonly path: string;
  /** Name of a string. */
  readonly string: string;
}

/** What vCenter tells everywhere where a text can be chosen. */
export interface ToldPlan {
  readonly told: string;
}

export type InjectionPlan = FieldPlan | ToldPlan;

const AT_ONCE = 20;
const NAMESPACE = 'lab';
/** Hundreds of machines go with the namespace, those of one vCenter a few at a time. */
const END_MS = 600_000;
/** As plans call their machines. */
const DECOYS = ['i0', 's0-01', 's1-01', 'told-0-01', 'a b'];
const FLAGS = {
  'reference-grace': 0.1,
  'conflict-retry': 0.3,
  'connect-retry': 0.3,
  'retry-max': 0.5,
  'vcenter-connect-timeout': 1,
  'step-quiet': 0,
  'log-level': 'info',
} as const;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/;

const STRING = oneOf(Object.keys(HOSTILE_STRINGS));
const FIELD_RULES = Object.fromEntries(
  Object.keys(PLURALS).map((kind) => {
    const paths = stringFields().flatMap((field) => (field.kind === kind ? field.path : []));
    return [kind, keys({ kind: oneOf([kind]), path: oneOf(paths), string: STRING })];
  }),
);
export const INJECTION_RULE = withKey('told', keys({ told: STRING }), byKey('kind', FIELD_RULES));

/** The string of that name. */
function hostileString(name: string): string {
  const text = HOSTILE_STRINGS[name];
  if (text === undefined) throw new Error(`there is no string "${name}"`);
  return text;
}

export function injectionPlans(): InjectionPlan[] {
  const names = Object.keys(HOSTILE_STRINGS);
  const fields = stringFields().flatMap(({ kind, path }) => names.map((string) => ({ kind, path, string })));
  return [...fields, ...names.map((told) => ({ told }))];
}

interface Told {
  readonly metadata: { readonly uid: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

class Run {
  readonly #rig: Rig;
  readonly #wire: WireWatch;
  readonly #cameBack: CameBack;
  refused = 0;
  taken = 0;

  constructor(rig: Rig, wire: WireWatch, cameBack: CameBack) {
    this.#rig = rig;
    this.#wire = wire;
    this.#cameBack = cameBack;
  }

  async judge(plan: InjectionPlan, index: number): Promise<Fall[]> {
    const falls = 'told' in plan ? await this.#judgeTold(plan, index) : await this.#judgeField(plan, index);
    return [...falls, ...this.#wire.falls.splice(0)];
  }

  async #judgeField({ kind, path, string }: FieldPlan, index: number): Promise<Fall[]> {
    const { lab } = this.#rig;
    const value = hostileString(string);
    const plural = PLURALS[kind] ?? '';
    const namespace = kind === 'VCenter' ? '' : NAMESPACE;
    const name = `i${index}`;
    const spec = injectedSpec(this.#rig, kind, path, value, index);
    const where = `/apis/linkedclone.dev/v1alpha1${namespace === '' ? '' : `/namespaces/${namespace}`}/${plural}`;
    const body = { apiVersion: 'linkedclone.dev/v1alpha1', kind, metadata: { name }, spec };
    const { status, text } = await lab.controlPlane.api.request('POST', where, { body });
    if (status >= 400 && status < 500) {
      this.refused += 1;
      const isExplained = (JSON.parse(text) as { message?: string }).message !== undefined;
      return isExplained ? [] : [{ oracle: 'explained', text: text.slice(0, 300) }];
    }
    if (status >= 300) return [{ oracle: 'taken or refused', text: `${status} ${text.slice(0, 300)}` }];
    this.taken += 1;
    const outcome = await settledOutcome(lab, plural, name, namespace, 45_000);
    const falls: Fall[] = [];
    if (!outcome.settled || outcome.message === '')
      falls.push({ oracle: 'refused with a reason', text: `${outcome.reason}: ${outcome.message.slice(0, 500)}` });
    if (outcome.ready) falls.push(...(await this.#cameBack.compare(kind, path, value, name, namespace)));
    falls.push(...judgeWritten(await lab.api.get<Told>(plural, name, namespace)));
    // machines go with their namespace in the end: so many that are deleted one by one would pause all deletions
    if (kind === 'LinkedClone' && outcome.ready) return falls;
    await lab.api.delete(plural, name, namespace);
    await lab.gone(plural, name, namespace, 60_000);
    return falls;
  }

  /** The vCenter tells the string wherever a text can be chosen, while a clone is made, and one that fails. */
  async #judgeTold({ told }: ToldPlan, index: number): Promise<Fall[]> {
    const { lab } = this.#rig;
    const name = `told-${index}`;
    this.#wire.told = hostileString(told);
    const fault = { type: 'InvalidArgument', message: 'told' };
    await lab.vcenter.fault({ match: { method: 'CloneVM_Task' }, action: { fault }, times: 1 });
    await lab.applySet(name, 'gold', 2, { naming: { pattern: `${name}-##` } }, { powerPolicy: 'AlwaysOn' });
    await settledOutcome(lab, 'linkedclonesets', name, NAMESPACE, 5_000);
    const clones = await lab.clonesOf(name, NAMESPACE);
    const falls = clones.flatMap((clone) => judgeWritten(clone as Told));
    this.#wire.told = undefined;
    await lab.api.delete('linkedclonesets', name, NAMESPACE);
    await lab.gone('linkedclonesets', name, NAMESPACE, 60_000);
    return [...falls, ...(await this.#judgeEvents())];
  }

  async #judgeEvents(): Promise<Fall[]> {
    const events = await this.#rig.lab.api.list<{ message: string }>('events', NAMESPACE);
    const bad = events.find(({ message }) => CONTROL.test(message));
    return bad === undefined ? [] : [{ oracle: 'no control characters', text: JSON.stringify(bad.message) }];
  }
}

/** Text in status has no control characters, and no message is without end. */
function judgeWritten(object: Told | undefined): Fall[] {
  const messages = (object?.status?.conditions ?? []).map(({ message }) => message);
  const control = messages.find((message) => CONTROL.test(message) || message.includes('\n'));
  const long = messages.find((message) => message.length > 4_000);
  return [
    ...(control === undefined
      ? []
      : [{ oracle: 'no control characters', text: JSON.stringify(control.slice(0, 300)) }]),
    ...(long === undefined
      ? []
      : [{ oracle: 'no endless text', text: `${long.length} characters: ${long.slice(0, 200)}` }]),
  ];
}

/** What was made goes with its namespace, and nothing else. */
async function judgeEnd({ lab }: Rig, truth: Truth): Promise<Fall[]> {
  const wrong = await truth.check();
  await lab.api.delete('namespaces', NAMESPACE);
  await lab.gone('namespaces', NAMESPACE, '', END_MS);
  return [...wrong, ...(await truth.atTheEnd())];
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const plans = plansToRun(options, injectionPlans(), INJECTION_RULE);
  const wire = new WireWatch();
  const rigOptions = {
    campaign: 'injection',
    inventory: inventory({
      vms: [parent('Tmpl'), ...PARENTS.map((name) => parent(name)), ...decoyMachines(NAMESPACE, DECOYS)],
      limits: { sessions: 100_000 },
    }),
    operatorFlags: FLAGS,
    toVCenter: wire.tamper,
    access: [{ ...OPEN_ACCESS, folders: ['Labs/{namespace}', '**'] }],
  };
  return runOnRig(options, plans, rigOptions, async (rig) => {
    await rig.lab.applyBase('gold', 'Templates/Tmpl');
    await rig.lab.waitReason('basesnapshots', 'gold', 'Ready', { timeoutMs: 60_000 });
    const truth = await Truth.furnish(rig, PARENTS);
    const cameBack = await CameBack.open(rig.lab);
    const campaign = new Run(rig, wire, cameBack);
    const isTold = (plan: InjectionPlan): boolean => 'told' in plan;
    const judge = (plan: InjectionPlan, index: number): Promise<Fall[]> => campaign.judge(plan, index);
    const fields = await judgeAll(options, plans, AT_ONCE, judge, (plan) => !isTold(plan));
    const told = await judgeAll(options, plans, 1, judge, isTold);
    await cameBack.close();
    const facts = { refusedByApiServer: campaign.refused, taken: campaign.taken, requests: wire.requests };
    const ofAll = options.signal.aborted ? [] : await judgeEnd(rig, truth);
    return { judged: [...fields, ...told], facts, ofAll: [...ofAll, ...(await rig.health.check())] };
  });
}

export const injection: Campaign = {
  name: 'injection',
  summary: 'hostile strings in every string field of every kind, and in what vCenter tells',
  defaultPlans: injectionPlans().length,
  planRule: INJECTION_RULE,
  run,
};
