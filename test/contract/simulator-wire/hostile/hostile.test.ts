// Ten thousand requests of real clients, damaged: each is answered with a fault or an HTTP error (or is still right), the
// process neither crashes nor logs a mistake of its own nor keeps memory, and whoever works meanwhile isn't disturbed.
// The seed is always printed: HOSTILE_SEED=<seed> repeats a run, with HOSTILE_ONLY=<number> one request of it,
// HOSTILE_RUNS=<number> makes it longer.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { makeAttack, send } from './attack.ts';
import type { Attack, Verdict } from './attack.ts';
import { Attacker } from './attacker.ts';
import { Bystander } from './bystander.ts';
import { METHODS } from './recorded-requests.ts';
import { Target } from './target.ts';

const SEED = Number(process.env['HOSTILE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 10_000);
const ONLY = process.env['HOSTILE_ONLY'];
/** Attackers at a time, each with a session: half of them may do anything, half may only read. */
const ATTACKERS = 6;
/** After so many requests what a process fills once (compiled code, caches, connections) is filled. */
const WARM_UP = 1500;
/** What compiled code and half-filled caches still add after that. */
const NOISE_BYTES = 16 * 1024 * 1024;
/** Requests that are still right do what they say: machines, snapshots, tasks, events and their history stay. */
const KEPT_BYTES_EACH = 24 * 1024;
const MAKE_SESSIONS: ReadonlySet<string> = new Set(['Login', 'CloneSession']);
const BYSTANDER_WITHIN_MS = 10_000;

let target: Target;
const agent = new Agent({ connect: { rejectUnauthorized: false }, connections: ATTACKERS });
beforeAll(async () => {
  target = await Target.start();
});
afterAll(async () => {
  await agent.destroy();
  await target.stop();
});

interface Tally {
  /** Requests that made a session all the same, or may have: nobody logs out of those. */
  logins: number;
  readonly verdicts: Record<Verdict, number>;
  readonly methods: Set<string>;
  readonly injuries: Set<string>;
}

async function run(from: number, to: number, tally: Tally): Promise<void> {
  let next = from;
  const work = async (attacker: Attacker): Promise<void> => {
    while (next < to) {
      const number = next++;
      const cookie = await attacker.cookie();
      const attack = makeAttack(SEED, number, target, cookie);
      tally.methods.add(attack.method);
      for (const injury of attack.injuries) tally.injuries.add(injury);
      try {
        const verdict = await send(attack, target, agent, cookie);
        tally.verdicts[verdict] += 1;
        if (verdict !== 'fault' && verdict !== 'refused' && MAKE_SESSIONS.has(attack.method)) tally.logins += 1;
      } catch (error) {
        throw new Error(describeFailure(number, attack, error), { cause: error });
      }
    }
  };
  const attackers = Array.from(
    { length: ATTACKERS },
    (_, i) => new Attacker(target.url, i % 2 === 0 ? 'mallory' : 'reader'),
  );
  await Promise.all(attackers.map(work));
  await Promise.all(attackers.map((attacker) => attacker.leave()));
}

function describeFailure(number: number, { method, injuries, bytes }: Attack, error: unknown): string {
  const text = bytes.subarray(0, 4000).toString('latin1');
  return (
    `${String(error)}\nHOSTILE_SEED=${SEED} HOSTILE_ONLY=${number} repeats it; ${target.isRunning ? 'the process runs' : 'the process is gone'}\n` +
    `${method}: ${injuries.join(', ')}; ${bytes.length} bytes${bytes.length > 4000 ? ', the first 4,000' : ''}:\n${text}\n${target.log.slice(-2000)}`
  );
}

describe('damaged requests', () => {
  it(
    'are answered, every one; nothing crashes, nothing is kept, nobody else notices',
    async () => {
      process.stderr.write(`hostile requests: ${RUNS}, HOSTILE_SEED=${SEED}\n`);
      const tally: Tally = {
        verdicts: { ok: 0, fault: 0, refused: 0, closed: 0, waits: 0 },
        logins: 0,
        methods: new Set(),
        injuries: new Set(),
      };
      if (ONLY !== undefined) {
        await run(Number(ONLY), Number(ONLY) + 1, tally);
        return;
      }
      const bystander = new Bystander(target.url, target.bystander);
      await bystander.login();
      const working = bystander.work();
      working.catch(() => undefined); // it is awaited below
      await run(0, WARM_UP, tally);
      const before = await target.memory();
      const okBefore = tally.verdicts.ok;
      await run(WARM_UP, RUNS, tally);
      const after = await target.memory();
      bystander.stop();
      await working;

      process.stderr.write(
        `hostile requests: ${JSON.stringify(tally.verdicts)}, ${((after.heldBytes - before.heldBytes) / 2 ** 20).toFixed(1)} MB more than after ${WARM_UP}, ` +
          `deaf for ${Math.max(before.deafMs, after.deafMs).toFixed(0)} ms at most, ${bystander.rounds.length} rounds of the bystander, the longest ${Math.max(...bystander.rounds).toFixed(0)} ms\n`,
      );
      expect(target.isRunning).toBe(true);
      expect(target.log).toBe('');
      // the bystander's two, and those that a damaged login made; everybody else has logged out
      expect(before.sessions.length).toBeGreaterThanOrEqual(2);
      expect(after.sessions.slice(2 + tally.logins)).toEqual([]);
      expect(tally.methods).toEqual(METHODS);
      const kept = (tally.verdicts.ok - okBefore) * KEPT_BYTES_EACH;
      expect(after.heldBytes - before.heldBytes).toBeLessThan(NOISE_BYTES + kept);
      expect(bystander.rounds.length).toBeGreaterThan(100);
      expect(Math.max(...bystander.rounds)).toBeLessThan(BYSTANDER_WITHIN_MS);
      await bystander.close();
    },
    RUNS * 90, // only what hangs
  );
});
