// What a plan of each campaign does besides breaking writes, by the campaign's name.
import { driftTrouble } from './drift/drift.ts';
import { faultTrouble } from './faults/faults.ts';
import type { Plan } from './harness/plan.ts';
import type { Trouble } from './harness/run-plan.ts';
import { massDeletionTrouble } from './mass-deletion/mass-deletion.ts';
import { splitBrainTrouble } from './split-brain/split-brain.ts';
import { staleTrouble } from './stale/stale.ts';
import { unobservedTrouble } from './unobserved/unobserved.ts';

export const TROUBLES: Readonly<Record<string, (plan: Plan) => Trouble>> = {
  crash: () => ({}),
  'refused-writes': () => ({}),
  'mass-deletion': massDeletionTrouble,
  drift: driftTrouble,
  'vcenter-faults': faultTrouble,
  'split-brain': splitBrainTrouble,
  stale: staleTrouble,
  unobserved: unobservedTrouble,
};
