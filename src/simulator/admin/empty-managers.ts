// Managers of which a vCenter has plenty and this one nothing: there are no alarms and no extensions to be found.
import type { MethodTable } from '../core/call-context.ts';
import type { Registry } from '../core/registry.ts';

export const emptyManagers: MethodTable = {
  AlarmManager: { GetAlarm: () => [], GetAlarmState: () => [] },
  ExtensionManager: { FindExtension: () => undefined },
};

/** Once for a registry. */
export function describeEmptyManagers(registry: Registry): void {
  registry.derive('ExtensionManager', 'extensionList', [], () => []);
}
