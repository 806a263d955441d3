// Waiting for what an object says for a moment only, which may be shorter than a busy machine takes from one look to the next. A
// watch misses nothing: what was said since it began counts, also where something else is said by now.
import { waitUntil } from '../../../../src/testbed/wait-until.ts';
import type { AnyObject, Lab } from '../../../support/lab.ts';
import { ObjectWatch } from '../../../support/object-watch.ts';

/** The first version of the object since the watch began, that one included, that is as `holds` says. */
type Saw = <T extends AnyObject>(
  plural: string,
  name: string,
  what: string,
  holds: (version: T) => boolean,
) => Promise<T>;

/** Watches while `story` goes on. Namespaced objects are those of "lab". */
export async function watching<R>(lab: Lab, story: (saw: Saw) => Promise<R>): Promise<R> {
  const watch = await ObjectWatch.start(lab.controlPlane.kubeconfig);
  const saw: Saw = <T extends AnyObject>(plural: string, name: string, what: string, holds: (version: T) => boolean) =>
    waitUntil<T | undefined>(`${plural}/${name} to have been seen: ${what}`, () =>
      versionsOf<T>(watch, plural, name).find(holds),
    );
  try {
    return await story(saw);
  } finally {
    watch.close();
  }
}

function versionsOf<T>(watch: ObjectWatch, plural: string, name: string): T[] {
  const namespace = plural === 'vcenters' ? '' : 'lab';
  const versions = watch.versions.filter(
    ({ kind, metadata }) =>
      `${kind.toLowerCase()}s` === plural && metadata.name === name && (metadata.namespace ?? '') === namespace,
  );
  return versions as unknown as T[];
}
