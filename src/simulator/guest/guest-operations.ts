// What clients do inside a guest: programs, files, the environment. No guest here has accounts, so every operation ends in the
// refusal that a vCenter gives, the first that applies: the machine isn't on, its Tools don't run, the login is wrong.
import type { MoRef } from '../../vsphere/mo-ref.ts';
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { modelOf } from '../inventory/model-state.ts';
import { demandHost, demandPowerState } from '../vm/vm-call.ts';

const METHODS: Readonly<Record<string, readonly string[]>> = {
  GuestAuthManager: ['ValidateCredentialsInGuest', 'AcquireCredentialsInGuest', 'ReleaseCredentialsInGuest'],
  GuestProcessManager: [
    'ListProcessesInGuest',
    'StartProgramInGuest',
    'TerminateProcessInGuest',
    'ReadEnvironmentVariableInGuest',
  ],
  GuestFileManager: [
    'MakeDirectoryInGuest',
    'DeleteFileInGuest',
    'DeleteDirectoryInGuest',
    'MoveDirectoryInGuest',
    'MoveFileInGuest',
    'CreateTemporaryFileInGuest',
    'CreateTemporaryDirectoryInGuest',
    'ListFilesInGuest',
    'ChangeFileAttributesInGuest',
    'InitiateFileTransferFromGuest',
    'InitiateFileTransferToGuest',
  ],
};

export const guestOperations: MethodTable = Object.fromEntries(
  Object.entries(METHODS).map(([type, methods]) => [type, Object.fromEntries(methods.map((name) => [name, refuse]))]),
);

/** Throws InvalidPowerState, GuestOperationsUnavailable or InvalidGuestLogin. */
function refuse(context: CallContext, args: Readonly<Record<string, unknown>>): never {
  const model = modelOf(context.world);
  const vm = model.vms.of(model.world.registry.must(args['vm'] as MoRef));
  demandHost(model, vm);
  demandPowerState(vm, 'poweredOn');
  if (vm.object.get('guest.toolsRunningStatus') !== 'guestToolsRunning')
    throw new VimFault('GuestOperationsUnavailable', {}, 'The guest operations agent could not be contacted.');
  throw new VimFault(
    'InvalidGuestLogin',
    {},
    'Failed to authenticate with the guest operating system using the supplied credentials.',
  );
}
