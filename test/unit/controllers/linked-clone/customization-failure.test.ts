// Why a customization failed: the event's text where there is one, asked for once, else what the guest's field says.
import { describe, expect, it } from '@jest/globals';
import { withFailureText } from '../../../../src/controllers/linked-clone/customization-failure.ts';
import type { CloneScope } from '../../../../src/controllers/linked-clone/scope.ts';
import { deletedClone, onStage } from '../support/deleting-clone.ts';
import { condition } from '../support/objects.ts';
import { vmView } from '../support/vm.ts';

const CUSTOMIZED = { customization: { specName: 'lab' } };
const FAILED = vmView({ customization: 'TOOLSDEPLOYPKG_FAILED', customizationError: undefined });

function event(key: number, fullFormattedMessage: string | undefined, reason?: string): Record<string, unknown> {
  return { $type: 'CustomizationUnknownFailure', key, fullFormattedMessage, reason };
}

function stage(events: readonly unknown[], message?: string): { scope: CloneScope; calls: string[] } {
  const conditions =
    message === undefined ? [] : [condition('Customized', 'False', 'CustomizationFailed', { message })];
  return onStage({ vms: {}, clone: deletedClone(CUSTOMIZED, { conditions }), events });
}

describe('withFailureText', () => {
  it("takes the latest event's text, and asks once", async () => {
    const { scope, calls } = stage([event(7, 'it was the network'), event(3, 'it was the disk')]);
    expect((await withFailureText(scope, FAILED)).customizationError).toBe('it was the network');
    expect((await withFailureText(scope, FAILED)).customizationError).toBe('it was the network');
    expect(calls).toEqual(['QueryEvents']);
  });

  it('takes the reason of an event that has no text', async () => {
    expect((await withFailureText(stage([event(1, undefined, 'no lease')]).scope, FAILED)).customizationError).toBe(
      'no lease',
    );
  });

  it('makes one line of at most 256 characters of it', async () => {
    const { customizationError } = await withFailureText(
      stage([event(1, `a\u0007\nb${'x'.repeat(999)}`)]).scope,
      FAILED,
    );
    expect(customizationError).toMatch(/^a bx+…$/);
    expect(customizationError).toHaveLength(256);
  });

  it("keeps the guest's field where no event tells, and does not ask again", async () => {
    const { scope, calls } = stage([]);
    const vm = { ...FAILED, customizationError: 'from the guest' };
    expect((await withFailureText(scope, vm)).customizationError).toBe('from the guest');
    await withFailureText(scope, vm);
    expect(calls).toEqual(['QueryEvents']);
  });

  it('does not ask for what is stored, as after a restart', async () => {
    const { scope, calls } = stage([event(1, 'other words')], 'stored words');
    expect((await withFailureText(scope, FAILED)).customizationError).toBe('stored words');
    expect(calls).toEqual([]);
  });

  it('asks nothing while nothing failed', async () => {
    const { scope, calls } = stage([event(1, 'other words')]);
    const running = vmView({ customization: 'TOOLSDEPLOYPKG_RUNNING' });
    expect(await withFailureText(scope, running)).toBe(running);
    expect(calls).toEqual([]);
  });
});
