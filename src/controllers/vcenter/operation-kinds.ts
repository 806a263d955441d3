// What each kind of operation needs of the vCenter, and how much depends on hearing of its end soon.
import { URGENCY } from '../../vsphere/task-urgency.ts';
import type { OperationKind } from './operations.ts';
import type { PoolName } from './slot-pools.ts';

interface KindFacts {
  /** Whose slot it holds. */
  readonly pool: PoolName | undefined;
  readonly urgency: number;
}

/** That a machine goes a moment later is nobody's loss; the next clone, or the next machine to go, waits for the slot. */
export const OPERATION_FACTS: Readonly<Record<OperationKind, KindFacts>> = {
  clone: { pool: 'clone', urgency: URGENCY.slot },
  powerOn: { pool: 'power', urgency: URGENCY.soon },
  powerOff: { pool: 'power', urgency: URGENCY.idle },
  destroy: { pool: 'delete', urgency: URGENCY.late },
  createSnapshot: { pool: 'snapshot', urgency: URGENCY.soon },
  removeSnapshot: { pool: 'snapshot', urgency: URGENCY.soon },
  hardware: { pool: undefined, urgency: URGENCY.soon },
  notes: { pool: undefined, urgency: URGENCY.soon },
  mark: { pool: undefined, urgency: URGENCY.soon },
};

export const OPERATION_KINDS = Object.keys(OPERATION_FACTS) as readonly OperationKind[];
