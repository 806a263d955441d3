// CustomizationSpecManager, and the customization of a VM that exists.
import type { CallContext, MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import type { MoRef } from '../../vsphere/mo-ref.ts';
import { cardsOf } from '../guest/guest-network.ts';
import { modelOf } from '../inventory/model-state.ts';
import type { Model } from '../inventory/model-state.ts';
import { demandHost, demandPowerState, exclusive, notSupported, vmCall } from '../vm/vm-call.ts';
import { isTemplate, nameOf } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';
import type { SpecItem } from './customization-specs.ts';
import type { PendingCustomization } from './pending-customization.ts';
import { planCustomization } from './plan-customization.ts';
import { scheduleCustomization } from './run-customization.ts';

type Args = Readonly<Record<string, unknown>>;

export const customizationMethods: MethodTable = {
  CustomizationSpecManager: {
    DoesCustomizationSpecExist: (context, args) => modelOf(context.world).specs.has(String(args['name'])),
    GetCustomizationSpec: (context, args) => modelOf(context.world).specs.get(String(args['name'])),
    CreateCustomizationSpec: (context, args) => modelOf(context.world).specs.create(args['item'] as SpecItem),
    OverwriteCustomizationSpec: (context, args) => modelOf(context.world).specs.overwrite(args['item'] as SpecItem),
    DeleteCustomizationSpec: (context, args) => modelOf(context.world).specs.delete(String(args['name'])),
    DuplicateCustomizationSpec(context, args) {
      copySpec(context, args, String(args['newName']));
    },
    RenameCustomizationSpec(context, args) {
      copySpec(context, args, String(args['newName']));
      modelOf(context.world).specs.delete(String(args['name']));
    },
  },
  VirtualMachine: {
    CustomizeVM_Task: customizeTask,
    CheckCustomizationSpec(context, args) {
      const { model, vm } = vmCall(context);
      plan(model, vm, args);
    },
  },
};

function copySpec(context: CallContext, args: Args, newName: string): void {
  const { specs } = modelOf(context.world);
  const item = specs.get(String(args['name']));
  specs.create({ ...item, info: { ...item.info, name: newName } });
}

function plan(model: Model, vm: Vm, args: Args): PendingCustomization {
  const target = {
    vmName: nameOf(vm),
    guestId: String(vm.object.get('config.guestId')),
    macs: cardsOf(vm).map((card) => String(card['macAddress'])),
  };
  return planCustomization(model.specs, args['spec'] as Args, target);
}

function customizeTask(context: CallContext, args: Args): MoRef {
  const { model, vm, origin } = vmCall(context);
  if (isTemplate(vm)) throw notSupported('a template is not customized');
  const customization = plan(model, vm, args);
  return model.tasks.start(
    {
      kind: 'customize',
      entity: vm.object,
      locks: exclusive(vm),
      begin() {
        demandHost(model, vm);
        demandPowerState(vm, 'poweredOff');
        if (vm.customization !== undefined)
          throw new VimFault('CustomizationPending', {}, 'A customization operation is already pending.');
      },
      finish: () => scheduleCustomization(vm, customization),
    },
    origin,
  );
}
