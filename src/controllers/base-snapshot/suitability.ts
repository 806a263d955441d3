// What keeps linked clones from being made of a parent: looked for in the machine as it is, and in the snapshot, because
// clones get the snapshot's devices and a disk that was taken off since is still in it.
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import type { Problem } from './disks.ts';
import { chainOf, deepestOf, disksOf, labelOf, unsuitable } from './disks.ts';
import type { BaseScope } from './scope.ts';
import type { SnapshotNode } from './snapshot-tree.ts';

/** The machine as it is now. Throws NotReady. */
export function suitabilityPhase(scope: BaseScope): PhaseResult {
  const { inspection, base } = scope;
  if (inspection === undefined) return { stop: true };
  const problems = unsuitable(inspection.devices, `"${inspection.name}"`);
  if (inspection.encrypted) {
    problems.push({
      reason: 'Encrypted',
      message: `"${inspection.name}" is encrypted: linked clones don't support that; decrypt it`,
    });
  }
  if (
    inspection.template &&
    inspection.snapshots?.currentSnapshot === undefined &&
    base.status?.snapshot === undefined
  ) {
    problems.push({
      reason: 'TemplateWithoutSnapshot',
      message: `"${inspection.name}" is a template without a snapshot, and templates can't be given one: convert it to a virtual machine, take a snapshot, convert it back, or keep it a powered-off virtual machine`,
    });
  }
  refuse(scope, problems);
  return undefined;
}

/** The snapshot that is pinned, or is about to be. Throws NotReady. */
export async function checkSnapshotSuitable(
  scope: BaseScope,
  { ref, name }: Pick<SnapshotNode, 'ref' | 'name'>,
): Promise<void> {
  const { connection, inspection } = scope;
  if (connection === undefined || inspection === undefined) return;
  const devices = await connection.snapshotDisks(ref);
  const problems = unsuitable(devices, `snapshot "${name}" of "${inspection.name}"`);
  refuse(
    scope,
    problems.map(({ reason, message }) => ({
      reason,
      message: `${message}; the snapshot stays as it is: choose one taken after that`,
    })),
  );
}

/**
 * A snapshot that is still to be taken stands on the whole chain of each disk as it is now: it's refused before it is taken.
 * Throws NotReady.
 */
export function checkChainBeforeSnapshot(scope: BaseScope): void {
  const { inspection } = scope;
  if (inspection === undefined) return;
  const disks = disksOf(inspection.devices).map((disk) => ({
    label: labelOf(disk),
    chainLength: chainOf(disk.backing).length,
  }));
  const deepest = deepestOf(disks);
  if (deepest !== undefined) refuseDeepChain(scope, deepest.chainLength, `disk "${deepest.label}"`);
}

/** Throws NotReady where the chain of `disk` is deeper than the base allows. */
export function refuseDeepChain({ base, draft, inspection }: BaseScope, depth: number, disk: string): void {
  const most = base.spec.maxChainDepth ?? 3;
  if (depth <= most) return;
  const message = `the chain of ${disk} is ${depth} files deep, allowed are ${most}: consolidate "${inspection?.name ?? ''}", take another base, or raise spec.maxChainDepth`;
  draft.set('SourceSuitable', false, 'ChainTooDeep', message);
  throw new NotReady('SourceNotSuitable', message);
}

function refuse({ draft }: BaseScope, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  draft.set('SourceSuitable', false, first.reason, problems.map((problem) => problem.message).join('; '));
  throw new NotReady('SourceNotSuitable', first.message);
}
