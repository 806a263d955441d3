// What keeps linked clones from being made of a parent: looked for in the machine as it is, and in the snapshot, because
// clones get the snapshot's devices and a disk that was taken off since is still in it.
import { NotReady } from '../shared/not-ready.ts';
import type { PhaseResult } from '../shared/phases.ts';
import type { Problem } from './disks.ts';
import { unsuitable } from './disks.ts';
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

function refuse({ draft }: BaseScope, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  draft.set('SourceSuitable', false, first.reason, problems.map((problem) => problem.message).join('; '));
  throw new NotReady('SourceNotSuitable', first.message);
}
