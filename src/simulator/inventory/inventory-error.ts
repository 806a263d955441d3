// A mistake in an inventory file, as the person who wrote it can find it: line and field in one sentence.

export class InventoryError extends Error {
  override readonly name = 'InventoryError';
  /** From 1. */
  readonly line: number;
  /** `vms[0].disks[1].capacity`; '' for the file as a whole. */
  readonly field: string;

  constructor(line: number, field: string, problem: string) {
    super(`inventory file, line ${line}: ${field === '' ? '' : `${field} `}${problem}`);
    this.line = line;
    this.field = field;
  }
}
