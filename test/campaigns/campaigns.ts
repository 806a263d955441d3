// The campaigns that there are, in the order in which `all` runs them.
import type { Campaign } from './campaign.ts';
import { CRASH } from './crash/crash.ts';
import { DEFECTS } from './defects/defects.ts';
import { DRIFT } from './drift/drift.ts';
import { FAULTS } from './faults/faults.ts';
import { SPLIT_BRAIN } from './split-brain/split-brain.ts';
import { STALE } from './stale/stale.ts';
import { UNOBSERVED } from './unobserved/unobserved.ts';

export const CAMPAIGNS: readonly Campaign[] = [CRASH, STALE, UNOBSERVED, SPLIT_BRAIN, FAULTS, DRIFT, DEFECTS];
