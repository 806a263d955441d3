// Are our CustomResourceDefinitions there, and do they keep what this program writes? The API server drops the fields that a
// CRD doesn't know, without a word: an intent or a pin that isn't stored is a machine made twice. So nothing is begun before
// they are as new as the program; what is wrong stands in the log, and the process isn't ready, until somebody applies them.
import { schemas } from '../../api/schemas.generated.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { sleep } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import { errorMessage } from '../../util/errors.ts';
import type { LiveReads } from './live.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, OUR_KINDS } from './resources.ts';

type Kind = keyof typeof schemas;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

export interface Crd extends Omit<KubeObject, 'spec'> {
  readonly spec?: { readonly versions?: readonly { readonly name: string; readonly schema?: OfVersion }[] };
}

interface OfVersion {
  readonly openAPIV3Schema?: Schema;
}

/** Without the rest of a VCenter's status figures and memories get lost, and no machine is the worse for it. */
const NEEDED_OF_VCENTER = /^\.status\.(instanceUuid|holds|eventHighWaterMark|conditions)\b/;
/** Without it deletions may be paused after a restart that were the set's own plan: a person's word is needed, and nothing lost. */
const SPARED_OF_SETS = /^\.status\.removals\b/;
const SAMPLES = 3;
const REMEDY = 'apply deploy/crds.yaml of this version, or upgrade the chart; nothing is done until then';

/** Paths of the status, as `.status.operation.type`, that the CRD's served version lacks and nothing goes on without. */
export function lackingFields(kind: Kind, crd: Crd, version = 'v1alpha1'): string[] {
  const served = crd.spec?.versions?.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
  const known = new Set(fieldsOf(served?.properties?.['status'], '.status'));
  const wanted = fieldsOf((schemas[kind] as Schema).properties?.['status'], '.status');
  return wanted.filter((path) => !known.has(path) && isNeeded(kind, path));
}

function isNeeded(kind: Kind, path: string): boolean {
  if (kind === 'LinkedCloneSet') return !SPARED_OF_SETS.test(path);
  return kind !== 'VCenter' || NEEDED_OF_VCENTER.test(path);
}

function fieldsOf(schema: Schema | undefined, path: string): string[] {
  const below = Object.entries(schema?.properties ?? {}).flatMap(([name, one]) => [
    `${path}.${name}`,
    ...fieldsOf(one, `${path}.${name}`),
  ]);
  return schema?.items === undefined ? below : [...below, ...fieldsOf(schema.items, `${path}[]`)];
}

export interface CrdCheckOptions {
  readonly live: LiveReads;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retryMs: number;
}

export class CrdCheck {
  readonly #options: CrdCheckOptions;
  #problem: string | undefined = 'the CustomResourceDefinitions were not looked at yet';

  constructor(options: CrdCheckOptions) {
    this.#options = options;
  }

  /** Why nothing is begun; undefined: they are as they should be. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Looks until all is well; resolves then. */
  async passed(signal: AbortSignal): Promise<void> {
    const { clock, logger, retryMs } = this.#options;
    for (let said = ''; ;) {
      this.#problem = await this.#look();
      if (this.#problem === undefined) return;
      if (this.#problem !== said) logger.error({ problem: this.#problem }, 'the CustomResourceDefinitions do not fit');
      said = this.#problem;
      await sleep(clock, retryMs, signal);
    }
  }

  async #look(): Promise<string | undefined> {
    try {
      const problems = await Promise.all(
        OUR_KINDS.map(async ({ plural, group, kind }) => {
          const name = `${plural}.${group}`;
          const crd = await this.#options.live.get(CUSTOM_RESOURCE_DEFINITIONS, { namespace: '', name });
          if (crd === undefined) return `${name} isn't installed`;
          const lacking = lackingFields(kind as Kind, crd as Crd);
          const more = lacking.length > SAMPLES ? ` and ${lacking.length - SAMPLES} more` : '';
          return lacking.length === 0
            ? undefined
            : `${name} is older than this operator: it lacks ${lacking.slice(0, SAMPLES).join(', ')}${more}`;
        }),
      );
      const found = problems.filter((problem) => problem !== undefined);
      return found.length === 0 ? undefined : `${found.join('; ')}: ${REMEDY}`;
    } catch (error) {
      return `the CustomResourceDefinitions can't be read: ${errorMessage(error)}`;
    }
  }
}
