// What the VCenter objects say of their vCenters: reached, logged in, privileges sufficient. Pure.
import { findCondition } from '../../api/conditions.ts';
import type { VCenter } from '../../api/types.generated.ts';

export interface Verdict {
  readonly name: string;
  /** `waiting`: the operator may still come to another verdict. */
  readonly state: 'good' | 'bad' | 'waiting';
  readonly text: string;
}

export function judgeVCenter(vCenter: VCenter): Verdict {
  const { name, generation } = vCenter.metadata;
  const { conditions, observedGeneration } = vCenter.status ?? {};
  const ready = findCondition(conditions, 'Ready');
  if (ready === undefined || observedGeneration !== generation)
    return { name, state: 'waiting', text: 'the operator has not looked at it yet' };
  if (ready.status !== 'True') {
    const stalled = findCondition(conditions, 'Stalled')?.status === 'True';
    return { name, state: stalled ? 'bad' : 'waiting', text: `${ready.reason}: ${ready.message}` };
  }
  const privileges = findCondition(conditions, 'PrivilegesSufficient');
  if (privileges?.status === 'False')
    return { name, state: 'bad', text: `${privileges.reason}: ${privileges.message}` };
  return { name, state: 'good', text: `${ready.message}${privileges === undefined ? '' : `; ${privileges.message}`}` };
}
