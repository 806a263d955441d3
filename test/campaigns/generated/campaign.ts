// The campaign of generated objects: chains of random edits out of the CRDs' schemas, sensible and not, each followed by the
// way back; and whole objects made at random. Nothing crashes, every refusal is explained by the API server or a condition,
// and the way back always works. Whatever they ask for, what isn't ours stays as it is, and nothing is made twice or left over.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { findReason } from '../../../src/api/reasons.ts';
import { inventory, parent } from '../../integration/operator/support/inventory.ts';
import type { Campaign, CampaignOptions, CampaignReport } from '../campaign.ts';
import { keys, oneOf, wholeNumber } from '../harness/plan-rules.ts';
import { decoyMachines } from '../harness/lab-inventory.ts';
import { readCrds } from '../injection/fields.ts';
import { outcomeOf, settledOutcome } from '../long-lived/outcome.ts';
import { Random } from '../long-lived/random.ts';
import type { Rig } from '../long-lived/rig.ts';
import { runOnRig } from '../long-lived/run-on-rig.ts';
import { judgeAll, plansToRun } from '../long-lived/run-plans.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import { Truth } from '../long-lived/truth.ts';
import { editSpec } from './edits.ts';
import { fittingObject } from './schema-values.ts';
import type { Schema } from './schema-values.ts';
import { KINDS, PLURALS, subjectSpec } from './subjects.ts';
import type { SubjectKind } from './subjects.ts';

type Json = Record<string, unknown>;

type Subject = NonNullable<Parameters<typeof outcomeOf>[0]> & {
  readonly spec: Json;
  readonly metadata: { readonly resourceVersion: string; readonly finalizers?: readonly string[] };
};

const MODES = ['chain', 'whole'] as const;

export interface GeneratedPlan {
  readonly kind: SubjectKind;
  /** `chain`: edits of an object that is Ready; `whole`: objects made at random. */
  readonly mode: (typeof MODES)[number];
  readonly seed: number;
}

export const GENERATED_RULE = keys({ kind: oneOf(KINDS), mode: oneOf(MODES), seed: wholeNumber(0) });

const EDITS = 6;
const CHAINS = 24;
const AT_ONCE = 6;
const BACK_MS = 60_000;
/** As chains call their machines: those of their sets, and those that they make by hand. */
const DECOYS = ['g0-01', 'g0-1', 'g1', 'web-01'];
const FLAGS = {
  'reference-grace': 0.2,
  'conflict-retry': 0.3,
  'connect-retry': 0.3,
  'retry-max': 0.5,
  'vcenter-connect-timeout': 1,
  'step-quiet': 0,
  'capacity-retry': 0.2,
  'log-level': 'info',
} as const;

export function generatedPlans(seed: number): GeneratedPlan[] {
  const plans: GeneratedPlan[] = [];
  for (let n = 0; n < CHAINS; n += 1)
    for (const kind of KINDS) for (const mode of MODES) plans.push({ kind, mode, seed: seed * 1000 + n });
  return plans;
}

const SCHEMAS = new Map(readCrds().map(({ kind, spec }) => [kind, spec as Schema]));

class Chain {
  readonly #rig: Rig;
  readonly #kind: SubjectKind;
  readonly #name: string;
  readonly #namespace: string;
  readonly #random: Random;
  readonly falls: Fall[] = [];
  operations = 0;

  constructor(rig: Rig, { kind, seed }: GeneratedPlan, index: number) {
    this.#rig = rig;
    this.#kind = kind;
    this.#name = `g${index}`;
    this.#namespace = kind === 'VCenter' ? '' : `g${index}`;
    this.#random = new Random(seed);
  }

  async begin(): Promise<void> {
    if (this.#namespace !== '') await this.#rig.lab.api.ensureNamespace(this.#namespace);
  }

  /** Edits from the same beginning, each taken back. */
  async edits(): Promise<void> {
    const seed = subjectSpec(this.#rig, this.#kind, this.#name);
    await this.#write('POST', seed);
    if (!(await this.#becomesReady('the beginning'))) return;
    const whole = (await this.#get())?.spec ?? seed;
    for (let n = 0; n < EDITS; n += 1) {
      const { spec, what } = editSpec(whole, SCHEMAS.get(this.#kind) ?? {}, this.#random);
      this.operations += 1;
      const refused = await this.#write('PUT', spec);
      if (refused !== undefined) {
        this.#judgeRefusal(refused, what);
        continue;
      }
      await this.#isExplained(what);
      this.operations += 1;
      const back = await this.#write('PUT', whole);
      if (back !== undefined) this.falls.push({ oracle: 'the way back', step: what, text: back.slice(0, 500) });
      if (back !== undefined || !(await this.#becomesReady(what))) return;
    }
  }

  /** Objects out of nothing but the schema; the way back is to delete them. */
  async wholes(): Promise<void> {
    const { lab } = this.#rig;
    for (let n = 0; n < EDITS; n += 1) {
      const spec = fittingObject(SCHEMAS.get(this.#kind) ?? {}, this.#random);
      this.operations += 1;
      const what = JSON.stringify(spec).slice(0, 600);
      const refused = await this.#write('POST', spec);
      if (refused !== undefined) {
        this.#judgeRefusal(refused, what);
        continue;
      }
      await this.#isExplained(what);
      // machines go with their namespace: so many that are deleted one by one would pause all deletions
      if (this.#kind === 'LinkedClone') return;
      this.operations += 1;
      await lab.api.delete(PLURALS[this.#kind], this.#name, this.#namespace);
      try {
        await lab.gone(PLURALS[this.#kind], this.#name, this.#namespace, BACK_MS);
      } catch {
        const { reason, message } = outcomeOf(await this.#get());
        this.falls.push({ oracle: 'the way back', step: what, text: `it can't be deleted: ${reason}: ${message}` });
        return;
      }
    }
  }

  async leave(): Promise<void> {
    const { lab } = this.#rig;
    if (this.#namespace === '') return lab.api.delete('vcenters', this.#name);
    // a paused object keeps its machine, and its message says what to do
    if ((await this.#get())?.spec['paused'] === true)
      await lab.api.patch(PLURALS[this.#kind], this.#name, { spec: { paused: false } }, this.#namespace);
    await lab.api.delete('namespaces', this.#namespace);
    try {
      await lab.gone('namespaces', this.#namespace, '', BACK_MS);
    } catch (error) {
      const { reason, message } = outcomeOf(await this.#get());
      this.falls.push({ oracle: 'the way back', text: `${(error as Error).message}: ${reason}: ${message}` });
    }
  }

  #get(): Promise<Subject | undefined> {
    return this.#rig.lab.api.get<Subject>(PLURALS[this.#kind], this.#name, this.#namespace);
  }

  /** What the API server says when it refuses; undefined when it takes it. */
  async #write(verb: 'POST' | 'PUT', spec: Json): Promise<string | undefined> {
    const path = `/apis/linkedclone.dev/v1alpha1${this.#namespace === '' ? '' : `/namespaces/${this.#namespace}`}/${PLURALS[this.#kind]}`;
    return waitUntil(
      'an answer that is no conflict',
      async () => {
        const before = (await this.#get())?.metadata;
        const { resourceVersion, finalizers } = before ?? {};
        const metadata = { name: this.#name, ...(verb === 'PUT' ? { resourceVersion, finalizers } : {}) };
        const body = { apiVersion: 'linkedclone.dev/v1alpha1', kind: this.#kind, metadata, spec };
        const { status, text } = await this.#rig.lab.controlPlane.api.request(
          verb,
          verb === 'POST' ? path : `${path}/${this.#name}`,
          { body },
        );
        if (status === 409 && verb === 'PUT') return undefined;
        return { refused: status >= 300 ? `${status} ${text}` : undefined };
      },
      { timeoutMs: 30_000, retryErrors: false },
    ).then(({ refused }) => refused);
  }

  #judgeRefusal(refused: string, what: string): void {
    const body = JSON.parse(refused.slice(4)) as { reason?: string; message?: string };
    const isExplained = refused.startsWith('4') && body.message !== undefined && body.message.length > 20;
    if (!isExplained) this.falls.push({ oracle: 'explained', step: what, text: refused.slice(0, 500) });
  }

  /** The operator has seen the edit and says Ready, or a reason of its table in words. */
  async #isExplained(what: string): Promise<void> {
    let last = outcomeOf(undefined);
    try {
      await waitUntil(
        'a condition',
        async () => {
          const object = await this.#get();
          last = outcomeOf(object);
          if (object?.status?.observedGeneration !== object?.metadata.generation) return false;
          return last.ready || (last.message !== '' && findReason(this.#kind, 'Ready', last.reason) !== undefined);
        },
        { timeoutMs: 20_000, intervalMs: 100 },
      );
      if (
        /tried again with growing pauses/.test(last.message) &&
        /must be of type|is missing|undefined|cannot be sent/.test(last.message)
      )
        throw new Error('a mistake of the program');
    } catch (error) {
      const text = `${(error as Error).message}: ${last.reason}: ${last.message.slice(0, 400)}`;
      this.falls.push({ oracle: 'explained', step: what, text });
    }
  }

  async #becomesReady(what: string): Promise<boolean> {
    const deadline = performance.now() + BACK_MS;
    let last = outcomeOf(undefined);
    while (performance.now() < deadline) {
      last = await settledOutcome(this.#rig.lab, PLURALS[this.#kind], this.#name, this.#namespace, 5_000);
      if (last.ready) return true;
    }
    this.falls.push({ oracle: 'the way back', step: what, text: `${last.reason}: ${last.message.slice(0, 500)}` });
    return false;
  }
}

async function run(options: CampaignOptions): Promise<CampaignReport> {
  const plans = plansToRun(options, generatedPlans(options.seed), GENERATED_RULE);
  const rigOptions = {
    campaign: 'generated',
    inventory: inventory({ vms: [parent('Tmpl'), ...decoyMachines('g0', DECOYS)], limits: { sessions: 100_000 } }),
    speed: 100,
    operatorFlags: FLAGS,
  };
  return runOnRig(options, plans, rigOptions, async (rig) => {
    let operations = 0;
    await rig.lab.applyBase('gold', 'Templates/Tmpl', { allowedNamespaces: { from: 'All' } });
    await rig.lab.waitReason('basesnapshots', 'gold', 'Ready', { timeoutMs: 60_000 });
    const truth = await Truth.furnish(rig);
    const judged = await judgeAll(options, plans, AT_ONCE, async (plan, index) => {
      const chain = new Chain(rig, plan, index);
      await chain.begin();
      await (plan.mode === 'chain' ? chain.edits() : chain.wholes());
      // while its objects are still there: what was destroyed of theirs nobody asked for
      const wrong = await truth.check();
      await chain.leave();
      operations += chain.operations;
      return [...chain.falls, ...wrong, ...(await truth.check()), ...(await rig.health.check())];
    });
    const ofAll = options.signal.aborted ? [] : await truth.atTheEnd();
    return { judged, facts: { operations }, ofAll };
  });
}

export const generated: Campaign = {
  name: 'generated',
  summary: 'random objects and edits out of the schemas, each followed by the way back',
  defaultPlans: CHAINS * KINDS.length * MODES.length,
  planRule: GENERATED_RULE,
  run,
};
