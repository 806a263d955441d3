// VirtualMachineRuntimeInfo: where a VM is and whether it runs.
import type { MoRef } from '../../vsphere/mo-ref.ts';

/** The property `runtime` of a VM that is off. */
export function runtimeInfo(host: MoRef, connectionState: string): Record<string, unknown> {
  return {
    host,
    connectionState,
    powerState: 'poweredOff',
    faultToleranceState: 'notConfigured',
    toolsInstallerMounted: false,
    suspendInterval: 0,
    memoryOverhead: 37_748_736,
    maxCpuUsage: 2600,
    numMksConnections: 0,
    recordReplayState: 'inactive',
    cleanPowerOff: true,
    onlineStandby: false,
    consolidationNeeded: false,
    paused: false,
    snapshotInBackground: false,
    quiescedForkParent: false,
    instantCloneFrozen: false,
    suspendedToMemory: false,
  };
}
