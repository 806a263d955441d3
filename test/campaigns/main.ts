// `npm run campaign -- <name>`: runs one campaign or all, prints what was violated with the command that replays it, and
// keeps a report. Exit code 1 when anything was violated, 2 for a flag that can't be used.
import { runCommand } from '../../src/testbed/command.ts';
import { campaignCommand } from './command.ts';

const [first = '', ...rest] = process.argv.slice(2);
const named = first !== '' && !first.startsWith('-');
await runCommand(campaignCommand(named ? first : ''), named ? rest : process.argv.slice(2));
