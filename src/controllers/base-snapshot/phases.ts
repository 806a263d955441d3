// The steps of a BaseSnapshot on its way to Ready: vCenter, source, access, suitability, snapshot, figures.
import type { BaseSnapshot } from '../../api/types.generated.ts';
import { decideAccess } from '../shared/access.ts';
import { NotReady } from '../shared/not-ready.ts';
import { listNames, resolveVCenter } from '../shared/references.ts';
import { requireValidSpec } from '../shared/spec-check.ts';
import type { Phase, PhaseResult } from '../shared/phases.ts';
import { cachedBaseDependents } from './dependents.ts';
import { baseDisks, deepestOf } from './disks.ts';
import { createSnapshotPhase } from './create-snapshot.ts';
import { recordSource } from './pin.ts';
import { inspectSource } from './inspection.ts';
import { NameSearch } from './name-search.ts';
import type { BaseScope } from './scope.ts';
import { requireVCenterStays } from './scope.ts';
import { chooseSnapshot, findPinned, flattenSnapshots } from './snapshot-tree.ts';
import { savingsOf, stampSavings } from './storage.ts';
import { checkSnapshotSuitable, refuseDeepChain, suitabilityPhase } from './suitability.ts';

/** Chain depth from which a Warning event is worth it. */
const DEEP_CHAIN = 2;

export const PHASES: readonly Phase<BaseScope>[] = [
  { name: 'spec', run: specPhase },
  { name: 'vcenter', run: vCenterPhase },
  { name: 'source', run: sourcePhase },
  { name: 'access', run: accessPhase },
  { name: 'suitability', run: suitabilityPhase },
  { name: 'create', run: createSnapshotPhase },
  { name: 'snapshot', run: snapshotPhase },
  { name: 'figures', run: figuresPhase },
  { name: 'ready', run: readyPhase },
];

function specPhase({ base }: BaseScope): PhaseResult {
  requireValidSpec('BaseSnapshot', base);
  return undefined;
}

export function vCenterPhase(scope: BaseScope): PhaseResult {
  const { runtime, base } = scope;
  const name = base.status?.vCenter?.name ?? base.spec.vCenterRef.name;
  const { vCenter, connection } = resolveVCenter(runtime, name, base);
  const pin = base.status?.vCenter;
  if (pin !== undefined && pin.instanceUuid !== connection.instanceUuid) {
    throw new NotReady(
      'VCenterNotReady',
      `pinned to vCenter ${pin.instanceUuid}, but VCenter "${name}" is ${connection.instanceUuid} now`,
    );
  }
  scope.vCenter = vCenter;
  scope.connection = connection;
  return undefined;
}

export async function sourcePhase(scope: BaseScope): Promise<PhaseResult> {
  const { connection, base, memory, vCenter, runtime } = scope;
  if (connection === undefined || vCenter === undefined) return { stop: true };
  const known = memory.inspected;
  const changes = known === undefined ? 0 : connection.sourceChanges(known.inspection.ref);
  if (
    known !== undefined &&
    known.connection === connection &&
    known.changes === changes &&
    base.status?.snapshot !== undefined
  ) {
    scope.inspection = known.inspection;
    return undefined;
  }
  scope.search = new NameSearch(memory, runtime.clock);
  const pinned = base.status?.source?.moRef ?? '';
  const before = connection.sourceChanges({ type: 'VirtualMachine', value: pinned });
  const inspection = await inspectSource(connection, base, vCenter.spec.datacenter, scope.search);
  await connection.watchSource(inspection.ref);
  // what changed while it was read may not be in the answer; nothing tells of changes before it's watched
  const isWatched = before > 0 && inspection.ref.value === pinned;
  memory.inspected = {
    inspection,
    changes: isWatched ? before : connection.sourceChanges(inspection.ref),
    connection,
  };
  scope.inspection = inspection;
  return undefined;
}

async function accessPhase(scope: BaseScope): Promise<PhaseResult> {
  const { runtime, base, vCenter, inspection, connection } = scope;
  if (vCenter === undefined || inspection === undefined || connection === undefined) return { stop: true };
  const decision = decideAccess(runtime, vCenter, await connection.tree(), base.metadata.namespace ?? '', {
    parent: inspection.path,
  });
  if (!decision.allowed) throw new NotReady('AccessDenied', decision.message);
  return undefined;
}

async function snapshotPhase(scope: BaseScope): Promise<PhaseResult> {
  const { inspection, base, draft, connection, vCenter, runtime } = scope;
  if (inspection === undefined || connection === undefined || vCenter === undefined) return { stop: true };
  const pin = base.status?.snapshot;
  if (pin !== undefined) {
    const node = findPinned(inspection.snapshots, pin);
    if (node === undefined) {
      const same = flattenSnapshots(inspection.snapshots).some((other) => other.name === pin.name);
      const hint = same ? `; another snapshot of the same name is there, and isn't taken for it` : '';
      draft.set(
        'SnapshotFound',
        false,
        'SnapshotGone',
        `snapshot "${pin.name}" (${pin.moRef}, id ${pin.id}) of "${inspection.name}" is gone${hint}`,
      );
      throw new NotReady(
        'SnapshotGone',
        `snapshot "${pin.name}" (${pin.moRef}) of "${inspection.name}" is gone${hint}; its clones run on, no new ones are made`,
      );
    }
    recordSource(scope, node, pin.createdByOperator);
    return undefined;
  }
  if (base.spec.snapshot?.create !== undefined) return undefined; // pinned by the create phase
  const choice = chooseSnapshot(inspection.snapshots, base.spec.snapshot?.existing);
  if ('found' in choice) {
    await scope.search?.confirm();
    await checkSnapshotSuitable(scope, choice.found); // before it's pinned: until then another one can be chosen
    await requireVCenterStays(scope);
    recordSource(scope, choice.found, false);
    runtime.events.event(base, {
      type: 'Normal',
      reason: 'SnapshotPinned',
      action: 'Pin',
      note: `pinned snapshot "${choice.found.path}" (${choice.found.ref.value}) of "${inspection.path}"`,
    });
    return undefined;
  }
  const there = listNames(flattenSnapshots(inspection.snapshots).map((node) => node.path));
  if ('ambiguous' in choice) {
    const hits = choice.ambiguous.map((node) => `${node.path} (${node.ref.value})`).join(', ');
    throw new NotReady(
      'SnapshotAmbiguous',
      `"${inspection.name}" has ${choice.ambiguous.length} such snapshots: ${hits}; name one by path or moRef`,
      { condition: 'SnapshotFound' },
    );
  }
  throw new NotReady(
    'SnapshotNotFound',
    `"${inspection.name}" has no ${choice.missing.replace(/^an? /, '')}; there ${there}`,
    { condition: 'SnapshotFound' },
  );
}

async function figuresPhase(scope: BaseScope): Promise<PhaseResult> {
  const { inspection, draft, connection, base, runtime } = scope;
  const pin = draft.status.snapshot;
  if (inspection === undefined || connection === undefined || pin === undefined) return { stop: true };
  const ref = { type: 'VirtualMachineSnapshot', value: pin.moRef };
  await checkSnapshotSuitable(scope, { ref, name: pin.name });
  if (draft.status.disks === undefined || scope.memory.sized !== inspection) {
    const devices = await connection.snapshotDisks(ref);
    const tree = await connection.tree();
    const disks = baseDisks(devices, inspection.layout, ref);
    draft.status.disks = disks.map(({ key, label, capacityBytes, usedBytes, datastore }) => ({
      key,
      label,
      capacityBytes,
      usedBytes: inspection.layoutTooLong ? knownUse(base, key) : usedBytes,
      datastore: (datastore === undefined ? undefined : tree.get(datastore)?.name) ?? datastore?.value ?? '',
    }));
    const deepest = deepestOf(disks);
    draft.status.chainDepth = deepest?.chainLength ?? 0;
    scope.memory.sized = inspection;
    scope.memory.deepestDisk = deepest?.label ?? '';
  }
  const depth = draft.status.chainDepth ?? 0;
  refuseDeepChain(scope, depth, `disk "${scope.memory.deepestDisk ?? ''}" under snapshot "${pin.name}"`);
  if (depth >= DEEP_CHAIN && base.status?.chainDepth !== depth) {
    runtime.events.event(base, {
      type: 'Warning',
      reason: 'DeepChain',
      action: 'Inspect',
      note: `the chain under snapshot "${pin.name}" is ${depth} files deep: each file costs its clones reads`,
    });
  }
  const disks = draft.status.disks.length === 1 ? '1 disk' : `${draft.status.disks.length} disks`;
  const unknown = inspection.layoutTooLong
    ? `; what they use isn't known: "${inspection.name}" has more files and snapshots than can be read at once`
    : '';
  draft.set('SourceSuitable', true, 'Suitable', `${disks}, chain depth ${depth}${unknown}`);
  return undefined;
}

/** What the disk used when that could be told last; 0 when it never could. */
function knownUse({ status }: BaseSnapshot, key: number): number {
  return status?.disks?.find((disk) => disk.key === key)?.usedBytes ?? 0;
}

/** Counts and savings from the cache; cheap, so done at every reconcile. */
export function countPhase(scope: BaseScope): void {
  const { runtime, base, draft } = scope;
  const dependents = cachedBaseDependents(runtime, base);
  const foreign = draft.status.dependents?.foreign;
  draft.status.dependents = {
    clones: dependents.clones.length,
    sets: dependents.sets.length,
    bases: dependents.bases.length,
    ...(foreign === undefined ? {} : { foreign }),
  };
  if (draft.status.disks !== undefined) {
    draft.status.storage = stampSavings(
      base.status?.storage,
      savingsOf(draft.status.disks, dependents.clones, true),
      draft.now,
    );
  }
}

function readyPhase({ draft, inspection, base, connection }: BaseScope): PhaseResult {
  if (connection?.holds.rewound !== undefined) throw new NotReady('InventoryRewound', connection.holds.rewound);
  const clones = base.spec.maxClones === undefined ? '' : `, at most ${base.spec.maxClones} clones`;
  draft.summarize(
    'Ready',
    'Ready',
    `snapshot "${draft.status.snapshot?.name ?? ''}" of "${inspection?.name ?? ''}"${clones}`,
  );
  return undefined;
}
