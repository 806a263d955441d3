// A plan: which story, in which mode of the simulator, broken where. One line of JSON, and the same line is the same plan.
import type { WriteAct, WriteFault } from './write-tap.ts';

export type Side = 'kube' | 'vcenter';

export interface PlannedFault {
  readonly side: Side;
  /** From 1, among the writes to that side since the story began. */
  readonly nth: number;
  readonly act: WriteAct;
  /** Counts only the writes whose label begins so. */
  readonly of?: string;
}

export interface Plan {
  readonly story: string;
  readonly duplicateName: 'start' | 'end';
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
  /** What else goes wrong, as the campaign understands it. */
  readonly more?: Readonly<Record<string, string | number>>;
}

export function planLine({ story, duplicateName, seed, faults, more }: Plan): string {
  return JSON.stringify({ story, duplicateName, seed, faults, ...(more === undefined ? {} : { more }) });
}

export function readPlan(line: string): Plan {
  const { story, duplicateName, seed, faults, more } = JSON.parse(line) as Plan;
  if (typeof story !== 'string' || !Array.isArray(faults) || (duplicateName !== 'start' && duplicateName !== 'end'))
    throw new Error(`this is no plan: ${line}`);
  return { story, duplicateName, seed, faults, ...(more === undefined ? {} : { more }) };
}

export function faultsOn(plan: Plan, side: Side): WriteFault[] {
  return plan.faults.filter((fault) => fault.side === side).map(({ nth, act, of }) => ({ nth, act, of }));
}

/** The plan without its faults. */
export function undisturbed(plan: Plan): Plan {
  const { more: _more, ...rest } = plan;
  return { ...rest, faults: [] };
}
