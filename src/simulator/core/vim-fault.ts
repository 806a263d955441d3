// A vim25 fault as code throws it: the fault type of the table, its fields, and the sentence that goes into faultstring.

export class VimFault extends Error {
  override readonly name = 'VimFault';
  /** Wire name, such as `InvalidPowerState`. */
  readonly fault: string;
  /** The fault's own fields by wire name. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(fault: string, fields: Record<string, unknown> = {}, message: string = fault) {
    super(message);
    this.fault = fault;
    this.fields = fields;
  }

  /** The fault as a data object, as it stands in a task's `error.fault` or a missingSet. */
  toData(): Record<string, unknown> {
    return { $type: this.fault, ...this.fields };
  }

  /** As `LocalizedMethodFault`: what TaskInfo.error and MissingProperty.fault hold. */
  toLocalized(): Record<string, unknown> {
    return { fault: this.toData(), localizedMessage: this.message };
  }
}

/** The object of a reference doesn't exist (any more). */
export function managedObjectNotFound(ref: { readonly type: string; readonly value: string }): VimFault {
  return new VimFault(
    'ManagedObjectNotFound',
    { obj: { type: ref.type, value: ref.value } },
    `The object 'vim.${ref.type}:${ref.value}' has already been deleted or has not been completely created`,
  );
}
