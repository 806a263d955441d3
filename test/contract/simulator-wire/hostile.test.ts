// Requests that were damaged in every way: each gets an answer, the simulator stays up, and nobody else notices.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '../../../src/simulator/faults/seeded-random.ts';
import { SoapClient } from '../../unit/simulator/wire/support/soap-client.ts';
import { startTestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';
import type { TestVCenter } from '../../unit/simulator/wire/support/vcenter.ts';

let vcenter: TestVCenter;
beforeAll(async () => {
  vcenter = await startTestVCenter(2);
});
afterAll(() => vcenter.stop());

const ENVELOPE = (body: string): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><s:Body>${body}</s:Body></s:Envelope>`;
const SEEDS = [
  ENVELOPE('<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>'),
  ENVELOPE(
    '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet><propSet><type>VirtualMachine</type><all>true</all></propSet><objectSet><obj type="Folder">group-v3</obj><selectSet xsi:type="TraversalSpec"><name>x</name><type>Folder</type><path>childEntity</path><selectSet><name>x</name></selectSet></selectSet></objectSet></specSet><options/></RetrievePropertiesEx>',
  ),
  ENVELOPE(
    '<UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">VpxSettings</_this><changedValue><key>k</key><value xsi:type="xsd:string">v</value></changedValue></UpdateOptions>',
  ),
  ENVELOPE(
    '<CreateFilter xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><spec><propSet><type>ManagedEntity</type><pathSet>name</pathSet></propSet><objectSet><obj type="Folder">group-d1</obj></objectSet></spec><partialUpdates>true</partialUpdates></CreateFilter>',
  ),
];
const INSERTS = [
  '<',
  '>',
  '&',
  '"',
  '&#0;',
  '&x;',
  '<!--',
  '<![CDATA[',
  '<!DOCTYPE a>',
  '<__proto__/>',
  '<constructor>',
  ' xmlns="urn:x"',
  ' a="b"',
  '\u0000',
  '\ud800',
  'é',
  '<a>'.repeat(200),
  'x'.repeat(10_000),
  ' xsi:type="__proto__"',
  'constructor',
  '-1',
  '99999999999999999999',
];

/** One to four random injuries. */
function damage(text: string, random: () => number): string {
  let damaged = text;
  for (let i = 0; i <= random() * 3; i++) {
    const at = Math.floor(random() * damaged.length);
    const kind = Math.floor(random() * 5);
    if (kind === 0) damaged = damaged.slice(0, at);
    else if (kind === 1) damaged = damaged.slice(0, at) + damaged.slice(at + Math.floor(random() * 20));
    else if (kind === 2)
      damaged = damaged.slice(0, at) + (INSERTS[Math.floor(random() * INSERTS.length)] ?? '') + damaged.slice(at);
    else if (kind === 3) damaged = damaged.slice(0, at) + damaged.slice(at, at + 60).repeat(2) + damaged.slice(at + 60);
    else damaged = damaged.replace(/<(\w+)>/, (_tag, name: string) => `<${name}x>`);
  }
  return damaged;
}

describe('damaged requests', () => {
  it('are answered with a fault or an HTTP error, every one, and disturb nobody', async () => {
    const [attacker, bystander] = [await vcenter.client(), await vcenter.client()];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...SEEDS), fc.nat(), async (seed, number) => {
        const random = seededRandom(number);
        const { status, text } = await attacker.post(damage(seed, random));
        // A second injury may leave a request that is still right.
        expect([200, 400, 413, 500]).toContain(status);
        expect(text).not.toContain('SystemError');
      }),
      { numRuns: 600 },
    );
    expect((await bystander.call('CurrentTime', 'ServiceInstance', 'ServiceInstance')).status).toBe(200);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  }, 60_000);

  it('of all sizes and shapes end in time', async () => {
    const client = new SoapClient(vcenter.url);
    const deep = ENVELOPE(
      `<CurrentTime xmlns="urn:vim25">${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}</CurrentTime>`,
    );
    const wide = ENVELOPE(
      `<CurrentTime xmlns="urn:vim25" ${Array.from({ length: 20_000 }, (_, i) => `a${String(i)}="x"`).join(' ')}/>`,
    );
    const bomb = `<!DOCTYPE a [${Array.from({ length: 50 }, (_, i) => `<!ENTITY e${String(i)} "${`&e${String(i + 1)};`.repeat(9)}">`).join('')}]><a>&e0;</a>`;
    for (const text of [deep, wide, bomb])
      expect(await client.post(text)).toMatchObject({ status: 500, fault: 'InvalidRequest' });
    await client.close();
  });
});
