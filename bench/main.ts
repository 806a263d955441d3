// `npm run bench`: measures, prints, and keeps the raw figures under bench/results with machine, commit and versions.
import { runCommand } from '../src/testbed/command.ts';
import type { Command } from '../src/testbed/command.ts';
import { CLONES } from './clones-command.ts';
import { OUTAGE } from './outage-command.ts';
import { RECOVERY } from './recovery-command.ts';
import { SIMULATOR } from './simulator-command.ts';

const OTHERS: Readonly<Record<string, Command>> = { simulator: SIMULATOR, outage: OUTAGE, recovery: RECOVERY };

const [what = '', ...flags] = process.argv.slice(2);
const other = OTHERS[what];
await (other === undefined ? runCommand(CLONES) : runCommand(other, flags));
