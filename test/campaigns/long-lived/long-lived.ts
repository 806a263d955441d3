// The campaigns that put all their plans to one operator.
import type { Campaign } from '../campaign.ts';
import { credentials } from '../credentials/campaign.ts';
import { generated } from '../generated/campaign.ts';
import { hostile } from '../hostile/campaign.ts';
import { injection } from '../injection/campaign.ts';
import { tenancy } from '../tenancy/campaign.ts';

export const LONG_LIVED: readonly Campaign[] = [tenancy, credentials, hostile, injection, generated];
