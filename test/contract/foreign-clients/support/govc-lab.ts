// A small simulated vCenter in this process and a govc that points at it. The model tells what is true, so that a
// test compares what a foreign client believes with the model and not with itself.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { describeInventory } from '../../../../src/simulator/inventory/describe.ts';
import type { InventoryDescription, VmDescription } from '../../../../src/simulator/inventory/describe.ts';
import { startSimulator } from '../../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../../src/simulator/start-simulator.ts';
import { toolPaths } from '../../../support/control-plane.ts';
import { useTemporaryDirectory } from '../../../support/temp-directory.ts';
import { Govc } from './govc.ts';

/** Two hosts, two datastores, a parent with a snapshot and a template; everything takes no time. */
const LAB = new URL('../lab.yaml', import.meta.url);

export class GovcLab {
  readonly #home = join(useTemporaryDirectory(), 'home');
  #simulator: RunningSimulator | undefined;

  get simulator(): RunningSimulator {
    if (this.#simulator === undefined) throw new Error('the simulator runs only while tests do');
    return this.#simulator;
  }

  get govc(): Govc {
    const { url, username, password } = this.simulator;
    const defaults = { GOVC_DATASTORE: 'shared-1' };
    return new Govc({ govc: toolPaths().govc, url, username, password, home: this.#home, defaults });
  }

  async start(inventory: string): Promise<void> {
    mkdirSync(this.#home, { recursive: true });
    this.#simulator = await startSimulator({ inventory });
  }

  async stop(): Promise<void> {
    await this.#simulator?.stop();
  }

  get truth(): InventoryDescription {
    return describeInventory(this.simulator.world);
  }

  /** What the model says of a machine. */
  vm(name: string): VmDescription {
    const found = this.truth.vms.find((vm) => vm.name === name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  }

  /** A linked clone of base's snapshot, switched off. */
  async clone(name: string): Promise<VmDescription> {
    await this.govc.ok(
      'vm.clone',
      '-vm',
      'base',
      '-link',
      '-snapshot',
      'release',
      '-folder',
      'Labs',
      '-on=false',
      name,
    );
    return this.vm(name);
  }

  /** Every file on the datastores. */
  files(): string[] {
    return this.truth.datastores.flatMap(({ files }) => files.map(({ file }) => file));
  }
}

/** One simulator for all tests of a file. */
export function useGovcLab(inventory: string = readFileSync(LAB, 'utf8')): GovcLab {
  const lab = new GovcLab();
  beforeAll(() => lab.start(inventory), PATIENCE_MS);
  afterAll(() => lab.stop());
  return lab;
}

/** For a test that runs several commands on a busy machine. */
export const PATIENCE_MS = 120_000;
