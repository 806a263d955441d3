// Inventory files: defaults, and mistakes that name line and field.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseBytes } from '../../../../src/simulator/inventory/bytes.ts';
import { parseInventory } from '../../../../src/simulator/inventory/parse-inventory.ts';
import { Vcenter } from './harness.ts';

const AROUND = `clusters:
  - { name: c, hosts: [h1] }
datastores:
  - { name: d, capacity: 10 GB }
`;

describe('sizes', () => {
  it.each([
    ['11 GB', 11 * 1024 ** 3],
    ['3.34 GB', Math.ceil(3.34 * 1024 ** 3)],
    ['512MB', 512 * 1024 ** 2],
    ['1 TiB', 1024 ** 4],
    ['1024', 1024],
    ['7 B', 7],
    ['2 K', 2048],
  ])('%s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'GB', '-1 GB', '1 PB', 'ten', '1 GB used'])('refuses "%s"', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});

describe('a file', () => {
  it('may be empty: a vCenter with a datacenter', () => {
    const vc = new Vcenter('');
    expect(vc.named('Datacenter', 'Datacenter')).toBeDefined();
    expect(vc.describe().vms).toEqual([]);
  });

  it('places a VM on the first host, its cluster and the first datastore by default', () => {
    const [vm] = parseInventory(`${AROUND}vms: [{ name: v }]`).vms;
    expect(vm).toMatchObject({
      host: 'h1',
      cluster: 'c',
      datastore: 'd',
      power: 'off',
      cpus: 1,
      networks: [],
      disks: [],
    });
  });

  it('may repeat fields by alias', () => {
    const { vms } = parseInventory(
      `${AROUND}vms:\n  - { name: a, guest: &g { id: ubuntu64Guest } }\n  - { name: b, guest: *g }\n`,
    );
    expect(vms.map((vm) => vm.guestId)).toEqual(['ubuntu64Guest', 'ubuntu64Guest']);
  });

  it('has real durations unless it says otherwise', () => {
    expect(parseInventory('').timing.durationsMs).toMatchObject({
      linkedClone: 5000,
      powerOn: 3000,
      powerOff: 1000,
      customization: 2000,
      destroy: 1000,
    });
    expect(parseInventory('durations: { all: 0, powerOn: 1 }').timing.durationsMs).toMatchObject({
      linkedClone: 0,
      powerOn: 1000,
    });
    expect(parseInventory('').storageRefreshMs).toBe(1_800_000);
  });

  it.each([
    ['datacenter: [', 1, /isn't YAML/],
    ['datacenter: a\n---\ndatacenter: b\n', 2, /holds more than one document/],
    ['datacenter: a\nvms: *none\n', 2, /no anchor &none above stands for the alias \*none/],
    ['generate:\n  vms: 1000000000\n', 2, /generate\.vms must be 200000 at most/],
    ['- a', 1, /must be a mapping/],
    ['datacentre: x', 1, /datacentre is unknown here; known are: .*datacenter/],
    [`${AROUND}vms:\n  - folder: x`, 6, /vms\[0\] needs the field name/],
    [
      `${AROUND}vms:\n  - name: v\n    disks:\n      - { capacity: 11 apples }`,
      8,
      /vms\[0\]\.disks\[0\]\.capacity must be a size such as "11 GB", not "11 apples"/,
    ],
    [
      `${AROUND}vms:\n  - name: v\n    disks:\n      - { capacity: 1 GB, used: 2 GB }`,
      8,
      /used must not be more than the capacity/,
    ],
    [
      `${AROUND}vms:\n  - name: v\n    disks: [{ capacity: 1 GB, mode: transient }]`,
      7,
      /mode must be one of persistent, .* not "transient"/,
    ],
    [`${AROUND}vms:\n  - name: v\n    host: h9`, 7, /host names "h9", which isn't there; there are: h1/],
    [`${AROUND}vms:\n  - name: v\n    datastore: e`, 7, /datastore names "e"/],
    [`${AROUND}vms:\n  - name: v\n    pool: p`, 7, /pool names "p", which isn't there; there are: none/],
    [`${AROUND}vms:\n  - name: v\n    networks: [n]`, 7, /networks names "n"/],
    [`${AROUND}vms:\n  - name: v\n    cpus: 1.5`, 7, /cpus must be a whole number/],
    [`${AROUND}vms:\n  - name: v\n    template: maybe`, 7, /template must be true or false/],
    [`${AROUND}vms:\n  - { name: v }\n  - { name: V }`, 6, /vms names "\/V" twice/],
    [`${AROUND}vms:\n  - { name: v, template: true, power: "on" }`, 6, /power must be off for a template/],
    ['vms: [{ name: v }]', 1, /needs a cluster with a host/],
    ['networks: [{ name: n, dhcp: 10.0.0.0/31 }]', 1, /dhcp must be an IPv4 subnet/],
    ['clusters:\n  - name: c\n    hosts: []', 3, /hosts needs at least one host/],
    ['users: [{ name: u, password: p, role: king }]', 1, /role names no role; there are: Administrator/],
    ['roles: [{ name: r, privileges: [VirtualMachine.Fly] }]', 1, /names "VirtualMachine\.Fly", which is no privilege/],
    ['roles: [{ name: Administrator }]', 1, /roles names "Administrator" twice/],
    ['permissions: [{ role: ReadOnly }]', 1, /permissions\[0\] needs one of the fields user and group/],
    ['permissions: [{ role: king, user: u }]', 1, /permissions\[0\]\.role names no role/],
    ['customizationSpecs: [{ name: s, hostName: me }]', 1, /hostName must be vmName, fixed/],
    ['durations: { linkedClone: fast }', 1, /durations\.linkedClone must be a number/],
    ['limits: { unitsPerHost: 1 }', 1, /unitsPerHost must be a number of at least 8/],
    [`datastores: [{ name: d, capacity: 1 GB, hosts: [nobody] }]`, 1, /hosts names "nobody"/],
  ])('with a mistake is refused: %s', (text, line, problem) => {
    expect(() => parseInventory(text)).toThrow(problem);
    expect(() => parseInventory(text)).toThrow(new RegExp(`^inventory file, line ${line}: `));
  });

  it('says where a permission leads nowhere', () => {
    const text = `users: [{ name: u, password: p }]\npermissions:\n  - user: u\n    role: ReadOnly\n    entity: /Datacenter/vm/nowhere\n`;
    expect(() => new Vcenter(text)).toThrow(
      'inventory file, line 5: permissions[0].entity names "/Datacenter/vm/nowhere", where there is nothing',
    );
  });

  it('may not have more snapshot levels than vSphere allows', () => {
    let snapshots = '';
    for (let level = 0; level < 32; level++) snapshots += `${level === 0 ? '' : ', children: ['}{ name: s${level}`;
    const text = `${AROUND}vms: [{ name: v, snapshots: [${snapshots}${'}]'.repeat(31)} }] }]`;
    expect(() => parseInventory(text)).toThrow('more than 31 levels');
  });
});

describe('the demo inventory', () => {
  it('is valid, and builds three parents with a snapshot each on hosts of their own', () => {
    const vc = new Vcenter(
      readFileSync(new URL('../../../../deploy/simulator/inventory.yaml', import.meta.url), 'utf8'),
    );
    const { vms, snapshots } = vc.describe();
    expect(vms.map((vm) => vm.name)).toEqual(['Tmpl Capture 1.0', 'Tmpl Packaging 1.0', 'Tmpl Verification 1.0']);
    expect(new Set(vms.map((vm) => vm.host)).size).toBe(3);
    expect(vms.map((vm) => vm.power)).toEqual(['poweredOff', 'poweredOff', 'poweredOff']);
    expect(snapshots.map((snapshot) => snapshot.vm)).toEqual(vms.map((vm) => vm.moRef));
  });

  it('repeats in its comments the defaults that the code has', () => {
    const text = readFileSync(new URL('../../../../deploy/simulator/inventory.yaml', import.meta.url), 'utf8');
    expect(parseInventory(text).timing).toEqual(parseInventory('').timing);
  });
});

describe('snapshots of an inventory file', () => {
  it('branch, and each chain leads to the base', () => {
    const vc = new Vcenter(`${AROUND}vms:
  - name: v
    disks: [{ capacity: 5 GB, used: 1 GB }]
    snapshots:
      - name: one
        children:
          - { name: two, written: 1 GB }
          - { name: three, children: [{ name: four }] }
`);
    const vm = vc.named('VirtualMachine', 'v');
    const byName = new Map(vc.describe().snapshots.map((snapshot) => [snapshot.name, snapshot]));
    expect(byName.get('two')?.parent).toBe(byName.get('one')?.moRef);
    expect(byName.get('three')?.parent).toBe(byName.get('one')?.moRef);
    expect(byName.get('four')).toMatchObject({ parent: byName.get('three')?.moRef, current: true });
    expect(vc.vm(vm).disks[0]?.chain).toHaveLength(4);
    expect(vc.vm(vm).committedBytes).toBeGreaterThan(2 * 1024 ** 3);
  });
});
