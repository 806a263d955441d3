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
    const judged = found.judged.map((one, i) => (i === 0 ? { ...one, falls: [...one.falls, ...ofAll] } : one));
    fell = judged.some(({ falls }) => falls.length > 0);
    return reportOf(options, { campaign, judged, startedAt, facts, kept: fell ? rig.directory : undefined });
  } finally {
    await rig.finish(fell);
  }
}
