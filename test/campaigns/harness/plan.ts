// A plan: which story, in which mode of the simulator, broken where. One line of JSON, and the same line is the same plan.
import type { WriteAct, WriteFault } from './write-tap.ts';

/**
 * `kube`, `vcenter`: what the operator writes to either side, but `lease`, what it writes to its Lease, and `claim`, what it
 * writes about its claims on vCenters: they come by time, so they are counted apart.
 */
export const SIDES = ['kube', 'vcenter', 'lease', 'claim'] as const;
export type Side = (typeof SIDES)[number];
/** Counted since the story began; the others since the operator was first started. */
export const ORDINARY_SIDES: readonly Side[] = ['kube', 'vcenter'];

export interface PlannedFault {
  readonly side: Side;
  /** From 1, among the writes to that side since the story began, or since the operator was first started. */
  readonly nth: number;
  readonly act: WriteAct;
  /** Counts only the writes whose label begins so. */
  readonly of?: string;
  /** 2: the writes of the second installation, where a story has one. */
  readonly install?: 2;
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

/** Those on the writes of one installation to one side. */
export function faultsOn({ faults }: Pick<Plan, 'faults'>, side: Side, number = 1): WriteFault[] {
  return faults
    .filter((fault) => fault.side === side && (fault.install ?? 1) === number)
    .map(({ nth, act, of }) => ({ nth, act, of }));
}

/** The plan without its faults. */
export function undisturbed(plan: Plan): Plan {
  const { more: _more, ...rest } = plan;
  return { ...rest, faults: [] };
}
