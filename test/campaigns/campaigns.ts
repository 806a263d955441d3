// The campaigns that there are, in the order in which `all` runs them.
import type { Campaign } from './campaign.ts';
import { CRASH } from './crash/crash.ts';

export const CAMPAIGNS: readonly Campaign[] = [CRASH];
