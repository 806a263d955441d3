// What a clone leaves in the event log: started, done or failed. From a template it is called a deployment.
import type { VimFault } from '../../core/vim-fault.ts';
import { entityArgument } from '../../events/event-arguments.ts';
import { postVmEvent } from '../../events/vm-events.ts';
import type { Model } from '../../inventory/model-state.ts';
import type { TaskRun } from '../../tasks/task-work.ts';
import { hostOf } from '../vm-call.ts';
import { isTemplate, nameOf } from '../vm.ts';
import type { Vm } from '../vm.ts';
import type { CloneArguments } from './clone-arguments.ts';

export function postCloneStarted(model: Model, source: Vm, args: CloneArguments, run: TaskRun): void {
  const message = `Cloning ${nameOf(source)} on host ${String(args.sourceHost.get('name'))} to ${args.name} on host ${String(args.host.get('name'))}`;
  postVmEvent(model, source, 'VmBeingClonedEvent', run, message, destination(args));
}

export function postCloned(model: Model, source: Vm, clone: Vm, run: TaskRun): void {
  const on = String(hostOf(model, clone).get('name'));
  const argument = { name: nameOf(source), vm: source.object.ref };
  if (isTemplate(source))
    postVmEvent(
      model,
      clone,
      'VmDeployedEvent',
      run,
      `Template ${nameOf(source)} deployed as ${nameOf(clone)} on ${on}`,
      { srcTemplate: argument },
    );
  else
    postVmEvent(model, clone, 'VmClonedEvent', run, `${nameOf(source)} cloned to ${nameOf(clone)} on ${on}`, {
      sourceVm: argument,
    });
}

export function postCloneFailed(model: Model, source: Vm, args: CloneArguments, fault: VimFault, run: TaskRun): void {
  const message = `Failed to clone ${nameOf(source)} to ${args.name}: ${fault.message}`;
  postVmEvent(model, source, 'VmCloneFailedEvent', run, message, { ...destination(args), reason: fault.toLocalized() });
}

function destination(args: CloneArguments): Record<string, unknown> {
  return { destFolder: entityArgument(args.folder), destName: args.name, destHost: entityArgument(args.host) };
}
