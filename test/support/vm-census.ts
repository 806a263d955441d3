// Compares what is in vCenter with what is in Kubernetes, from outside: the simulator's inventory and ledger against the
// API server's objects. The rule behind every story: one VM for each LinkedClone, none left over, one successful clone
// for each object for life.
import type { LinkedClone } from '../../src/api/types.generated.ts';
import type { Lab } from './lab.ts';
import type { LedgerEntry, SimulatedVm } from './simulator-admin.ts';

export interface VmCensus {
  /** VMs with our marker that nobody let go, and LinkedClones that aren't being deleted. */
  readonly vms: number;
  readonly clones: number;
  /** Names of VMs whose LinkedClone isn't there. */
  readonly withoutClone: readonly string[];
  /** Names of LinkedClones whose VM isn't there. */
  readonly withoutVm: readonly string[];
  /** Names of VMs that share their LinkedClone with another VM. */
  readonly doubled: readonly string[];
}

/** What a census of a sound lab with so many clones says. */
export function soundCensus(clones: number): VmCensus {
  return { vms: clones, clones, withoutClone: [], withoutVm: [], doubled: [] };
}

/** UID of the LinkedClone that a VM's marker names; '' for none, and for one that was retained or released. */
export function ownerUidOf(vm: SimulatedVm): string {
  const marker = vm.marker as { readonly uid?: string; readonly state?: string } | null | undefined;
  return marker?.state === undefined ? (marker?.uid ?? '') : '';
}

/** Of the given namespace, whole: its objects against the VMs whose markers name it. */
export async function takeCensus(lab: Lab, namespace = 'lab'): Promise<VmCensus> {
  const [clones, all] = await Promise.all([lab.api.list<LinkedClone>('linkedclones', namespace), lab.vcenter.owned()]);
  const vms = all.filter(
    (vm) => ownerUidOf(vm) !== '' && (vm.marker as { namespace?: string }).namespace === namespace,
  );
  const uids = new Set(clones.map((clone) => clone.metadata.uid));
  const owners = vms.map(ownerUidOf);
  return {
    vms: vms.length,
    clones: clones.length,
    withoutClone: vms.filter((vm) => !uids.has(ownerUidOf(vm))).map((vm) => vm.name),
    withoutVm: clones.filter((clone) => !owners.includes(clone.metadata.uid)).map((clone) => clone.metadata.name),
    doubled: vms.filter((vm, i) => owners.indexOf(ownerUidOf(vm)) !== i).map((vm) => vm.name),
  };
}

/** How often a CloneVM succeeded, by UID of the LinkedClone that asked for it. */
export function successfulClones(ledger: readonly LedgerEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { phase, method, fault, args } of ledger) {
    if (phase !== 'end' || method !== 'CloneVM_Task' || fault !== undefined) continue;
    const uid = args.instanceUuid ?? '';
    counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return counts;
}

/** The most calls of a method that were under way at once on one object, by MoRef value; a call counts until its task ends. */
export function mostAtOnce(ledger: readonly LedgerEntry[], method: string): Map<string, number> {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  for (const entry of ledger) {
    if (entry.method !== method) continue;
    const now = (running.get(entry.target) ?? 0) + (entry.phase === 'call' ? 1 : -1);
    running.set(entry.target, now);
    most.set(entry.target, Math.max(most.get(entry.target) ?? 0, now));
  }
  return most;
}
