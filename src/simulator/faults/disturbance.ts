// What shall happen to one call: the sum of the rules that hit it, the first of a kind winning.
import type { CallFlag } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { FaultAction, FaultJson } from './fault-rule.ts';

type Unchanged = 'http' | 'reset' | 'body' | 'contentType' | 'hangSeconds';

export interface Disturbance extends Pick<FaultAction, Unchanged> {
  readonly delayMs: number;
  readonly fault?: VimFault;
  readonly taskFault?: VimFault;
  readonly killSession?: true;
  readonly loseTask?: true;
  /** Number of events. */
  readonly eventFlood?: number;
  /** All of them begin. */
  readonly conditions?: readonly NonNullable<FaultAction['condition']>[];
  readonly flags: ReadonlySet<CallFlag>;
}

const NO_FLAGS: ReadonlySet<CallFlag> = new Set();

export const UNDISTURBED: Disturbance = { delayMs: 0, flags: NO_FLAGS };

/** Adds up what delays, floods and conditions there are; of the rest the first counts. */
export function combine(actions: readonly FaultAction[]): Disturbance {
  const first = <K extends keyof FaultAction>(key: K): FaultAction[K] | undefined =>
    actions.find((action) => action[key] !== undefined)?.[key];
  const sum = (key: 'delayMs' | 'eventFlood'): number =>
    actions.reduce((total, action) => total + (action[key] ?? 0), 0);
  const isOn = (key: 'killSession' | 'loseTask' | 'ignoreDiskMoveType'): boolean =>
    actions.some((action) => action[key] === true);
  const [fault, taskFault, flood] = [first('fault'), first('taskFault'), sum('eventFlood')];
  const conditions = actions.flatMap((action) => (action.condition === undefined ? [] : [action.condition]));
  const unchanged = (['http', 'reset', 'body', 'contentType', 'hangSeconds'] as const)
    .map((key) => [key, first(key)] as const)
    .filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(unchanged) as Pick<FaultAction, Unchanged>),
    delayMs: sum('delayMs'),
    ...(fault === undefined ? {} : { fault: faultOf(fault) }),
    ...(taskFault === undefined ? {} : { taskFault: faultOf(taskFault) }),
    ...(isOn('killSession') ? { killSession: true } : {}),
    ...(isOn('loseTask') ? { loseTask: true } : {}),
    ...(flood === 0 ? {} : { eventFlood: flood }),
    ...(conditions.length === 0 ? {} : { conditions }),
    flags: isOn('ignoreDiskMoveType') ? new Set<CallFlag>(['ignoreDiskMoveType']) : NO_FLAGS,
  };
}

/** A fault of the plan as it is thrown; parseFaultRule has checked that the type exists. */
function faultOf(json: FaultJson): VimFault {
  if (typeof json === 'string') return new VimFault(json);
  const { type, message, ...fields } = json;
  return new VimFault(type, fields, message ?? type);
}
