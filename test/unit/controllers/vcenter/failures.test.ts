// What a VCenter without a session says, and that saying the same again changes nothing: a condition with a new time would
// be written at every look.
import { describe, expect, it } from '@jest/globals';
import type { VCenterStatus } from '../../../../src/api/types.generated.ts';
import type { Runtime } from '../../../../src/controllers/shared/runtime.ts';
import { StatusDraft } from '../../../../src/controllers/shared/status-draft.ts';
import { explainFailure } from '../../../../src/controllers/vcenter/failures.ts';
import { TerminalError } from '../../../../src/util/errors.ts';
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
