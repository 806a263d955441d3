// From a campaign's plans to its report, on a rig of its own. The folder with the evidence stays when something fell, or when
// the campaign itself broke off.
import type { CampaignOptions, CampaignReport } from '../campaign.ts';
import { Rig } from './rig.ts';
import type { RigOptions } from './rig.ts';
import { reportOf } from './run-plans.ts';
import type { Fall, Judged } from './run-plans.ts';

export interface Findings<P> {
  readonly judged: readonly Judged<P>[];
  readonly facts: Readonly<Record<string, number | string>>;
  /** What no plan did by itself: it stands with the first. */
  readonly ofAll?: readonly Fall[];
}

/** With the first plan, for want of a better one; the text says so, because a replay is of that one. */
export function withOfAll<P>(judged: readonly Judged<P>[], ofAll: readonly Fall[]): readonly Judged<P>[] {
  const told = ofAll.map(({ text, ...rest }) => ({
    ...rest,
    text: `${text} (found when all ${judged.length} plans were over: it stands with the first one, whose replay alone may not show it)`,
  }));
  return judged.map((one, i) => (i === 0 ? { ...one, falls: [...one.falls, ...told] } : one));
}

/** Without plans nothing is started: an earlier run has judged them all. */
export async function runOnRig<P>(
  options: CampaignOptions,
  plans: readonly P[],
  rigOptions: Omit<RigOptions, 'checkout'>,
  work: (rig: Rig) => Promise<Findings<P>>,
): Promise<CampaignReport> {
  const startedAt = performance.now();
  const { campaign } = rigOptions;
  if (plans.length === 0) return reportOf(options, { campaign, judged: [], startedAt, facts: {} });
  const rig = await Rig.start({ ...rigOptions, checkout: options.checkout });
  let fell = true;
  try {
    const { facts, ofAll = [], ...found } = await work(rig);
    const judged = withOfAll(found.judged, ofAll);
    fell = judged.some(({ falls }) => falls.length > 0);
    return reportOf(options, { campaign, judged, startedAt, facts, kept: fell ? rig.directory : undefined });
  } finally {
    await rig.finish(fell);
  }
}
