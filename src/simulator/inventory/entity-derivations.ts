// Properties that are the same for every entity of this vCenter: nothing is wrong, and the caller is an administrator.
// Derived instead of stored, so that they cost nothing until somebody reads them.
import type { Registry } from '../core/registry.ts';

const CONSTANTS: Readonly<Record<string, unknown>> = {
  overallStatus: 'green',
  configStatus: 'green',
  configIssue: Object.freeze([]),
  effectiveRole: Object.freeze([-1]),
  declaredAlarmState: Object.freeze([]),
  triggeredAlarmState: Object.freeze([]),
  alarmActionsEnabled: true,
  tag: Object.freeze([]),
};

/** Declares them; once for a registry. */
export function deriveEntityProperties(registry: Registry): void {
  for (const [property, value] of Object.entries(CONSTANTS))
    registry.derive('ManagedEntity', property, [], () => value);
  for (const type of [
    'Folder',
    'Datacenter',
    'ComputeResource',
    'ResourcePool',
    'HostSystem',
    'Datastore',
    'Network',
  ]) {
    registry.derive(type, 'disabledMethod', [], () => []);
  }
}
