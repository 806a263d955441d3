// What must hold at the end of a story, as a client of the API server and a look into the simulator's inventory tell it.
import type { KnownObject } from '../harness/history.ts';
import { conditionsOf, isReady } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { clonesOf, setIsReady } from './steps.ts';
import type { Expectation } from './story.ts';

function says(object: KnownObject | undefined): string {
  if (object === undefined) return 'not there';
  return conditionsOf(object)
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`)
    .join(', ');
}

/** The set is Ready with exactly so many clones of its own. */
export function setOf(name: string, replicas: number): Expectation {
  return async (stage) => {
    const set = await stage.get('linkedclonesets', name);
    if (!setIsReady(set, replicas)) return `set ${name} isn't Ready with ${replicas}: ${says(set)}`;
    const clones = await clonesOf(stage, name);
    return clones.length === replicas ? undefined : `set ${name} has ${clones.length} clones`;
  };
}

export function isThere(plural: string, name: string): Expectation {
  return async (stage) => {
    const object = await stage.get(plural, name);
    return isReady(object) ? undefined : `${plural}/${name} isn't Ready: ${says(object)}`;
  };
}

export function isGone(plural: string, name: string): Expectation {
  return async (stage) => {
    const object = await stage.get(plural, name);
    return object === undefined ? undefined : `${plural}/${name} is still there: ${says(object)}`;
  };
}

export function reports(plural: string, name: string, type: string, reason: string): Expectation {
  return async (stage) => {
    const object = await stage.get(plural, name);
    const found = conditionsOf(object).some((one) => one.type === type && one.reason === reason);
    return found ? undefined : `${plural}/${name} doesn't say ${type} ${reason}: ${says(object)}`;
  };
}

/** Exactly these clones are there, whoever owns them. */
export function clonesAre(names: readonly string[]): Expectation {
  return async (stage) => {
    const found = (await clonesOf(stage)).map(({ metadata }) => metadata.name).toSorted();
    return JSON.stringify(found) === JSON.stringify(names) ? undefined : `there are clones ${found.join(', ')}`;
  };
}

/** So many snapshots have the name, in the whole vCenter. */
export function snapshotsNamed(name: string, count: number): Expectation {
  return async (stage) => {
    const found = (await stage.vcenter.inventory()).snapshots.filter((one) => one.name === name).length;
    return found === count ? undefined : `there are ${found} snapshots "${name}", not ${count}`;
  };
}

interface OwnMarker {
  readonly namespace?: string;
  readonly cluster?: string;
  readonly instanceUuid?: string;
  readonly state?: string;
}

/** So many VMs of the story's namespace that are still ours, and so many that were let go. */
export function vms(owned: number, letGo = 0): Expectation {
  return async (stage) => {
    const ours = (await stage.vcenter.inventory()).vms.filter((one) => {
      const marker = one.marker as OwnMarker | null | undefined;
      return (
        marker?.namespace === stage.namespace &&
        marker.cluster === stage.cluster.id &&
        marker.instanceUuid === one.instanceUuid
      );
    });
    const free = ours.filter((one) => (one.marker as OwnMarker).state !== undefined).length;
    if (ours.length - free === owned && free === letGo) return undefined;
    return `there are ${ours.length - free} VMs of ours and ${free} that were let go, not ${owned} and ${letGo}`;
  };
}

/** The clone that no story touches is as it was. */
export async function keeperIsWell(stage: Stage): Promise<string | undefined> {
  const keeper = await stage.get('linkedclones', 'keeper', stage.keepNamespace);
  return isReady(keeper) && keeper?.metadata.uid === stage.keeper?.metadata.uid
    ? undefined
    : `the keeper isn't Ready: ${says(keeper)}`;
}
