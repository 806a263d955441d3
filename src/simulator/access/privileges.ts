// The privileges that this vCenter knows. An administrator has all of them.
import { privileges } from '../schema/schema-extra.generated.ts';

/** Every privilege id, such as `VirtualMachine.Provisioning.Clone`. */
export const PRIVILEGES: readonly string[] = privileges;

/** Everybody who is logged in has these. */
export const BASIC_PRIVILEGES: readonly string[] = ['System.Anonymous', 'System.View', 'System.Read'];

/** AuthorizationPrivilege of an id. */
export function privilegeData(privId: string): Record<string, unknown> {
  const dot = privId.lastIndexOf('.');
  return { privId, onParent: false, name: privId.slice(dot + 1), privGroupName: privId.slice(0, dot) };
}
