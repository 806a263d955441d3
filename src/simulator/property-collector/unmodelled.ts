// Properties that a vCenter has and the table of types leaves out, because of what they pull in. A client that asks for
// one gets what it gets for any unset property; a name that no vCenter knows is InvalidProperty.
import { isManagedA } from '../schema/schema.ts';

const UNMODELLED: readonly (readonly [type: string, properties: readonly string[]])[] = [
  ['HostSystem', ['licensableResource', 'systemResources', 'answerFileValidationState', 'answerFileValidationResult']],
];

/** True for a property of `type` that exists in a vCenter but never has a value here. */
export function isUnmodelled(type: string, property: string): boolean {
  return UNMODELLED.some(([base, properties]) => isManagedA(type, base) && properties.includes(property));
}
