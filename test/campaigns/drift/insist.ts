// Calls of the second client that are made again for as long as the operator keeps the machine busy or turns it on again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import type { Stage } from '../harness/stage.ts';

const BUSY = /TaskInProgress|InvalidState|ResourceInUse/;

type Args = Record<string, unknown>;

export async function insist(stage: Stage, on: MoRef, method: string, args: Args = {}): Promise<void> {
  const deadline = performance.now() + stage.patienceMs; // for a machine that is never done
  for (;;) {
    try {
      await stage.other.run(on, method, args);
      return;
    } catch (error) {
      if (!BUSY.test(String(error)) || performance.now() > deadline) throw error;
      await sleep(10);
    }
  }
}

async function powerOffIfOn(stage: Stage, ref: MoRef): Promise<void> {
  await insist(stage, ref, 'PowerOffVM_Task').catch((error: unknown) => {
    if (!String(error).includes('InvalidPowerState')) throw error;
  });
}

/** One that was just made isn't on yet; one that is on its way out is never on again. */
export async function turnOff(stage: Stage, ref: MoRef, over: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await insist(stage, ref, 'PowerOffVM_Task');
      return;
    } catch (error) {
      if (!String(error).includes('InvalidPowerState') || over.aborted) throw error;
      await sleep(10);
    }
  }
}

/** What is done to a machine that is off, which the operator may turn on again in between. */
export async function insistWhileOff(stage: Stage, ref: MoRef, method: string, args: Args = {}): Promise<void> {
  const deadline = performance.now() + stage.patienceMs;
  for (;;) {
    await powerOffIfOn(stage, ref);
    try {
      await insist(stage, ref, method, args);
      return;
    } catch (error) {
      if (!String(error).includes('InvalidPowerState') || performance.now() > deadline) throw error;
    }
  }
}
