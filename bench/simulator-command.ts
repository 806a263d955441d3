// `npm run bench -- simulator`: our simulated vCenter and govmomi's, by the same client on the same machine.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, FlagValues } from '../src/testbed/command.ts';
import { startSimulator } from '../src/testbed/simulator.ts';
import { ensureTools } from '../src/testbed/tools/ensure-tools.ts';
import { startVcsim } from '../src/testbed/vcsim.ts';
import { note, numberOf } from './clones-command.ts';
import { report } from './report.ts';
import { benchSimulator } from './simulator.ts';
import type { Server, SimulatorResult, Work } from './simulator.ts';

const HELP = `Measures the simulated vCenter, and govmomi's vcsim beside it, with many machines that one client watches.

Usage: npm run bench -- simulator [flags]

  --vms N           machines (default 10000; vcsim takes minutes to start with so many)
  --changes N       single property changes that are timed (default 300)
  --clones N        clones that are made and powered on with durations of zero (default 600)
  --vcsim-vms N     machines of vcsim (default: as many as ours)
  --no-vcsim        ours alone
  --no-save         don't write bench/results
  -h, --help        this text
`;

const HOSTS = 32;
/**
 * vcsim collects everything that is watched anew for each update (PropertyCollector.apply), so one change among 10,000
 * machines takes it seconds, and clones that are watched as good as never come to an end.
 */
const VCSIM_WORK: Partial<Work> = { changes: 10, watchClones: false, quietMs: 30_000 };

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

async function startOurs(vms: number, signal: AbortSignal): Promise<Server> {
  const directory = await mkdtemp(join(tmpdir(), 'linked-clone-bench-'));
  const inventory = join(directory, 'inventory.yaml');
  await writeFile(inventory, `generate: { vms: ${vms}, hosts: ${HOSTS} }\ndurations: { all: 0 }\n`);
  const started = await startSimulator({ flags: { inventory }, signal });
  const { url, thumbprint, username, password, process: child } = started;
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url, thumbprint, username, password, residentBytes: () => residentBytes(child.pid), stop };
}

async function startTheirs(vms: number, signal: AbortSignal): Promise<Server> {
  const { vcsim } = await ensureTools(['vsphere'], { signal });
  // as many again are made on the host that is in no cluster
  const args = ['-autostart=false', '-vm', String(Math.ceil(vms / 2)), '-host', String(HOSTS)];
  const { process: child, ...started } = await startVcsim({ vcsim, args, signal, readyTimeoutMs: 900_000 });
  return { ...started, residentBytes: () => residentBytes(child.pid) };
}

async function run(values: FlagValues, signal: AbortSignal): Promise<number> {
  const vms = numberOf(values, 'vms', 10_000);
  const theirs = numberOf(values, 'vcsim-vms', vms);
  const ours: Work = {
    changes: numberOf(values, 'changes', 300),
    clones: numberOf(values, 'clones', 600),
    watchClones: true,
    quietMs: 5_000,
  };
  const results: Record<string, SimulatorResult> = {};
  const bench = async (name: string, start: () => Promise<Server>, work: Work): Promise<void> => {
    results[name] = await benchSimulator(start, work, signal, note);
  };
  note(`ours: starting with ${vms} machines`);
  await bench('ours', () => startOurs(vms, signal), ours);
  if (values['no-vcsim'] !== true) {
    note(`vcsim: starting with ${theirs} machines`);
    await bench('vcsim', () => startTheirs(theirs, signal), { ...ours, ...VCSIM_WORK });
  }
  report('simulator', `simulator-${vms}`, results, values['no-save'] !== true);
  return 0;
}

export const SIMULATOR: Command = {
  name: 'bench',
  help: HELP,
  options: {
    vms: { type: 'string' },
    changes: { type: 'string' },
    clones: { type: 'string' },
    'vcsim-vms': { type: 'string' },
    'no-vcsim': { type: 'boolean' },
    'no-save': { type: 'boolean' },
  },
  run,
};
