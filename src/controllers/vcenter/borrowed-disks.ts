// Which of our machines have a disk of somebody else attached, as far as that was seen: their disks are read when the watch
// says that their configuration changed. It costs no call, so it can be asked before each deletion; whoever is named is
// looked at live before anything follows from it.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { moRefKey } from '../../vsphere/mo-ref.ts';

export class BorrowedDisks {
  readonly #byVm = new Map<string, { readonly ref: MoRef; readonly files: readonly string[] }>();

  /** The files of other folders that the VM has attached now. */
  note(ref: MoRef, files: readonly string[]): void {
    if (files.length === 0) this.#byVm.delete(moRefKey(ref));
    else this.#byVm.set(moRefKey(ref), { ref, files });
  }

  /** VMs that had a file out of `home` (a folder with its slash) attached when they were last looked at. */
  from(home: string): MoRef[] {
    if (home === '') return [];
    return [...this.#byVm.values()]
      .filter(({ files }) => files.some((file) => file.startsWith(home)))
      .map(({ ref }) => ref);
  }
}
