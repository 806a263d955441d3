// Objects that have more of something than pages are sized for: replies as text, of a vCenter that pages as it's asked to,
// read by the codec with its bounds. What doesn't fit is asked for again in smaller pages, and nothing is left out.
import { describe, expect, it } from '@jest/globals';
import { pageSizeFor } from '../../../../src/vsphere/inventory/page-size.ts';
import { readMany, readOne } from '../../../../src/vsphere/inventory/retrieve.ts';
import { readTree } from '../../../../src/vsphere/inventory/read-tree.ts';
import type { Invoke } from '../../../../src/vsphere/invoke.ts';
import { createCodec } from '../../../../src/vsphere/layers/codec.ts';
import type { MoRef } from '../../../../src/vsphere/mo-ref.ts';
import type { ServiceContent } from '../../../../src/vsphere/service-content.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { COLLECTOR, call, rejection, silent } from '../support/calls.ts';
import { response } from '../support/soap-text.ts';

const content = { propertyCollector: COLLECTOR, viewManager: { type: 'ViewManager', value: 'vm' } } as ServiceContent;
const ROOT = { type: 'Folder', value: 'group-d1' };

/** A vCenter of these objects, each as its ObjectContent; `pages`: how many objects each of its answers had. */
function vCenterOf(objects: readonly string[]): { invoke: Invoke; pages: number[] } {
  const pages: number[] = [];
  const answer = (body: string): string => {
    if (body.includes('CreateContainerView')) {
      return response('CreateContainerView', '<returnval type="ContainerView">view-1</returnval>');
    }
    if (body.includes('DestroyView')) return response('DestroyView', '');
    const token = /<token>(\d+) (\d+)</.exec(body);
    const [from, size] = token?.slice(1).map(Number) ?? [0, Number(/<maxObjects>(\d+)</.exec(body)?.[1])];
    const page = objects.slice(from, (from ?? 0) + (size ?? 0));
    pages.push(page.length);
    const next = (from ?? 0) + page.length;
    const more = next < objects.length ? `<token>${next} ${size}</token>` : '';
    const method = token === null ? 'RetrievePropertiesEx' : 'ContinueRetrievePropertiesEx';
    return response(method, `<returnval>${more}${page.join('')}</returnval>`);
  };
  const send = createCodec({
    transport: {
      post: async ({ body }) => ({ status: 200, contentType: 'text/xml', setCookie: [], body: answer(body) }),
      close: () => undefined,
    },
    state: { cookie: undefined, apiVersion: '8.0.1.0' },
    clock: new FakeClock(),
    logger: silent,
    observe: undefined,
  });
  const invoke: Invoke = async (object, method, args = {}) => (await send(call(method, { object, args }))) as never;
  return { invoke, pages };
}

function property(name: string, type: string, value: string): string {
  return `<propSet><name>${name}</name><val xsi:type="${type}">${value}</val></propSet>`;
}

function objectContent({ type, value }: MoRef, properties: string): string {
  return `<objects><obj type="${type}">${value}</obj>${properties}</objects>`;
}

function hosts(count: number, datastores: number): string[] {
  const list = Array.from(
    { length: datastores },
    (_, i) =>
      `<ManagedObjectReference type="Datastore" xsi:type="ManagedObjectReference">datastore-${i}</ManagedObjectReference>`,
  ).join('');
  return Array.from({ length: count }, (_, i) =>
    objectContent(
      { type: 'HostSystem', value: `host-${i}` },
      property('name', 'xsd:string', `esx-${i}`) + property('datastore', 'ArrayOfManagedObjectReference', list),
    ),
  );
}

const vm = (i: number): MoRef => ({ type: 'VirtualMachine', value: `vm-${i}` });

/** A worker of a cluster with so many volumes attached. */
function machine(i: number, disks: number): string {
  const device = (key: number): string =>
    `<VirtualDevice xsi:type="VirtualDisk"><key>${key}</key><deviceInfo><label>Hard disk</label><summary>1 KB</summary></deviceInfo>` +
    `<backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName>[ds] fcd/${key}.vmdk</fileName>` +
    '<datastore type="Datastore">datastore-1</datastore><backingObjectId></backingObjectId><diskMode>persistent</diskMode>' +
    '<split>false</split><writeThrough>false</writeThrough><thinProvisioned>true</thinProvisioned><uuid>u</uuid>' +
    '<contentId>c</contentId><digestEnabled>false</digestEnabled><sharing>sharingNone</sharing></backing>' +
    '<controllerKey>1000</controllerKey><unitNumber>1</unitNumber><capacityInKB>1</capacityInKB>' +
    '<capacityInBytes>1</capacityInBytes><shares><shares>1000</shares><level>normal</level></shares>' +
    '<storageIOAllocation><limit>-1</limit><shares><shares>1000</shares><level>normal</level></shares>' +
    '<reservation>0</reservation></storageIOAllocation><diskObjectId>1-2000</diskObjectId>' +
    '<nativeUnmanagedLinkedClone>false</nativeUnmanagedLinkedClone></VirtualDevice>';
  const list = Array.from({ length: disks }, (_, key) => device(2000 + key)).join('');
  return objectContent(vm(i), property('config.hardware.device', 'ArrayOfVirtualDevice', list));
}

describe('objects with long lists', () => {
  it('400 hosts with 80 datastores each: the tree is read, all of it', async () => {
    const { invoke, pages } = vCenterOf(hosts(400, 80));
    const types = { HostSystem: ['name', 'parent', 'datastore'], Folder: ['name', 'parent'] };
    const states = await readTree(invoke, content, silent, ROOT, types);
    expect(states.map(({ ref }) => ref.value)).toEqual(Array.from({ length: 400 }, (_, i) => `host-${i}`));
    expect(states.every(({ properties }) => (properties['datastore'] as unknown[]).length === 80)).toBe(true);
    expect(Math.max(...pages)).toBeLessThan(100); // by what is known of hosts, without a try that fails
  });

  it('500 hosts with 600 datastores each: in pages of half the size, and half of that', async () => {
    const { invoke, pages } = vCenterOf(hosts(500, 600));
    const states = await readTree(invoke, content, silent, ROOT, { HostSystem: ['datastore'] });
    expect(new Set(states.map(({ ref }) => ref.value)).size).toBe(500);
    expect(states).toHaveLength(500);
    expect(pages[0]).toBeGreaterThan(pages[1] ?? 0);
  });

  it('machines with 60 volumes each: all disks are read', async () => {
    const count = pageSizeFor(['config.hardware.device']);
    const { invoke, pages } = vCenterOf(Array.from({ length: count }, (_, i) => machine(i, 60)));
    const refs = Array.from({ length: count }, (_, i) => vm(i));
    const found = await readMany(invoke, COLLECTOR, refs, ['config.hardware.device']);
    const disks = [...found.values()].map((one) => one?.properties['config.hardware.device'] as unknown[] | undefined);
    expect(disks.map((list) => list?.length)).toEqual(Array.from({ length: count }, () => 60));
    expect(pages[0]).toBe(count);
    expect(pages.length).toBeGreaterThan(2);
  });

  it('one object that alone is too much fails, and says so', async () => {
    const { invoke } = vCenterOf(hosts(1, 50_000));
    const error = await rejection(readOne(invoke, COLLECTOR, { type: 'HostSystem', value: 'host-0' }, ['datastore']));
    expect(error).toMatchObject({ fault: 'BadReply', detail: { excess: true } });
  });

  it('another bad reply is not asked for again', async () => {
    const { invoke, pages } = vCenterOf(['<objects>']);
    expect(await rejection(readMany(invoke, COLLECTOR, [vm(1), vm(2)], ['name']))).toMatchObject({ fault: 'BadReply' });
    expect(pages).toHaveLength(1);
  });
});
