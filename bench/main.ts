// `npm run bench`: measures, prints, and keeps the raw figures under bench/results with machine, commit and versions.
import { runCommand } from '../src/testbed/command.ts';
import { CLONES } from './clones-command.ts';
import { SIMULATOR } from './simulator-command.ts';

const [what, ...flags] = process.argv.slice(2);
await (what === 'simulator' ? runCommand(SIMULATOR, flags) : runCommand(CLONES));
