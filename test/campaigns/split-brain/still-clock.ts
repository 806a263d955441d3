// The leader's clocks stand still while it is stopped, as those of a virtual machine that is stunned do: when it goes on, its
// Lease is fresh by every clock it has. Only a live look at the Lease tells otherwise, so that is what comes before calls
// that can't be taken back. By Debian's faketime, where that is installed.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import type { OperatorProcess } from '../harness/operator-process.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { Stage } from '../harness/stage.ts';
import { LEASE, callsBy, fenced, lastSeq, openSessions } from './leaders.ts';

/** Said wherever such plans can't be run. */
export const NO_FAKETIME =
  "LEFT OUT: plans with a clock that stood still; they need Debian's package faketime (apt-get install faketime)";

const LIBRARIES = '/usr/lib';
const FINAL: ReadonlySet<string> = new Set([
  'CreateSnapshot_Task',
  'Destroy_Task',
  'RevertToSnapshot_Task',
  'RevertToCurrentSnapshot_Task',
  'RemoveSnapshot_Task',
  'RemoveAllSnapshots_Task',
]);

/** Path of the library that fakes the time of a process with threads; undefined where it isn't installed. */
export function faketimeLibrary(): string | undefined {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  return folders
    .map((folder) => join(LIBRARIES, folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path));
}

/** Stopped at the nth read of machines since the story began, and woken as soon as another leads. */
export function stillClock(nth: number): Trouble {
  const library = faketimeLibrary();
  if (library === undefined) throw new Error(NO_FAKETIME);
  const folder = mkdtempSync(join(tmpdir(), 'linked-clone-clock-'));
  const clock = join(folder, 'offset');
  writeFileSync(clock, '+0\n');
  let standby: OperatorProcess;
  let former: ReadonlySet<string> = new Set();
  let wokenSeq = Number.POSITIVE_INFINITY;

  async function during(stage: Stage, signal: AbortSignal): Promise<void> {
    let reads = 0;
    let stunnedAt: number | undefined;
    stage.vcProxy.onRead = async ({ method }) => {
      if (method !== 'RetrievePropertiesEx' || stunnedAt !== undefined) return;
      reads += 1;
      if (reads < nth) return;
      stunnedAt = performance.now();
      stage.operator.stun();
    };
    await waitUntil('the leader to be stunned', () => stunnedAt !== undefined || signal.aborted, {
      timeoutMs: 60_000,
      intervalMs: 5,
    });
    stage.vcProxy.onRead = undefined;
    if (stunnedAt === undefined) return; // fewer reads than that
    former = openSessions(stage);
    await waitUntil('a successor', () => standby.leads(), { timeoutMs: 20_000, intervalMs: 20 });
    wokenSeq = await lastSeq(stage);
    stage.operator.expectExit();
    writeFileSync(clock, `-${((performance.now() - stunnedAt) / 1000).toFixed(3)}\n`);
    stage.operator.wake();
  }

  return {
    operatorFlags: LEASE,
    operatorEnv: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1' },
    before: async (stage) => {
      standby = await stage.startStandby(LEASE);
    },
    during,
    came: () => Number.isFinite(wokenSeq),
    judge: (evidence) => {
      rmSync(folder, { recursive: true, force: true }); // all operators have ended by now
      return fenced(
        callsBy(evidence, former).filter(({ seq, method }) => seq > wokenSeq && FINAL.has(method)),
        'by a leader whose clock stood still while another took over',
      );
    },
  };
}
