// What is learnt at a login and only then gets into the VCenter's status, though its write is put off: version and identity.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { VCenter } from '../../../src/api/types.generated.ts';
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { Lab, reasonOf } from '../../support/lab.ts';
import { useTemporaryDirectory } from '../../support/temp-directory.ts';

/** Long enough for the login to end while the next write has to wait. */
const INTERVAL_S = 4;

const directory = useTemporaryDirectory();
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start({ directory, applyVCenter: false, operatorFlags: { 'status-interval': INTERVAL_S } });
}, 120_000);
afterAll(() => lab?.stop(), 120_000);

it('are there after a login right behind another status write', async () => {
  const spec = { ...lab.vCenterSpec(), credentialsSecretRef: { name: 'vc-credentials' } };
  await lab.api.apply({ apiVersion: 'linkedclone.dev/v1alpha1', kind: 'VCenter', metadata: { name: 'vc' }, spec });
  const current = (): Promise<VCenter | undefined> => lab.api.get<VCenter>('vcenters', 'vc');
  await waitUntil('the missing Secret to be told', async () => reasonOf(await current()) === 'SecretNotFound');
  await lab.applyVCenter();
  await waitUntil('the login', async () => ((await lab.vcenter.stats()).calls['Login'] ?? 0) > 0);
  // the write of what it told is put off: a base wakes the VCenter meanwhile, which must not lose it
  await lab.applyBase('base', 'Templates/Tmpl');
  const ready = await waitUntil('Ready', async () =>
    [await current()].find((vCenter) => reasonOf(vCenter) === 'Connected'),
  );
  expect(ready.status?.version).toMatch(/^\d+\.\d+/);
  expect(ready.status?.instanceUuid).toMatch(/^[0-9a-f-]{36}$/);
}, 180_000);
