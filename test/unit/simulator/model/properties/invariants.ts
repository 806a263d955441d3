// What must hold of the disk model at any moment. Every check throws an error that says what is wrong.
import { chainOf } from '../../../../../src/simulator/disks/disk-file.ts';
import { usageOf } from '../../../../../src/simulator/disks/usage.ts';
import { cardsOf } from '../../../../../src/simulator/guest/guest-network.ts';
import { modelOf } from '../../../../../src/simulator/inventory/model-state.ts';
import { holdsOf, nameOf } from '../../../../../src/simulator/vm/vm.ts';
import type { Vcenter } from '../harness.ts';

export interface Circumstances {
  /** Only an unregistered VM lets a base go under a chain that comes back later. */
  readonly everUnregistered: boolean;
}

/** All of them. */
export function checkInvariants(vc: Vcenter, { everUnregistered }: Circumstances): void {
  checkSpace(vc);
  checkChains(vc, everUnregistered);
  checkUses(vc);
  checkBackings(vc);
  checkIdentities(vc);
}

/** Bytes of files are the space that is used; no two files have one name. */
function checkSpace(vc: Vcenter): void {
  for (const volume of modelOf(vc.world).volumes.all) {
    const files = [...volume.files];
    same(volume.name, 'used bytes', volume.usedBytes, sum(files.map((file) => file.bytes)));
    demand(volume.freeBytes >= 0, `${volume.name} has ${volume.freeBytes} bytes free`);
    same(volume.name, 'summary.freeSpace', vc.get(volume.ref, 'summary.freeSpace'), volume.freeBytes);
    unique(
      'file',
      files.map((file) => file.path),
    );
  }
}

/** Every chain ends in a base that is there, and nothing is unshared that isn't committed. */
function checkChains(vc: Vcenter, everUnregistered: boolean): void {
  for (const vm of modelOf(vc.world).vms.all) {
    const leaves = holdsOf(vm);
    for (const leaf of leaves) {
      let base = leaf;
      for (const file of chainOf(leaf)) {
        base = file;
        if (file.deleted) demand(everUnregistered, `${nameOf(vm)} lost ${file.file.path}`);
        else demand(file.file.volume.get(file.file.path) === file.file, `${file.file.path} isn't on its datastore`);
      }
      demand(base.parent === undefined, `${leaf.file.path} has no base`);
    }
    const usage = usageOf({
      plain: vm.home.files,
      current: vm.disks.map((disk) => disk.file),
      snapshots: vm.snapshots.all().flatMap((snapshot) => snapshot.disks.map((disk) => disk.file)),
    });
    for (const { committed, unshared, uncommitted } of usage.values())
      demand(unshared <= committed && uncommitted >= 0 && unshared >= 0, `${nameOf(vm)}: ${unshared} of ${committed}`);
  }
}

/** `uses` is what makes files stay or go: recounted from scratch. */
function checkUses(vc: Vcenter): void {
  const uses = new Map<ReturnType<typeof holdsOf>[number], number>();
  for (const vm of modelOf(vc.world).vms.all)
    for (const leaf of holdsOf(vm)) for (const file of chainOf(leaf)) uses.set(file, (uses.get(file) ?? 0) + 1);
  for (const [file, count] of uses) same(file.file.path, 'uses', file.uses, count);
}

/** What clients read says what the model knows. */
function checkBackings(vc: Vcenter): void {
  for (const vm of modelOf(vc.world).vms.all) {
    for (const disk of vm.disks) {
      const names: string[] = [];
      let backing = vm.object.get(`config.hardware.device[${disk.key}].backing`) as
        { fileName: string; parent?: unknown } | undefined;
      for (; backing !== undefined; backing = backing.parent as typeof backing) names.push(backing.fileName);
      same(nameOf(vm), `disk ${disk.key}`, names.join(), [...chainOf(disk.file)].map((file) => file.file.path).join());
    }
  }
}

/** Nobody has what another one has: uuids, MAC addresses, names in a folder, files. */
function checkIdentities(vc: Vcenter): void {
  const vms = [...modelOf(vc.world).vms.all];
  const read = (path: string): readonly string[] => vms.map((vm) => String(vm.object.get(path)).toLowerCase());
  unique('instanceUuid', read('config.instanceUuid'));
  unique('.vmx file', read('config.files.vmPathName'));
  const cards = vms.flatMap(cardsOf);
  const isManual = (card: (typeof cards)[number]): boolean => card['addressType'] === 'manual';
  // Two cards may have one address if clients want that; vCenter's own are nobody else's.
  const chosen = new Set(cards.filter(isManual).map((card) => String(card['macAddress'])));
  const assigned = cards.filter((card) => !isManual(card)).map((card) => String(card['macAddress']));
  unique('MAC address', [...assigned, ...chosen]);
  const folders = read('parent.value');
  unique(
    'name in a folder',
    read('name').map((name, index) => `${folders[index] ?? ''}/${name}`),
  );
}

function demand(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

function same(of: string, what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what} of ${of}: ${String(actual)}, not ${String(expected)}`);
}

function unique(what: string, values: readonly string[]): void {
  const seen = new Set<string>();
  for (const value of values) {
    demand(!seen.has(value), `two have the ${what} ${value}`);
    seen.add(value);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
