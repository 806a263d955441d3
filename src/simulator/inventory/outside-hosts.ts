// Hosts that the vCenter doesn't manage any more: they go on as they were, with the VMs that are registered on them, and come
// back with all of it when somebody adds them again. What their guests do meanwhile is seen when they are back.
import { createHash } from 'node:crypto';
import type { SimObject } from '../core/sim-object.ts';
import type { Volume } from '../disks/volume.ts';
import type { Vm } from '../vm/vm.ts';
import type { Hardware } from './build-compute.ts';

export interface OutsideHost {
  readonly name: string;
  readonly hardware: Hardware;
  readonly isInMaintenance: boolean;
  readonly volumes: readonly Volume[];
  readonly networks: readonly SimObject[];
  readonly vms: readonly Vm[];
}

export class OutsideHosts {
  readonly #seed: number;
  readonly #hosts = new Map<string, OutsideHost>();
  readonly #waiting = new Map<Vm, (() => void)[]>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(name: string): OutsideHost | undefined {
    return this.#hosts.get(name.toLowerCase());
  }

  get all(): Iterable<OutsideHost> {
    return this.#hosts.values();
  }

  add(host: OutsideHost): void {
    this.#hosts.set(host.name.toLowerCase(), host);
    for (const vm of host.vms) this.#waiting.set(vm, []);
  }

  /** The host is managed again, and its VMs are back in the inventory. */
  remove(host: OutsideHost): void {
    this.#hosts.delete(host.name.toLowerCase());
    for (const vm of host.vms) {
      const steps = this.#waiting.get(vm) ?? [];
      this.#waiting.delete(vm);
      for (const step of steps) step();
    }
  }

  /** Runs `step` when the VM is back. False: it isn't outside. */
  whenBack(vm: Vm, step: () => void): boolean {
    const steps = this.#waiting.get(vm);
    steps?.push(step);
    return steps !== undefined;
  }

  /** SHA-1 of the certificate of a host: what a client has to have seen before it may add the host. */
  thumbprintOf(name: string): string {
    const digest = createHash('sha1').update(`${this.#seed}:${name.toLowerCase()}`).digest('hex').toUpperCase();
    return (digest.match(/../g) ?? []).join(':');
  }
}
