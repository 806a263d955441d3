// Many short tasks through few slots, as clones are made and deleted: how long until their ends are known, and for how many
// calls. Driven by a clock of its own, so these are counts, not times of this machine.
import { describe, expect, it } from '@jest/globals';
import type { Invoke } from '../../../../src/vsphere/invoke.ts';
import { URGENCY } from '../../../../src/vsphere/task-urgency.ts';
import type { TaskState } from '../../../../src/vsphere/updates.ts';
import { Stream } from '../../../../src/vsphere/updates/stream.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { streamOptions } from '../support/stream-options.ts';
import { WatchServer } from '../support/watch-server.ts';

/** Milliseconds that a call takes. */
const LATENCY_MS = 6;
/** Milliseconds in which the first of the tasks are started. */
const SPREAD_MS = 300;
/** Milliseconds from the news of an end to the next start, on average. */
const TURN_MS = 20;
const FOLDER = { type: 'Folder', value: 'group-v1' };

interface Wave {
  readonly tasks: number;
  readonly slots: number;
  readonly method: string;
  readonly urgency: number;
  /** Milliseconds that a task takes. */
  readonly ms: number;
  /** Part of that by which it varies, up or down. */
  readonly jitter: number;
  /** Milliseconds from the news of an end to the next start, on average; default: 20. */
  readonly turnMs?: number;
  /** Tasks that run beside them: one begins with the news of each end, and takes as long. */
  readonly beside?: { readonly method: string; readonly urgency: number };
}

interface Outcome {
  /** Time of all, in units of what they take without any delay. */
  readonly ratio: number;
  /** Milliseconds from an end to its news, on average. */
  readonly lagMs: number;
  /** Calls to watch the tasks, for each task. */
  readonly calls: number;
}

/** Numbers in [0, 1) that are the same in every run: Numerical Recipes' linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class Run {
  readonly #wave: Wave;
  readonly #random = randomNumbers(1);
  readonly #clock = new FakeClock();
  readonly #server = new WatchServer(this.#clock);
  readonly #stream: Stream;
  readonly #endedAt = new Map<string, number>();
  readonly #beside = new Set<string>();
  readonly #lags: number[] = [];
  #started = 0;

  constructor(wave: Wave) {
    this.#wave = wave;
    this.#stream = new Stream(
      streamOptions(this.#server, this.#clock, {
        invoke: this.#invoke,
        coalesceMs: 100,
        restMs: 250,
        taskDelayMs: 1_500,
        causeOf: (task) => ({
          method: this.#beside.has(task.value) ? (wave.beside?.method ?? '') : wave.method,
          object: task,
        }),
      }),
    );
    this.#stream.onBatch(({ tasks }) => {
      for (const task of tasks) this.#told(task);
    });
  }

  async outcome(): Promise<Outcome> {
    const { tasks, slots, ms } = this.#wave;
    const clock = this.#clock;
    this.#stream.start();
    this.#server.folders.add(FOLDER.value);
    const watching = this.#stream.watchFolders([FOLDER], ['name']);
    await clock.advance(1_000);
    await watching;
    const before = this.#server.calls.length;
    const startedAt = clock.monotonic();
    for (let slot = 0; slot < slots; slot += 1) clock.schedule(this.#random() * SPREAD_MS, () => this.#start());
    while (this.#lags.length < tasks) await clock.advance(50);
    const lagMs = this.#lags.reduce((sum, lag) => sum + lag, 0) / tasks;
    const calls = (this.#server.calls.length - before) / tasks;
    const ratio = (clock.monotonic() - startedAt) / (Math.ceil(tasks / slots) * ms);
    const closed = this.#stream.close();
    await clock.advance(10_000);
    await closed;
    return { ratio, lagMs, calls };
  }

  readonly #invoke: Invoke = async (object, method, args, options) => {
    await new Promise<void>((resolve) => this.#clock.schedule(LATENCY_MS, resolve));
    return this.#server.invoke(object, method, args, options);
  };

  #start(): void {
    if (this.#started >= this.#wave.tasks) return;
    this.#started += 1;
    this.#begin(`task-${this.#started}`, this.#wave.urgency);
  }

  #begin(name: string, urgency: number): void {
    const task = this.#server.put('Task', name, { 'info.state': 'running', 'info.queueTime': 't' });
    const { ms, jitter } = this.#wave;
    this.#clock.schedule(ms * (1 + (this.#random() * 2 - 1) * jitter), () => {
      this.#server.put('VirtualMachine', `vm-of-${name}`, { name }, FOLDER.value);
      this.#server.put('Task', task.value, { 'info.state': 'success' });
      this.#endedAt.set(task.value, this.#clock.monotonic());
    });
    this.#clock.schedule(LATENCY_MS / 2 + this.#random() * LATENCY_MS, () => this.#stream.trackTask(task, { urgency }));
  }

  #told(task: TaskState): void {
    const endedAt = this.#endedAt.get(task.ref.value);
    if (task.gone || task.info.state !== 'success' || endedAt === undefined) return;
    if (this.#beside.has(task.ref.value)) return;
    this.#lags.push(this.#clock.monotonic() - endedAt);
    const { turnMs = TURN_MS, beside } = this.#wave;
    this.#clock.schedule(turnMs * (0.5 + this.#random()), () => this.#start());
    if (beside === undefined) return;
    const name = `beside-${task.ref.value}`;
    this.#beside.add(name);
    this.#clock.schedule(turnMs * (1 + 2 * this.#random()), () => this.#begin(name, beside.urgency));
  }
}

const CLONES = { method: 'CloneVM_Task', urgency: URGENCY.slot, tasks: 300, slots: 20, jitter: 0 };
const DELETES = { method: 'Destroy_Task', urgency: URGENCY.late, tasks: 180, slots: 12, jitter: 0 };

describe('many tasks through few slots', () => {
  it.each<[string, Wave, Outcome]>([
    ['clones of a second', { ...CLONES, ms: 1_000 }, { ratio: 1.12, lagMs: 60, calls: 0.4 }],
    ['clones of about a second', { ...CLONES, ms: 1_000, jitter: 0.05 }, { ratio: 1.17, lagMs: 100, calls: 0.8 }],
    ['clones of 0.7 to 1.3 seconds', { ...CLONES, ms: 1_000, jitter: 0.3 }, { ratio: 1.2, lagMs: 110, calls: 1 }],
    ['clones of five seconds', { ...CLONES, ms: 5_000 }, { ratio: 1.03, lagMs: 60, calls: 0.3 }],
    ['clones of about five seconds', { ...CLONES, ms: 5_000, jitter: 0.05 }, { ratio: 1.08, lagMs: 250, calls: 0.75 }],
    ['deletions of a second', { ...DELETES, ms: 1_000 }, { ratio: 1.15, lagMs: 80, calls: 0.3 }],
    [
      'deletions beside the power-offs of the next',
      { ...DELETES, ms: 1_000, turnMs: 80, beside: { method: 'PowerOffVM_Task', urgency: URGENCY.idle } },
      { ratio: 1.25, lagMs: 120, calls: 0.25 },
    ],
    ['deletions of about a second', { ...DELETES, ms: 1_000, jitter: 0.05 }, { ratio: 1.3, lagMs: 150, calls: 0.36 }],
  ])('%s are known to have ended soon, for few calls', async (_name, wave, limits) => {
    const { ratio, lagMs, calls } = await new Run(wave).outcome();
    expect(ratio).toBeLessThanOrEqual(limits.ratio);
    expect(lagMs).toBeLessThanOrEqual(limits.lagMs);
    expect(calls).toBeLessThanOrEqual(limits.calls);
  });
});
