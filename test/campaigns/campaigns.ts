// The campaigns that there are, in the order in which `all` runs them.
import type { Campaign } from './campaign.ts';
import { CRASH, REFUSED_WRITES } from './crash/crash.ts';
import { DEFECTS } from './defects/defects.ts';
import { DRIFT } from './drift/drift.ts';
import { FAULTS } from './faults/faults.ts';
import { LONG_LIVED } from './long-lived/long-lived.ts';
import { MASS_DELETION } from './mass-deletion/mass-deletion.ts';
import { SAMPLE_CAMPAIGN } from './sample/sample.ts';
import { SOAK } from './soak/soak.ts';
import { SPLIT_BRAIN } from './split-brain/split-brain.ts';
import { STALE } from './stale/stale.ts';
import { UNOBSERVED } from './unobserved/unobserved.ts';

export const CAMPAIGNS: readonly Campaign[] = [
  SAMPLE_CAMPAIGN,
  CRASH,
  REFUSED_WRITES,
  STALE,
  UNOBSERVED,
  SPLIT_BRAIN,
  FAULTS,
  DRIFT,
  MASS_DELETION,
  ...LONG_LIVED,
  SOAK,
  DEFECTS,
];
