// What a person does at a machine's console and with its Tools, as far as a client asks for it: keys, and the disc that Tools
// are installed from.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { isA } from '../schema/schema.ts';
import type { Device } from '../vm/devices.ts';
import { demandHost, demandPowerState, vmCall } from '../vm/vm-call.ts';
import type { Vm } from '../vm/vm.ts';

export const consoleMethods: MethodTable = {
  VirtualMachine: {
    /** Nobody reads what is typed; the answer is how many keys arrived. */
    PutUsbScanCodes(context, args) {
      running(context);
      return (args['spec'] as { readonly keyEvents: readonly unknown[] }).keyEvents.length;
    },
    MountToolsInstaller: (context) => setMounted(running(context), true),
    UnmountToolsInstaller: (context) => setMounted(running(context), false),
    /** Tools here are current, or they don't run. */
    UpgradeTools_Task(context) {
      const vm = running(context);
      if (vm.object.get('guest.toolsRunningStatus') !== 'guestToolsRunning')
        throw new VimFault(
          'ToolsUnavailable',
          {},
          'Cannot complete operation because VMware Tools is not running in this virtual machine.',
        );
      throw new VimFault('ToolsAlreadyUpgraded', {}, 'VMware Tools is already up to date in this virtual machine.');
    },
  },
};

function running(context: CallContext): Vm {
  const { model, vm } = vmCall(context);
  demandHost(model, vm);
  demandPowerState(vm, 'poweredOn');
  return vm;
}

/** Throws VmConfigFault for a machine without a drive to put the disc in. */
function setMounted(vm: Vm, isMounted: boolean): void {
  const devices = vm.object.get('config.hardware.device') as readonly Device[];
  if (!devices.some((device) => isA(String(device['$type']), 'VirtualCdrom')))
    throw new VimFault('VmConfigFault', {}, 'Unable to install VMware Tools: the virtual machine has no CD/DVD drive.');
  vm.object.set('runtime.toolsInstallerMounted', isMounted);
}
