// What a verdict on a VM was judged by: the live answers, whose age is looked at once more right before the VM is
// destroyed, and the looks at all VMs of the vCenter, which take long and aren't repeated while one verdict is made.
import type { ObjectState } from '../../vsphere/client.ts';
import type { Holders } from './chain-holders.ts';

export class Sight {
  /** Answers of the current round. */
  states: ObjectState[] = [];
  readonly #looks = new Map<string, Promise<Holders>>();

  /** True once all VMs were looked at: the answers may be old by then. */
  get tookLong(): boolean {
    return this.#looks.size > 0;
  }

  /** Who uses these files, `what` for; looked up once. */
  lookAround(what: string, files: ReadonlySet<string>, look: () => Promise<Holders>): Promise<Holders> {
    const key = [what, ...[...files].toSorted()].join('\n');
    const known = this.#looks.get(key) ?? look();
    this.#looks.set(key, known);
    return known;
  }
}
