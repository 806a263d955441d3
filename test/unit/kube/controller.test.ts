// The policy of the controller, with a fake clock: what is retried and when, gates, limits, stopping.
import { describe, expect, it } from '@jest/globals';
import { Controller } from '../../../src/kube/controller.ts';
import type { ControllerOptions, KeyGate, ReconcileContext, ReconcileResult } from '../../../src/kube/controller.ts';
import type { ObjectKey } from '../../../src/kube/objects.ts';
import type { GateState } from '../../../src/kube/write-gate.ts';
import { RequeueAfter, TerminalError } from '../../../src/util/errors.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { silent } from './support/objects.ts';

const A = { namespace: 'ns', name: 'a' };
const B = { namespace: 'ns', name: 'b' };

type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult> | ReconcileResult;

interface Rig {
  clock: FakeClock;
  controller: Controller;
  outcomes: string[];
  stop: () => Promise<void>;
}

function setUp(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Rig {
  const clock = new FakeClock();
  const outcomes: string[] = [];
  const controller = new Controller({
    name: 'test',
    workers: 2,
    clock,
    logger: silent,
    backoff: { initialMs: 10, maxMs: 1_000, jitter: 0 },
    metrics: { reconciled: (outcome) => outcomes.push(outcome) },
    reconcile: async (key, context) => reconcile(key, context),
    ...options,
  });
  const abort = new AbortController();
  const running = controller.start(abort.signal);
  const stop = (): Promise<void> => {
    abort.abort();
    return running;
  };
  return { clock, controller, outcomes, stop };
}

class FakeGate implements KeyGate {
  readonly states = new Map<string, GateState>();
  #listener: (key: ObjectKey) => void = () => undefined;
  state(key: ObjectKey): GateState {
    return this.states.get(key.name) ?? 'open';
  }
  onRelease(listener: (key: ObjectKey) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }
  release(key: ObjectKey, state: GateState): void {
    this.states.set(key.name, state);
    this.#listener(key);
  }
}

describe('Controller', () => {
  it('retries an error later each time and starts over after a success', async () => {
    const attempts: number[] = [];
    let failing = true;
    const rig = setUp((_key, context) => {
      attempts.push(context.attempt);
      if (failing) throw new Error('not yet');
    });
    rig.controller.enqueue(A);
    await rig.clock.advance(10 + 20 + 40);
    expect(attempts).toEqual([0, 1, 2, 3]);
    failing = false;
    await rig.clock.advance(80);
    rig.controller.enqueue(A);
    await rig.controller.idle();
    expect(attempts.slice(4)).toEqual([4, 0]);
    expect(rig.outcomes).toEqual(['error', 'error', 'error', 'error', 'success', 'success']);
    await rig.stop();
  });

  it('does not retry a terminal error, but tells of it', async () => {
    const told: unknown[] = [];
    const rig = setUp(
      () => {
        throw new TerminalError('Bad', 'somebody must fix this');
      },
      { onError: (_key, error) => told.push(error) },
    );
    rig.controller.enqueue(A);
    await rig.clock.advance(3_600_000);
    expect(rig.outcomes).toEqual(['terminal']);
    expect(told).toHaveLength(1);
    await rig.stop();
  });

  it.each([
    { name: 'returned', reconcile: (): ReconcileResult => ({ requeueAfterMs: 500 }) },
    {
      name: 'thrown',
      reconcile: (): ReconcileResult => {
        throw new RequeueAfter(500, 'waiting');
      },
    },
  ])('comes back after the time that was $name', async ({ reconcile }) => {
    const rig = setUp(reconcile);
    rig.controller.enqueue(A);
    await rig.clock.advance(499);
    expect(rig.outcomes).toEqual(['requeue_after']);
    await rig.clock.advance(1);
    expect(rig.outcomes).toEqual(['requeue_after', 'requeue_after']);
    await rig.stop();
  });

  it('works on different keys side by side, never on one key twice at a time', async () => {
    const running = new Set<string>();
    let most = 0;
    const release: (() => void)[] = [];
    const rig = setUp(async (key) => {
      expect(running).not.toContain(key.name);
      running.add(key.name);
      most = Math.max(most, running.size);
      await new Promise<void>((resolve) => release.push(resolve));
      running.delete(key.name);
    });
    rig.controller.enqueue(A);
    rig.controller.enqueue(B);
    await settle();
    rig.controller.enqueue(A);
    await settle();
    expect([most, release.length]).toEqual([2, 2]);
    while (release.length > 0 || running.size > 0) {
      release.shift()?.();
      await settle();
    }
    expect(rig.outcomes).toHaveLength(3);
    await rig.stop();
  });

  it('sets a gated key aside until the gate lets it go, without polling', async () => {
    const gate = new FakeGate();
    gate.states.set('a', 'pending');
    const seen: string[] = [];
    const rig = setUp((key, context) => void seen.push(`${key.name} ${context.gateExpired}`), { gate });
    rig.controller.enqueue(A, { priority: 3 });
    rig.controller.enqueue(B);
    await rig.clock.advance(3_600_000);
    expect(seen).toEqual(['b false']);
    gate.release(A, 'open');
    await rig.controller.idle();
    expect(seen).toEqual(['b false', 'a false']);
    gate.release(A, 'open');
    await settle();
    expect(seen).toHaveLength(2);
    await rig.stop();
  });

  it('says when the gate has given up, and lets the delete path through', async () => {
    const gate = new FakeGate();
    const second = new FakeGate();
    gate.states.set('a', 'pending');
    second.states.set('b', 'pending');
    const seen: string[] = [];
    const rig = setUp((key, context) => void seen.push(`${key.name} ${context.gateExpired}`), {
      gate: [gate, second],
      bypassGate: (key) => key.name === 'b',
    });
    rig.controller.enqueue(A);
    rig.controller.enqueue(B);
    await settle();
    expect(seen).toEqual(['b false']);
    gate.release(A, 'expired');
    await rig.controller.idle();
    expect(seen).toEqual(['b false', 'a true']);
    await rig.stop();
  });

  it('aborts a reconcile at its time limit and retries it', async () => {
    const reasons: unknown[] = [];
    let limits = 0;
    const rig = setUp(
      async (_key, { signal }) => {
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
      {
        reconcileTimeoutMs: 1_000,
        onError: (_key, error) => reasons.push(error),
        metrics: { timedOut: () => (limits += 1) },
      },
    );
    rig.controller.enqueue(A);
    await rig.clock.advance(999);
    expect(limits).toBe(0);
    await rig.clock.advance(1);
    expect(String(reasons[0])).toContain('within 1000 ms');
    await rig.clock.advance(1_010);
    expect(reasons).toHaveLength(2);
    expect(limits).toBe(2);
    const stopped = rig.stop();
    await rig.clock.advance(5_000);
    await stopped;
  });

  it('lets running reconciles finish at the stop, and aborts them after the drain time', async () => {
    const events: string[] = [];
    const rig = setUp(async (key, { signal }) => {
      if (key.name === 'a') {
        await new Promise<void>((resolve) => rig.clock.schedule(2_000, resolve));
        events.push(`a finished ${signal.aborted}`);
      } else {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        events.push('b aborted');
      }
    });
    rig.controller.enqueue(A);
    rig.controller.enqueue(B);
    await settle();
    const stopped = rig.stop();
    rig.controller.enqueue({ namespace: 'ns', name: 'late' });
    await rig.clock.advance(5_000);
    await stopped;
    expect(events).toEqual(['a finished false', 'b aborted']);
    expect(rig.clock.pending).toBe(0);
  });

  it('survives a hook that throws', async () => {
    let broken = true;
    const rig = setUp(() => undefined, {
      workers: 1,
      bypassGate: () => {
        if (broken) throw new Error('broken hook');
        return false;
      },
    });
    rig.controller.enqueue(A);
    await settle();
    broken = false;
    await rig.clock.advance(10);
    expect(rig.outcomes).toEqual(['success']);
    await rig.stop();
  });
});
