// A VM whose configuration files can't be read while all around it is well: a lock that is stuck, a file that is damaged. It
// is inaccessible, and vCenter returns no configuration of it.
import type { Model } from '../inventory/model-state.ts';
import { VM_INACCESSIBLE, followConnection, showConnection } from '../vm/host-placement.ts';
import type { Condition } from './conditions.ts';

export const vmInaccessible = (model: Model): Condition => ({
  name: VM_INACCESSIBLE,
  type: 'VirtualMachine',
  begin: (object) => showConnection(object, 'inaccessible'),
  end: (object) => followConnection(model, model.vms.of(object)),
});
