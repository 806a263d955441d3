// Which failures are repeated, and how often.
import { describe, expect, it } from '@jest/globals';
import { withRetry } from '../../../../src/vsphere/layers/retry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { call, failed, rejection, scripted } from '../support/calls.ts';

const PAUSES = { initialMs: 200, maxMs: 1_000 };

async function run(send: ReturnType<typeof scripted>, method: string): Promise<unknown> {
  const clock = new FakeClock();
  const work = withRetry(send, clock, PAUSES)(call(method)).catch((error: unknown) => error);
  await clock.advance(10_000);
  return work;
}

describe('withRetry', () => {
  it.each([failed('Transport'), failed('Http', 'RetrievePropertiesEx', { status: 503 })])(
    'repeats a read after %s',
    async (error) => {
      const send = scripted(error, error, 'value');
      expect(await run(send, 'RetrievePropertiesEx')).toBe('value');
      expect(send.calls).toHaveLength(3);
    },
  );

  it('gives up after three attempts', async () => {
    const error = failed('Transport');
    const send = scripted(error);
    expect(await run(send, 'FindAllByUuid')).toBe(error);
    expect(send.calls).toHaveLength(3);
  });

  it.each([
    'CloneVM_Task',
    'PowerOnVM_Task',
    'Login',
    'WaitForUpdatesEx',
    'ContinueRetrievePropertiesEx',
    'CreateContainerView',
  ])('never repeats %s', async (method) => {
    const send = scripted(failed('Transport', method), 'value');
    expect(await run(send, method)).toMatchObject({ fault: 'Transport' });
    expect(send.calls).toHaveLength(1);
  });

  it.each(['Timeout', 'BadReply', 'NoPermission', 'CertificateNotTrusted'])(
    'does not repeat a read after %s',
    async (fault) => {
      const send = scripted(failed(fault), 'value');
      expect(await run(send, 'RetrievePropertiesEx')).toMatchObject({ fault });
      expect(send.calls).toHaveLength(1);
    },
  );

  it('stops waiting when the caller does', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const send = scripted(failed('Transport'));
    const work = rejection(withRetry(send, clock, PAUSES)(call('CurrentTime', { signal: stop.signal })));
    await clock.advance(0);
    stop.abort(new Error('enough'));
    expect(await work).toMatchObject({ message: 'enough' });
    expect(send.calls).toHaveLength(1);
  });
});
