// Events about a VM. All of them say whether it is a template.
import type { Model } from '../inventory/model-state.ts';
import type { TaskRun } from '../tasks/task-work.ts';
import { isTemplate } from '../vm/vm.ts';
import type { Vm } from '../vm/vm.ts';

/** By whom, and in which chain of events. */
export type EventCause = Pick<TaskRun, 'user'> & { readonly chainId?: number };

/** Posts an event of a VmEvent type; `message` is its full text. */
export function postVmEvent(
  model: Model,
  vm: Vm,
  type: string,
  cause: EventCause,
  message: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  model.events.post({
    type,
    entity: vm.object,
    user: cause.user,
    message,
    fields: { template: isTemplate(vm), ...fields },
    ...(cause.chainId === undefined ? {} : { chainId: cause.chainId }),
  });
}
