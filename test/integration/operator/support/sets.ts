// What the tests of sets have in common: waiting for a set or its clones, names, and the simulator's truth about them.
import { randomBytes } from 'node:crypto';
import type { LinkedClone, LinkedCloneSet } from '../../../../src/api/types.generated.ts';
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import { conditionOf } from '../../../support/lab.ts';
import type { Lab } from '../../../support/lab.ts';
import type { LedgerEntry } from '../../../support/simulator-admin.ts';
import { soundCensus, takeCensus } from '../../../support/vm-census.ts';
import type { VmCensus } from '../../../support/vm-census.ts';
import { PATIENCE_MS } from './story.ts';

const byName = new Intl.Collator('en', { numeric: true }).compare;

/** A namespace of one's own with the base "gold" in it; gives its name. */
export async function freshNamespace(lab: Lab): Promise<string> {
  const name = `ns-${randomBytes(3).toString('hex')}`;
  await lab.api.ensureNamespace(name);
  await lab.applyBase('gold', 'Templates/Tmpl', {}, name);
  return name;
}

/** A set of clones of "gold". */
export async function applySet(
  lab: Lab,
  namespace: string,
  name: string,
  replicas: number,
  spec: Readonly<Record<string, unknown>> = {},
  template: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await lab.applySet(name, 'gold', replicas, spec, template, namespace);
}

/** Waits until the set says Ready for `replicas`. */
export function setReady(lab: Lab, namespace: string, name: string, replicas: number): Promise<LinkedCloneSet> {
  return lab.setReady(name, replicas, PATIENCE_MS, namespace);
}

/** Waits until the set is as `holds` says, and gives it. Fails with what it said last. */
export async function setWhen(
  lab: Lab,
  namespace: string,
  name: string,
  what: string,
  holds: (set: LinkedCloneSet) => boolean,
): Promise<LinkedCloneSet> {
  let last: LinkedCloneSet | undefined;
  try {
    return await waitUntil(
      `set ${name}: ${what}`,
      async () => {
        last = await lab.api.get<LinkedCloneSet>('linkedclonesets', name, namespace);
        return last !== undefined && holds(last) ? last : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
  } catch (error) {
    const log = lab.operator?.process.logTail().slice(-2000) ?? 'not running';
    throw new Error(`${(error as Error).message}; it says: ${JSON.stringify(last?.status)}; the operator: ${log}`, {
      cause: error,
    });
  }
}

/** Names of the clones that the set owns, in the order of their ordinals. */
export async function cloneNames(lab: Lab, namespace: string, set: string): Promise<string[]> {
  return (await lab.clonesOf(set, namespace)).map((clone) => clone.metadata.name).toSorted(byName);
}

/** Waits until the set owns exactly these clones, none of them being deleted. */
export async function hasClones(lab: Lab, namespace: string, set: string, names: readonly string[]): Promise<void> {
  let last: string[] = [];
  try {
    await waitUntil(
      `the clones of ${set}`,
      async () => {
        const clones = await lab.clonesOf(set, namespace);
        last = clones
          .map(({ metadata }) => `${metadata.name}${metadata.deletionTimestamp === undefined ? '' : ' (deleting)'}`)
          .toSorted(byName);
        return JSON.stringify(last) === JSON.stringify(names);
      },
      { timeoutMs: PATIENCE_MS },
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}: wanted ${names.join(', ')}, last seen ${last.join(', ')}`, {
      cause: error,
    });
  }
}

/** Names of the VMs of the set's clones, in the order of their ordinals. */
export async function vmNames(lab: Lab, namespace: string, set: string): Promise<string[]> {
  const uids = new Set((await lab.clonesOf(set, namespace)).map((clone) => clone.metadata.uid));
  return (await lab.vcenter.owned())
    .filter((vm) => uids.has(vm.instanceUuid))
    .map((vm) => vm.name)
    .toSorted(byName);
}

/** Waits until vCenter and Kubernetes agree about so many clones in a namespace; gives the last census otherwise. */
export async function soundAfter(lab: Lab, namespace: string, clones: number): Promise<VmCensus> {
  let last = soundCensus(0);
  try {
    await waitUntil(
      `a sound lab with ${clones} clones`,
      async () => {
        last = await takeCensus(lab, namespace);
        return JSON.stringify(last) === JSON.stringify(soundCensus(clones));
      },
      { timeoutMs: PATIENCE_MS },
    );
  } catch {
    return last; // the caller compares it with what it should be
  }
  return last;
}

/** The clone of that name, its object and VM as they are. */
export async function mustClone(lab: Lab, namespace: string, name: string): Promise<LinkedClone> {
  const clone = await lab.api.get<LinkedClone>('linkedclones', name, namespace);
  if (clone === undefined) throw new Error(`there is no clone ${name}`);
  return clone;
}

/** Waits until another object than `before` has its name, and is ready. */
export async function replaced(lab: Lab, before: LinkedClone): Promise<LinkedClone> {
  const { name, namespace, uid } = before.metadata;
  return waitUntil(
    `another ${name}, ready`,
    async () => {
      const now = await lab.api.get<LinkedClone>('linkedclones', name, namespace);
      return now !== undefined && now.metadata.uid !== uid && conditionOf(now, 'Ready')?.status === 'True'
        ? now
        : undefined;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

/** Calls of a method, in order, without their ends. */
export function callsOf(ledger: readonly LedgerEntry[], method: string): LedgerEntry[] {
  return ledger.filter((entry) => entry.phase === 'call' && entry.method === method);
}
