// What each kind of operation needs of the vCenter, and how much depends on hearing of its end soon.
import { URGENCY } from '../../vsphere/task-urgency.ts';
import type { OperationKind } from './operations.ts';
import type { PoolName } from './slot-pools.ts';

interface KindFacts {
  /** Whose slot it holds. */
  readonly pool: PoolName | undefined;
  readonly urgency: number;
  /** TaskInfo.descriptionId of such tasks: vCenter's, and those that vcsim uses. */
  readonly description: RegExp;
}

const RECONFIGURED = /\.reconfig(?:ure|Vm)$/;

/** That a machine goes a moment later is nobody's loss; the next clone, or the next machine to go, waits for the slot. */
export const OPERATION_FACTS: Readonly<Record<OperationKind, KindFacts>> = {
  clone: { pool: 'clone', urgency: URGENCY.slot, description: /\.clone(?:Vm)?$/ },
  powerOn: { pool: 'power', urgency: URGENCY.soon, description: /\.powerOn$/ },
  powerOff: { pool: 'power', urgency: URGENCY.idle, description: /\.powerOff$/ },
  destroy: { pool: 'delete', urgency: URGENCY.late, description: /\.destroy$/ },
  createSnapshot: { pool: 'snapshot', urgency: URGENCY.soon, description: /\.createSnapshot(?:Ex)?$/ },
  removeSnapshot: { pool: 'snapshot', urgency: URGENCY.soon, description: /Snapshot\.remove$|\.removeSnapshot$/ },
  hardware: { pool: undefined, urgency: URGENCY.soon, description: RECONFIGURED },
  notes: { pool: undefined, urgency: URGENCY.soon, description: RECONFIGURED },
  mark: { pool: undefined, urgency: URGENCY.soon, description: RECONFIGURED },
};

export const OPERATION_KINDS = Object.keys(OPERATION_FACTS) as readonly OperationKind[];

/** True for the description of tasks of other kinds. One that nobody knows may be of any. */
export function isOfAnotherKind(kind: OperationKind, descriptionId: string): boolean {
  if (OPERATION_FACTS[kind].description.test(descriptionId)) return false;
  return OPERATION_KINDS.some((other) => OPERATION_FACTS[other].description.test(descriptionId));
}
