// Which object was last seen under each key: one whose finalizer was taken off by hand is gone without a word, and may be there
// again under its name, so what is remembered of it by UID would stay for ever.
import type { ObjectKey } from '../../kube/objects.ts';
import { formatKey } from '../../kube/objects.ts';

export class KnownUids {
  readonly #byKey = new Map<string, string>();

  /** Notes what is under the key now, undefined where nothing is; gives the UID of what was there before and no longer is. */
  note(key: ObjectKey, uid: string | undefined): string | undefined {
    const text = formatKey(key);
    const before = this.#byKey.get(text);
    if (uid === undefined) this.#byKey.delete(text);
    else this.#byKey.set(text, uid);
    return before === uid ? undefined : before;
  }
}
