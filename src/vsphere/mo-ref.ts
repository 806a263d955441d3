// A managed object reference: how vCenter names an object within one vCenter ("VirtualMachine:vm-42").

export interface MoRef {
  readonly type: string;
  readonly value: string;
}

/** `type:value`, unique within one vCenter: a key for maps and for messages. */
export function moRefKey(ref: MoRef): string {
  return `${ref.type}:${ref.value}`;
}

export function isMoRef(value: unknown): value is MoRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as MoRef).type === 'string' &&
    typeof (value as MoRef).value === 'string'
  );
}
