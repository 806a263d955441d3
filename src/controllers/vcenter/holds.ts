// What is held on one vCenter: an inventory that went back in time, deletions that are paused. Read from the VCenter's status
// as the API server has it, before its connection is there for anybody, so that a stored hold is in force from the first
// moment; changed in memory first and written then, so that a write that comes late or fails lifts nothing. It outlives
// connections.
import { ANNOTATIONS } from '../../api/identifiers.ts';
import type { VCenter, VCenterHold, VCenterStatusEventHighWaterMark } from '../../api/types.generated.ts';
import { ClaimGate } from './claim/gate.ts';
import { DeletionBreaker } from './deletion-breaker.ts';

export type HoldType = VCenterHold['type'];

/** What isn't called while deletions are paused. */
const DELETIONS: readonly string[] = ['Destroy_Task', 'RemoveSnapshot_Task'];
/** What isn't called in an inventory that went back in time: a reference in it may be another machine's than it was. */
const NOT_REWOUND = new Set([
  'CloneVM_Task',
  'CreateSnapshot_Task',
  'PowerOffVM_Task',
  'PowerOnVM_Task',
  'ReconfigVM_Task',
  'ShutdownGuest',
  ...DELETIONS,
]);

/** The API server's time is known to about a second; what is later than that is no answer that was given. */
const CLOCK_SLACK_MS = 1000;

export class VCenterHolds {
  readonly vCenterName: string;
  /** All that stand, as they go into the status. */
  all: readonly VCenterHold[];
  /** The latest event seen. */
  mark: VCenterStatusEventHighWaterMark | undefined;
  readonly deletions = new DeletionBreaker();
  readonly claim = new ClaimGate();
  readonly #readAt: bigint;
  /** Ids of holds that stood here once. */
  readonly #known = new Set<string>();

  /** The VCenter as the API server has it, whose time it is; without that nothing counts as accepted. */
  constructor({ metadata, status }: VCenter, nowMs = Number.NEGATIVE_INFINITY) {
    this.vCenterName = metadata.name;
    this.all = status?.holds ?? [];
    this.mark = status?.eventHighWaterMark;
    this.#readAt = BigInt(metadata.resourceVersion);
    const accepted = Date.parse(status?.deletionsAcceptedUntil ?? '');
    if (accepted <= nowMs + CLOCK_SLACK_MS) this.deletions.accept(accepted);
  }

  /**
   * Takes over what the write of a former leader, late on its way, has put there since this one read it. `object`: as the cache
   * has it, which may be older. Called before anything is lifted.
   */
  hear({ metadata, status }: VCenter): void {
    for (const { id } of this.all) this.#known.add(id);
    if (BigInt(metadata.resourceVersion) <= this.#readAt) return;
    for (const hold of status?.holds ?? []) {
      if (!this.#known.has(hold.id)) this.add(hold);
      this.#known.add(hold.id);
    }
  }

  find(type: HoldType): VCenterHold | undefined {
    return this.all.find((hold) => hold.type === type);
  }

  /** The hold that stands of this type: the one that was there, or `hold`. */
  add(hold: VCenterHold): VCenterHold {
    const standing = this.find(hold.type);
    if (standing !== undefined) return standing;
    this.all = [...this.all, hold];
    return hold;
  }

  lift(type: HoldType): void {
    this.all = this.all.filter((hold) => hold.type !== type);
  }

  /** Why this method isn't called now; undefined: nothing here stands against it. */
  against(method: string): string | undefined {
    if (NOT_REWOUND.has(method) && this.rewound !== undefined) return this.rewound;
    return DELETIONS.includes(method) ? this.paused : undefined;
  }

  /** Who else claims the vCenter, or may, so that nothing may be changed in it or given up for lost; undefined: nobody. */
  get claimed(): string | undefined {
    if (this.claim.state === 'late')
      return `the claim on VCenter "${this.vCenterName}" was written too slowly to rule out that another operator has taken it, too`;
    if (this.claim.state !== 'elsewhere') return undefined;
    const { holder, cluster } = this.claim.other ?? { holder: 'somebody', cluster: 'unknown' };
    return `${holder} of cluster ${cluster} claims VCenter "${this.vCenterName}"`;
  }

  /** Why nothing may be cloned, powered, changed, destroyed, removed or given up for lost; undefined: it may. */
  get rewound(): string | undefined {
    return this.find('InventoryRewound') === undefined
      ? undefined
      : `the inventory of VCenter "${this.vCenterName}" went back in time`;
  }

  /** Why nothing is deleted, with the command that resumes; undefined: it may be. */
  get paused(): string | undefined {
    const hold = this.find('DeletionsPaused');
    if (hold === undefined) return undefined;
    const why = isCrdPause(hold)
      ? 'a CustomResourceDefinition of linkedclone.dev is being deleted, and every clone with it'
      : 'more clones were deleted in ten minutes than the scaling or deletion of their sets explains';
    return `deletions of VCenter "${this.vCenterName}" are paused: ${why}; when that is right: ${resumeCommand(this.vCenterName, hold.id)}`;
  }
}

const CRDS = 'crds-';

/** The id of a pause; its time is what an answer to it covers. */
export function pauseId(reason: 'TooManyDeletions' | 'CrdTerminating', nowMs: number): string {
  return `${reason === 'CrdTerminating' ? CRDS : 'deletions-'}${Math.floor(nowMs / 1000)}`;
}

export function isCrdPause(hold: VCenterHold): boolean {
  return hold.id.startsWith(CRDS);
}

/** Until when (epoch ms) deletions were accepted by this value of the annotation; undefined: by no means. */
export function acceptedUntil(annotation: string | undefined, nowMs: number): number | undefined {
  const match = /^(?:deletions|crds)-(\d{1,12})$/.exec(annotation ?? '');
  if (match === null) return undefined;
  const until = Number(match[1]) * 1000 + 999;
  return until > nowMs + CLOCK_SLACK_MS ? undefined : until;
}

function resumeCommand(vCenterName: string, id: string): string {
  return `kubectl annotate vcenter ${vCenterName} ${ANNOTATIONS.resumeDeletions}=${id} --overwrite`;
}
