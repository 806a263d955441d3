// Virtual machines for expectations: made by a full clone of one that both inventories have, so that nobody disturbs
// anybody; and the disks, chains and figures of a machine.
import type { Element, Ref } from './element.ts';
import { POWERED_OFF } from './target.ts';
import type { Target } from './target.ts';
import { el, ref } from './wire.ts';

export const CHILD = 'createNewChildDiskBacking';

export interface CloneWish {
  readonly name?: string;
  readonly folder?: Ref;
  readonly location?: string;
  readonly template?: boolean;
  readonly config?: string;
  readonly customization?: string;
  readonly powerOn?: boolean;
  readonly snapshot?: Ref;
}

/** Arguments of CloneVM_Task. */
export async function cloneArgs(target: Target, wish: CloneWish = {}): Promise<string> {
  const folder = wish.folder ?? (await target.path('/DC0/vm'));
  const spec = [
    el('location', wish.location ?? ''),
    el('template', wish.template ?? false),
    wish.config === undefined ? '' : el('config', wish.config),
    wish.customization ?? '',
    el('powerOn', wish.powerOn ?? false),
    ref('snapshot', wish.snapshot),
  ];
  return ref('folder', folder) + el('name', wish.name ?? target.name('clone')) + el('spec', spec.join(''));
}

/** Clones and returns the clone. */
export async function clone(target: Target, source: Ref, wish: CloneWish = {}): Promise<Ref> {
  const made = await target.done('CloneVM_Task', source, await cloneArgs(target, wish));
  if (made === undefined) throw new Error('a clone without a result');
  return made.ref;
}

/** A machine of one's own, powered off, without snapshots. */
export async function machine(target: Target, wish: CloneWish = {}): Promise<Ref> {
  return clone(target, await target.path(POWERED_OFF), wish);
}

/** Takes a snapshot without memory; the snapshot. */
export async function snapshot(target: Target, vm: Ref, name = 'base', memory = false): Promise<Ref> {
  const args = el('name', name) + el('description', `about ${name}`) + el('memory', memory) + el('quiesce', false);
  const made = await target.done('CreateSnapshot_Task', vm, args);
  if (made === undefined) throw new Error('no snapshot');
  return made.ref;
}

/** A linked clone of a snapshot. */
export function linked(target: Target, parent: Ref, from: Ref, wish: CloneWish = {}): Promise<Ref> {
  return clone(target, parent, { location: el('diskMoveType', CHILD), snapshot: from, ...wish });
}

export interface Family {
  readonly parent: Ref;
  readonly snapshot: Ref;
  readonly child: Ref;
}

/** A machine with a snapshot and a linked clone of it. */
export async function family(target: Target): Promise<Family> {
  const parent = await machine(target);
  const from = await snapshot(target, parent);
  return { parent, snapshot: from, child: await linked(target, parent, from) };
}

/** The disks of a machine, or of the configuration that a snapshot keeps. */
export async function disks(target: Target, of: Ref): Promise<readonly Element[]> {
  const devices = await target.value(of, 'config.hardware.device');
  return (devices?.children ?? []).filter((device) => device.xsiType === 'VirtualDisk');
}

/** Its first disk. */
export async function disk(target: Target, vm: Ref): Promise<Element> {
  const [first] = await disks(target, vm);
  if (first === undefined) throw new Error('no disk');
  return first;
}

/** File names from the file that is written to down to the base, of the first disk. */
export async function chain(target: Target, vm: Ref): Promise<readonly string[]> {
  const files: string[] = [];
  for (let at = (await disk(target, vm)).get('backing'); at !== undefined; at = at.get('parent'))
    files.push(at.at('fileName') ?? '');
  return files;
}

export interface Usage {
  readonly committed: number;
  readonly uncommitted: number;
  readonly unshared: number;
}

/** storage.perDatastoreUsage after a refresh, summed up. */
export async function usage(target: Target, vm: Ref): Promise<Usage> {
  await target.must('RefreshStorageInfo', vm);
  const all = (await target.value(vm, 'storage.perDatastoreUsage'))?.children ?? [];
  const sum = (field: string): number => all.reduce((total, each) => total + each.number(field), 0);
  return { committed: sum('committed'), uncommitted: sum('uncommitted'), unshared: sum('unshared') };
}

/** layoutEx after a refresh. */
export async function layout(target: Target, vm: Ref): Promise<Element> {
  await target.must('RefreshStorageInfo', vm);
  const found = await target.value(vm, 'layoutEx');
  if (found === undefined) throw new Error('no layoutEx');
  return found;
}

/** Free bytes of the datastore that both inventories have. */
export async function freeSpace(target: Target): Promise<number> {
  const datastore = await target.path('/DC0/datastore/LocalDS_0');
  return Number(await target.text(datastore, 'summary.freeSpace'));
}

/** ReconfigVM_Task. */
export function reconfigure(target: Target, vm: Ref, spec: string): Promise<Element | undefined> {
  return target.done('ReconfigVM_Task', vm, el('spec', spec));
}

/** Without a searchSpec vcsim's process ends. */
export const ALL_FILES = el('searchSpec', el('matchPattern', '*'));

/** Names of the files in a folder of the datastore, such as `clone-1`. */
export async function filesIn(target: Target, folder: string): Promise<readonly string[]> {
  const datastore = await target.path('/DC0/datastore/LocalDS_0');
  const browser = (await target.value(datastore, 'browser'))?.ref;
  if (browser === undefined) throw new Error('no browser');
  const found = await target.done(
    'SearchDatastore_Task',
    browser,
    el('datastorePath', `[LocalDS_0] ${folder}`) + ALL_FILES,
  );
  return (found?.all('file') ?? []).map((file) => file.at('path') ?? '');
}
