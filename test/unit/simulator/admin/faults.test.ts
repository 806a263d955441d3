// What a rule has hit, on the admin endpoint.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestVCenter } from '../wire/support/vcenter.ts';
import type { TestVCenter } from '../wire/support/vcenter.ts';

let vcenter: TestVCenter;

beforeAll(async () => {
  vcenter = await startTestVCenter(1);
});
afterAll(() => vcenter?.stop());

it('is told of one rule, also when it was taken out', async () => {
  const { id } = (await vcenter.admin('POST', '/v1/faults', { action: { http: 503 } })).json as { id: number };
  const client = await vcenter.client().catch(() => undefined);
  await client?.close();
  await vcenter.admin('DELETE', '/v1/faults');
  expect((await vcenter.admin('GET', '/v1/faults')).json).toEqual([]);
  const { json } = await vcenter.admin('GET', `/v1/faults?id=${id}`);
  expect(json).toEqual({ id, seen: expect.any(Number), hits: expect.any(Number) });
  expect((json as { hits: number }).hits).toBeGreaterThan(0);
});

it.each(['x', '99'])('is nothing of a rule that never was: id=%s', async (id) => {
  expect((await vcenter.admin('GET', `/v1/faults?id=${id}`)).status).toBe(400);
});
