// `config.changeVersion` and `config.modified`: they move with every change of the configuration, which is what makes an
// optimistic ReconfigVM possible.
import type { Model } from '../inventory/model-state.ts';
import type { Vm } from './vm.ts';

const counters = new WeakMap<Model, number>();

/** A version that no configuration of this vCenter had before: a time with microseconds, as vCenter writes it. */
export function newChangeVersion(model: Model): string {
  const count = ((counters.get(model) ?? 0) + 1) % 1000;
  counters.set(model, count);
  return new Date(model.world.clock.now()).toISOString().replace('Z', `${String(count).padStart(3, '0')}Z`);
}

/** How many versions were given out, modulo 1000. */
export function versionCount(model: Model): number {
  return counters.get(model) ?? 0;
}

export function setVersionCount(model: Model, count: number): void {
  counters.set(model, count);
}

/** The two fields, for `setMany`. */
export function touched(model: Model): Record<string, unknown> {
  return {
    'config.changeVersion': newChangeVersion(model),
    'config.modified': new Date(model.world.clock.now()).toISOString(),
  };
}

/** Announces that the configuration changed. */
export function touchConfig(model: Model, vm: Vm): void {
  vm.object.setMany(touched(model));
}
