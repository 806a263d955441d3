// How often a vCenter that doesn't answer is called, by however many; who is refused, and who notices nothing.
import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../../../src/util/abort.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { SendCall, SoapCall } from '../../../../src/vsphere/layers/call.ts';
import { OutageGate, withGate } from '../../../../src/vsphere/layers/outage-gate.ts';
import { withRetry } from '../../../../src/vsphere/layers/retry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { call, failed, rejection } from '../support/calls.ts';

const PAUSES = { initialMs: 200, maxMs: 1_000 };

/** A vCenter behind the layers of a client, with a prober as a client that is logged in has it. */
class Scene {
  readonly clock = new FakeClock();
  readonly gate = new OutageGate(this.clock);
  /** Monotonic time and method of each call that reached the wire. */
  readonly wire: { readonly at: number; readonly call: SoapCall }[] = [];
  readonly told: (string | undefined)[] = [];
  /** What a call meets. */
  answer: (soapCall: SoapCall) => Promise<unknown> = async () => 'value';

  readonly send: SendCall = withRetry(
    withGate(async (soapCall) => {
      this.wire.push({ at: this.clock.monotonic(), call: soapCall });
      return this.answer(soapCall);
    }, this.gate),
    this.clock,
    PAUSES,
  );

  constructor({ prober = true } = {}) {
    this.gate.onChange((failure) => this.told.push(failure?.fault));
    if (prober) this.gate.attach((timeoutMs) => this.send(call('CurrentTime', { timeoutMs })));
  }

  goAway(fault = 'Transport', status?: number): void {
    this.answer = async ({ method }) => {
      throw failed(fault, method, status === undefined ? {} : { status });
    };
  }

  /** Accepts calls and says nothing, as a frozen vCenter: they end by their time limit. */
  freeze(): void {
    this.answer = async ({ method, timeoutMs }) => {
      await sleep(this.clock, timeoutMs);
      throw failed('Timeout', method);
    };
  }

  comeBack(): void {
    this.answer = async () => 'value';
  }

  /** Most calls within any second from `from` on. */
  peak(from: number): number {
    const times = this.wire.map(({ at }) => at).filter((at) => at >= from);
    return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + 1_000).length));
  }

  /** The vCenter is known to be away. */
  static async away(): Promise<Scene> {
    const scene = new Scene();
    scene.goAway();
    const first = rejection(scene.send(call('CloneVM_Task')));
    await scene.clock.advance(1);
    await first;
    return scene;
  }
}

describe('OutageGate', () => {
  it('lets one call a second through while nobody answers, however many want to, and all of them right after', async () => {
    const scene = await Scene.away();
    const { clock } = scene;
    const from = clock.monotonic();
    const done: number[] = [];
    const refused: unknown[] = [];
    const wait = async (method: string): Promise<void> => {
      for (;;) {
        try {
          await scene.send(call(method));
          done.push(clock.monotonic());
          return;
        } catch (error) {
          refused.push(error);
          await sleep(clock, 500);
        }
      }
    };
    const callers = Array.from({ length: 75 }, (_, i) => wait(i % 2 === 0 ? 'CloneVM_Task' : 'RetrievePropertiesEx'));
    await clock.advance(60_000);
    expect(scene.peak(from)).toBe(1);
    expect(scene.wire.filter(({ at }) => at >= from).length).toBeGreaterThan(60 / 6);
    expect(new Set(scene.wire.filter(({ at }) => at >= from).map((sent) => sent.call.method))).toEqual(
      new Set(['CurrentTime']),
    );
    expect(refused.length).toBeGreaterThan(75 * 50);
    for (const error of refused)
      expect(error).toMatchObject({ fault: 'Away', kind: 'connection', sent: false, cause: scene.gate.failure });
    scene.comeBack();
    const backAt = clock.monotonic();
    await clock.advance(5_600);
    await Promise.all(callers);
    const firstAnswer = scene.wire.find(({ at }) => at >= backAt);
    expect(firstAnswer?.call.method).toBe('CurrentTime');
    expect((firstAnswer?.at ?? 0) - backAt).toBeLessThanOrEqual(5_000);
    expect(Math.max(...done) - (firstAnswer?.at ?? 0)).toBeLessThanOrEqual(500);
    expect(scene.told).toEqual(['Transport', undefined]);
    const calls = scene.wire.length;
    await clock.advance(60_000);
    expect(scene.wire).toHaveLength(calls);
  });

  it('keeps the meaning of the failure that it learns from, and says how it showed that nobody answers', async () => {
    const scene = new Scene();
    scene.goAway();
    const lost = rejection(scene.send(call('CloneVM_Task')));
    await scene.clock.advance(1);
    expect(await lost).toMatchObject({ fault: 'Transport', kind: 'unknownOutcome', sent: true });
    expect(scene.gate.failure).toMatchObject({ fault: 'Transport', method: 'CurrentTime' });
    const refused = rejection(scene.send(call('CloneVM_Task')));
    expect(await refused).toMatchObject({
      message: 'CloneVM_Task on VirtualMachine:vm-1 failed: Away, nothing was sent: the vCenter does not answer',
    });
  });

  it('hides a connection that was cut: one probe, and who calls meanwhile waits for it', async () => {
    const scene = new Scene();
    scene.goAway();
    const cut = rejection(scene.send(call('CloneVM_Task')));
    const read = scene.send(call('RetrievePropertiesEx'));
    await Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<string>();
    scene.answer = async ({ method }) => (method === 'CurrentTime' ? promise : 'value');
    expect(await cut).toMatchObject({ fault: 'Transport' });
    const others = [scene.send(call('CloneVM_Task')), scene.send(call('FindAllByUuid'))];
    await scene.clock.advance(500);
    expect(scene.wire.map((sent) => sent.call.method)).toEqual(['CloneVM_Task', 'RetrievePropertiesEx', 'CurrentTime']);
    resolve('now');
    expect(await Promise.all([...others, read])).toEqual(['value', 'value', 'value']);
    expect(scene.told).toEqual([]);
    expect(scene.gate.failure).toBeUndefined();
    expect(scene.clock.pending).toBe(0);
  });

  it.each([
    ['Transport', undefined],
    ['Timeout', undefined],
    ['Http', 503],
    ['Http', 502],
    ['BadReply', 500],
  ])('%s %s is no answer', async (fault, status) => {
    const scene = new Scene();
    scene.goAway(fault, status);
    await Promise.all([rejection(scene.send(call('PowerOnVM_Task'))), scene.clock.advance(10)]);
    expect(scene.gate.failure).toMatchObject({ fault });
  });

  it.each([
    ['Http', 404],
    ['BadReply', 200],
    ['CertificateNotTrusted', undefined],
    ['Canceled', undefined],
    ['Closed', undefined],
    ['NoPermission', 500],
    ['NotAuthenticated', 500],
    ['InvalidLogin', 500],
  ])('%s %s is no outage', async (fault, status) => {
    const scene = new Scene();
    scene.goAway(fault, status);
    for (let i = 0; i < 3; i += 1) expect(await rejection(scene.send(call('CloneVM_Task')))).toMatchObject({ fault });
    expect(scene.wire).toHaveLength(3);
    expect(scene.told).toEqual([]);
  });

  it('does not take a long poll for a failure that merely ran out of time', async () => {
    const scene = new Scene();
    scene.goAway('Timeout');
    expect(await rejection(scene.send(call('WaitForUpdatesEx')))).toMatchObject({ fault: 'Timeout' });
    scene.comeBack();
    expect(await scene.send(call('CloneVM_Task'))).toBe('value');
    expect(scene.wire.map((sent) => sent.call.method)).toEqual(['WaitForUpdatesEx', 'CloneVM_Task']);
  });

  it('keeps nobody waiting for longer than two seconds where a probe hangs, and gives each probe more time', async () => {
    const scene = new Scene();
    scene.freeze();
    const first = rejection(scene.send(call('CloneVM_Task', { timeoutMs: 60_000 })));
    await scene.clock.advance(60_000);
    await first;
    const before = scene.clock.monotonic();
    const waiting = scene
      .send(call('CloneVM_Task'))
      .catch((error: unknown) => ({ error, at: scene.clock.monotonic() }));
    await scene.clock.advance(2_000);
    expect(await waiting).toMatchObject({ error: { fault: 'Away' }, at: before + 2_000 });
    const next = scene.clock.monotonic();
    expect(await rejection(scene.send(call('CloneVM_Task')))).toMatchObject({ fault: 'Away', sent: false });
    expect(scene.clock.monotonic()).toBe(next);
    await scene.clock.advance(60_000);
    const probes = scene.wire.filter((sent) => sent.call.method === 'CurrentTime');
    expect(probes.map((sent) => sent.call.timeoutMs)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(scene.peak(before)).toBe(1);
  });

  it('leaves a call that was sent before its own outcome, and takes its answer for the end of the outage', async () => {
    const scene = new Scene();
    const { promise, resolve } = Promise.withResolvers<string>();
    scene.answer = async () => promise;
    const early = scene.send(call('CloneVM_Task'));
    await scene.clock.advance(1);
    scene.goAway();
    await Promise.all([rejection(scene.send(call('DestroyView'))), scene.clock.advance(1)]);
    expect(scene.gate.failure).toBeDefined();
    scene.comeBack();
    resolve('task-1');
    expect(await early).toBe('task-1');
    expect(await scene.send(call('PowerOnVM_Task'))).toBe('value');
  });

  it('takes any answer for one, so that a vCenter without our session is asked for a login', async () => {
    const scene = await Scene.away();
    scene.goAway('NotAuthenticated', 500);
    await scene.clock.advance(1_200);
    expect(scene.gate.failure).toBeUndefined();
    expect(scene.told).toEqual(['Transport', undefined]);
  });

  it('goes on probing when what comes back fails again', async () => {
    const scene = await Scene.away();
    scene.comeBack();
    await scene.clock.advance(1_500);
    scene.goAway('Http', 503);
    await Promise.all([rejection(scene.send(call('CloneVM_Task'))), scene.clock.advance(10)]);
    expect(scene.told).toEqual(['Transport', undefined, 'Http']);
    const from = scene.clock.monotonic();
    await scene.clock.advance(10_000);
    expect(scene.peak(from)).toBe(1);
  });

  it('stops a call that waited for a socket, before it is sent', async () => {
    const clock = new FakeClock();
    const gate = new OutageGate(clock);
    const sent: string[] = [];
    const queue = ['CloneVM_Task', 'DestroyView', 'PowerOnVM_Task'];
    const send = withGate(async (soapCall) => {
      await sleep(clock, 10 * (queue.indexOf(soapCall.method) + 1)); // one socket
      gate.leave(soapCall);
      sent.push(soapCall.method);
      throw failed('Transport', soapCall.method);
    }, gate);
    const outcomes = queue.map((method) => rejection(send(call(method))));
    await clock.advance(2_100);
    expect(await Promise.all(outcomes)).toMatchObject([{ fault: 'Transport' }, { fault: 'Away' }, { fault: 'Away' }]);
    expect(sent).toEqual(['CloneVM_Task']);
  });

  it('has the first call of a login for a probe where nobody is logged in', async () => {
    const scene = new Scene({ prober: false });
    scene.goAway();
    const tries: unknown[] = [];
    const from = scene.clock.monotonic();
    const logIn = async (): Promise<void> => {
      for (let i = 0; i < 100; i += 1) {
        await scene.send(call('RetrieveServiceContent')).catch((error: unknown) => tries.push(error));
        await sleep(scene.clock, 50);
      }
    };
    const work = logIn();
    await scene.clock.advance(20_000);
    expect(scene.peak(from)).toBeLessThanOrEqual(2);
    expect(scene.peak(from + 1_000)).toBe(1);
    expect(tries.every((error) => error instanceof VSphereError && error.kind === 'connection')).toBe(true);
    await scene.clock.advance(60_000);
    await work;
    scene.comeBack();
    expect(await scene.send(call('RetrieveServiceContent'))).toBe('value');
    expect(await scene.send(call('Login'))).toBe('value');
  });

  it('probes no longer when the client is closed, and for the next one', async () => {
    const scene = await Scene.away();
    scene.gate.detach();
    const calls = scene.wire.length;
    await scene.clock.advance(60_000);
    expect(scene.wire).toHaveLength(calls);
    expect(scene.clock.pending).toBe(0);
    scene.gate.attach((timeoutMs) => scene.send(call('CurrentTime', { timeoutMs })));
    await scene.clock.advance(1);
    expect(scene.wire).toHaveLength(calls + 1);
  });
});
