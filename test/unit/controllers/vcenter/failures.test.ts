// What a VCenter without a session says, and that saying the same again changes nothing: a condition with a new time would
// be written at every look.
import { describe, expect, it } from '@jest/globals';
import type { VCenterStatus } from '../../../../src/api/types.generated.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { explainFailure, sessionTrouble } from '../../../../src/controllers/vcenter/failures.ts';
import { TerminalError } from '../../../../src/util/errors.ts';
import { VSphereError } from '../../../../src/vsphere/faults.ts';
import type { UpdateStream } from '../../../../src/vsphere/updates.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { vCenter } from '../support/objects.ts';

function explain(reason: string, stored: VCenterStatus | undefined, clock: FakeClock): VCenterStatus {
  const object = vCenter({ status: stored });
  const draft = new StatusDraft<VCenterStatus>(object.status, 1, clock);
  const runtime = { clock, config: { 'connect-retry': 1000 }, grace: { leftMs: () => 0 } } as unknown as Runtime;
  explainFailure({ runtime, vCenter: object, draft }, new TerminalError(reason, 'what is wrong'));
  return draft.status;
}

describe('explainFailure', () => {
  it.each([
    ['VersionNotSupported', 'VersionSupported', 'False'],
    ['NotVCenter', 'VersionSupported', 'False'],
    ['SecretNotFound', 'Authenticated', 'False'],
    ['CertificateNotTrusted', 'Authenticated', 'Unknown'],
    ['InvalidSpec', 'VersionSupported', 'Unknown'],
  ])('%s: %s=%s, Stalled, and the same when it is said again later', async (reason, type, status) => {
    const clock = new FakeClock();
    const first = explain(reason, undefined, clock);
    expect(first.conditions?.find((each) => each.type === type)?.status).toBe(status);
    expect(first.conditions?.find((each) => each.type === 'Stalled')?.reason).toBe(reason);
    await clock.advance(60_000);
    expect(explain(reason, first, clock)).toEqual(first);
  });
});

describe('what is wrong with an open session', () => {
  const fault = (name: string, method = 'CurrentTime'): VSphereError => new VSphereError({ fault: name, method });
  const trouble = (away: VSphereError | undefined, failure: Error | undefined) =>
    sessionTrouble({ away, updates: { failure } as UpdateStream });

  it.each(['InvalidLogin', 'InstanceChanged'])('%s is final, also where the vCenter seems to be away', (name) => {
    const failure = fault(name, 'Login');
    expect(trouble(undefined, failure)).toEqual({ failure, isFinal: true });
    expect(trouble(fault('Transport'), failure)).toEqual({ failure, isFinal: true });
  });

  it('mends itself in all other cases', () => {
    const [away, broken] = [fault('Transport'), new Error('the watch broke')];
    expect(trouble(undefined, undefined)).toBeUndefined();
    expect(trouble(away, broken)).toEqual({ failure: away, isFinal: false });
    expect(trouble(undefined, broken)).toEqual({ failure: broken, isFinal: false });
  });
});
