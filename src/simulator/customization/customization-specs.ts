// The stored customization specifications. One whose inventory entry says that it fails carries a DNS suffix of its own:
// clients send back a spec's contents, not its name, so that is how a failing one is recognised in a clone call.
import type { Registry } from '../core/registry.ts';
import { managerRef } from '../core/service-content.ts';
import type { SimObject } from '../core/sim-object.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { CustomizationFailure } from './pending-customization.ts';

/** Any customization whose dnsSuffixList has a name below this one fails, stored or not. */
export const FAILING_SUFFIX = 'customization-fails.invalid';

const SOME_FAILURE: CustomizationFailure = { reason: 'The customization failed.', kind: 'unknown' };

/** CustomizationSpecItem, as far as the model looks into it. */
export interface SpecItem {
  readonly info: SpecInfo;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface SpecInfo {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly changeVersion?: string;
  readonly lastUpdateTime?: string;
}

export interface SavedSpecs {
  readonly items: ReadonlyMap<string, SpecItem>;
  readonly failures: ReadonlyMap<string, CustomizationFailure>;
  readonly versions: number;
}

export class CustomizationSpecs {
  readonly #items = new Map<string, SpecItem>();
  readonly #failures = new Map<string, CustomizationFailure>();
  readonly #manager: SimObject;
  readonly #now: () => number;
  #versions = 0;

  constructor(registry: Registry, now: () => number) {
    this.#manager = registry.must(managerRef('customizationSpecManager'));
    this.#now = now;
    this.#publish();
  }

  has(name: string): boolean {
    return this.#items.has(name);
  }

  /** Throws NotFound. */
  get(name: string): SpecItem {
    const item = this.#items.get(name);
    if (item === undefined)
      throw new VimFault('NotFound', {}, `The customization specification '${name}' was not found.`);
    return item;
  }

  /** Throws AlreadyExists. */
  create(item: SpecItem): void {
    const { name } = item.info;
    if (this.#items.has(name))
      throw new VimFault('AlreadyExists', { name }, `The specification '${name}' already exists.`);
    this.#store(item);
  }

  /** Throws NotFound, or ConcurrentAccess when the item was read before the last change. */
  overwrite(item: SpecItem): void {
    const { changeVersion } = item.info;
    const current = this.get(item.info.name).info.changeVersion;
    if (changeVersion !== undefined && changeVersion !== current)
      throw new VimFault('ConcurrentAccess', {}, 'The specification was changed meanwhile.');
    this.#store(item);
  }

  delete(name: string): void {
    this.get(name);
    this.#items.delete(name);
    this.#publish();
  }

  /** Customizations with this DNS suffix fail that way. */
  addFailure(suffix: string, failure: CustomizationFailure): void {
    this.#failures.set(suffix, failure);
  }

  /** How a customization with these DNS suffixes fails; undefined: it doesn't. */
  failureOf(suffixes: readonly string[]): CustomizationFailure | undefined {
    const failing = suffixes.find((suffix) => suffix === FAILING_SUFFIX || suffix.endsWith(`.${FAILING_SUFFIX}`));
    return failing === undefined ? undefined : (this.#failures.get(failing) ?? SOME_FAILURE);
  }

  save(): SavedSpecs {
    return { items: new Map(this.#items), failures: new Map(this.#failures), versions: this.#versions };
  }

  /** What `save` gave is all there is. */
  load(saved: SavedSpecs): void {
    this.#items.clear();
    this.#failures.clear();
    for (const [name, item] of saved.items) this.#items.set(name, item);
    for (const [suffix, failure] of saved.failures) this.#failures.set(suffix, failure);
    this.#versions = saved.versions;
    this.#publish();
  }

  #store(item: SpecItem): void {
    const stamp = { changeVersion: String(++this.#versions), lastUpdateTime: new Date(this.#now()).toISOString() };
    this.#items.set(item.info.name, { ...item, info: { ...item.info, ...stamp } });
    this.#publish();
  }

  #publish(): void {
    this.#manager.setMany({ info: [...this.#items.values()].map((item) => item.info) });
  }
}
