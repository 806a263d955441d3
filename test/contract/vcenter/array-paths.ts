// Paths into arrays: reading one element by its key, and updates that name the element which changed.
import { expect } from '@jest/globals';
import { api } from './support/sources.ts';
import { common, deviates, room, vcenterOnly } from './support/expectation.ts';
import { disk, machine, reconfigure, snapshot } from './support/machines.ts';
import type { Element, Ref } from './support/element.ts';
import type { Target } from './support/target.ts';
import { Watch, filterOf } from './support/watching.ts';
import { el, ref } from './support/wire.ts';

const PATHS = api('PropertyChange.name: nested properties are specified by paths, as foo.arProp["key val"].baz');
const OPS = api('PropertyChange.op: add inserts an element into the collection, remove deletes one');
const WHOLE = 'the whole list is sent, whatever the filter says';
const DEVICES = 'config.hardware.device';

/** What a filter with partial updates is told about a property. */
async function told(
  target: Target,
  vm: Ref,
  path: string,
  act: () => Promise<unknown>,
  partial = true,
): Promise<readonly Element[]> {
  const watch = await Watch.open(target, filterOf(vm, [path]), partial);
  await watch.next();
  await act();
  const object = await watch.until((each) =>
    each.all('changeSet').some((set) => set.at('name')?.startsWith(path) === true),
  );
  return object?.all('changeSet') ?? [];
}
const names = (changes: readonly Element[]): readonly unknown[] =>
  changes.map((each) => [each.at('op'), each.at('name')]);
const unplug = (target: Target, vm: Ref) =>
  reconfigure(
    target,
    vm,
    el(
      'deviceChange',
      el('operation', 'edit') +
        el(
          'device',
          '<key>4000</key><backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>VM Network</deviceName></backing><connectable><startConnected>false</startConnected><allowGuestControl>true</allowGuestControl><connected>false</connected></connectable>',
          'VirtualE1000',
        ),
    ),
  );
const addDisk = (target: Target, vm: Ref) =>
  reconfigure(
    target,
    vm,
    el(
      'deviceChange',
      '<operation>add</operation><fileOperation>create</fileOperation>' +
        el(
          'device',
          '<key>-1</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo"><fileName></fileName><diskMode>persistent</diskMode><thinProvisioned>true</thinProvisioned></backing><controllerKey>1000</controllerKey><unitNumber>5</unitNumber><capacityInKB>1048576</capacityInKB>',
          'VirtualDisk',
        ),
    ),
  );
const addCard = (target: Target, vm: Ref) =>
  reconfigure(
    target,
    vm,
    el(
      'deviceChange',
      '<operation>add</operation>' +
        el(
          'device',
          '<key>-1</key><backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>VM Network</deviceName></backing>',
          'VirtualE1000',
        ),
    ),
  );
const removeDisk = async (target: Target, vm: Ref) =>
  reconfigure(
    target,
    vm,
    el(
      'deviceChange',
      '<operation>remove</operation><fileOperation>destroy</fileOperation>' +
        el(
          'device',
          el('key', (await disk(target, vm)).at('key')) +
            '<controllerKey>1000</controllerKey><unitNumber>0</unitNumber><capacityInKB>1048576</capacityInKB>',
          'VirtualDisk',
        ),
    ),
  );

export const arrayPathRoom = room(
  'paths into arrays',
  common('one device is read by its key', async (target) => {
    const vm = await machine(target);
    expect((await target.value(vm, `${DEVICES}[4000]`))?.at('key')).toBe('4000');
  }),
  common('a field of one device is read by its key', async (target) => {
    const vm = await machine(target);
    expect(await target.text(vm, `${DEVICES}[4000].macAddress`)).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i);
  }),
  vcenterOnly(
    'with all, paths are ignored, also wrong ones',
    api('PropertySpec.all: if this property is set to true, the pathSet property is ignored'),
    async (target) => {
      const vm = await machine(target);
      const spec = `<specSet><propSet><type>VirtualMachine</type><all>true</all><pathSet>no.such.property</pathSet></propSet><objectSet>${ref('obj', vm)}</objectSet></specSet><options/>`;
      const [found] = (await target.must('RetrievePropertiesEx', target.collector, spec)).values;
      expect(
        found
          ?.get('objects')
          ?.all('propSet')
          .map((each) => each.at('name')),
      ).toContain('config');
    },
  ),
  common('a key that no device has is an unset property', async (target) => {
    const vm = await machine(target);
    const content = await target.content1(vm, ['name', `${DEVICES}[4999]`]);
    expect(content?.all('propSet').map((each) => each.at('name'))).toEqual(['name']);
  }),
  deviates('a card that changes is sent as config.hardware.device[4000]', WHOLE, PATHS, async (target) => {
    const vm = await machine(target);
    const changes = await told(target, vm, DEVICES, () => unplug(target, vm));
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes) expect(change.at('name')).toMatch(/^config\.hardware\.device\[4000\]/);
    expect(changes.map((each) => each.at('op'))).toContain('assign');
  }),
  deviates('a card that is added is one element that is added', WHOLE, OPS, async (target) => {
    const vm = await machine(target);
    const changes = await told(target, vm, DEVICES, () => addCard(target, vm));
    const added = changes.filter((each) => each.at('op') === 'add');
    expect(names(added)).toEqual([['add', `${DEVICES}[4001]`]]);
    expect(added[0]?.get('val')?.xsiType).toBe('VirtualE1000');
  }),
  deviates('a disk that is removed is one element that is removed, without a value', WHOLE, OPS, async (target) => {
    const vm = await machine(target);
    const key = (await disk(target, vm)).at('key');
    const changes = await told(target, vm, DEVICES, () => removeDisk(target, vm));
    const removed = changes.filter((each) => each.at('op') === 'remove');
    expect(names(removed)).toEqual([['remove', `${DEVICES}[${key}]`]]);
    expect(removed[0]?.get('val')).toBeUndefined();
  }),
  deviates(
    'a snapshot sends the disks whose file it froze, and no other device',
    'devices don’t change',
    PATHS,
    async (target) => {
      const vm = await machine(target);
      const key = (await disk(target, vm)).at('key') ?? '';
      const changes = await told(target, vm, DEVICES, () => snapshot(target, vm));
      expect(changes.length).toBeGreaterThan(0);
      for (const change of changes) expect(change.at('name')?.startsWith(`${DEVICES}[${key}]`)).toBe(true);
    },
  ),
  common('without partial updates the whole property is sent, under its own name', async (target) => {
    const vm = await machine(target);
    const changes = await told(target, vm, 'config.hardware', () => addDisk(target, vm), false);
    expect(names(changes)).toEqual([['assign', 'config.hardware']]);
  }),
  deviates('an extra setting that changes is sent by its key, in quotes', WHOLE, PATHS, async (target) => {
    const vm = await machine(target);
    const set = (value: string) =>
      reconfigure(target, vm, el('extraConfig', `<key>lab.seat</key><value xsi:type="xsd:string">${value}</value>`));
    await set('1');
    const changes = await told(target, vm, 'config.extraConfig', () => set('2'));
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes) expect(change.at('name')).toMatch(/^config\.extraConfig\["lab\.seat"\]/);
  }),
  common('a filter on one device hears of that one', async (target) => {
    const vm = await machine(target);
    const changes = await told(target, vm, `${DEVICES}[4000]`, () => unplug(target, vm), false);
    expect(names(changes)).toEqual([['assign', `${DEVICES}[4000]`]]);
  }),
  common('a filter on one device doesn’t hear of another', async (target) => {
    const vm = await machine(target);
    const watch = await Watch.open(target, filterOf(vm, [`${DEVICES}[4000].macAddress`]));
    await watch.next();
    await addDisk(target, vm);
    expect(await watch.next(0)).toBeUndefined();
  }),
);
