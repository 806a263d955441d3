// What guests do all the time, without being asked: a part of the simulator adds what happens to a VM that is powered on,
// every so often. While nobody has added anything, nothing is scheduled. Ten thousand guests take their turns in portions,
// so that calls get through in between.
import type { SimClock } from '../core/sim-clock.ts';
import { powerStateOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';

/** VMs that get their turn before others do: some milliseconds of work. */
const AT_A_TIME = 200;

export class GuestTicks {
  readonly #clock: SimClock;
  readonly #vms: () => Iterable<Vm>;

  constructor(clock: SimClock, vms: () => Iterable<Vm>) {
    this.#clock = clock;
    this.#vms = vms;
  }

  /** Calls `tick` for every VM that is powered on, each `everyMs` simulated milliseconds; returns how to stop. */
  add(everyMs: number, tick: (vm: Vm) => void): () => void {
    let isStopped = false;
    const portion = (waiting: readonly Vm[]): void => {
      if (isStopped) return;
      for (const vm of waiting.slice(0, AT_A_TIME)) if (isAlive(vm)) tick(vm);
      const left = waiting.slice(AT_A_TIME);
      if (left.length > 0) this.#clock.schedule(0, () => portion(left));
    };
    const next = (): void => {
      this.#clock.schedule(everyMs, () => {
        if (isStopped) return;
        portion([...this.#vms()]);
        next();
      });
    };
    next();
    return () => {
      isStopped = true;
    };
  }
}

/** A guest whose disks can't be reached waits for them. */
function isAlive(vm: Vm): boolean {
  const isReachable = vm.home.volume.isAccessible && vm.disks.every((disk) => disk.file.file.volume.isAccessible);
  return vm.registered && powerStateOf(vm) === 'poweredOn' && isReachable;
}
