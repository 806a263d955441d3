// A value together with the type that the schema declares for it, for places where the wire says anyType: a property's
// `int`, `long` or enumeration can't be told from the JavaScript value.

export class TypedValue {
  /** As in FieldDef: `long`, `VirtualMachinePowerState`, `@Task`. */
  readonly type: string;
  readonly list: boolean;
  readonly content: unknown;

  constructor(type: string, list: boolean, content: unknown) {
    this.type = type;
    this.list = list;
    this.content = content;
  }
}
