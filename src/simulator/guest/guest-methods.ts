// What is asked of a running VM besides power: the answer to its question.
import type { MethodTable } from '../core/call-context.ts';
import { VimFault } from '../core/vim-fault.ts';
import { demandHost, invalidArgument, vmCall } from '../vm/vm-call.ts';
import { CANCEL, RETRY, retryWrite } from './guest-writes.ts';
import { powerOffNow } from './power-state.ts';

export const guestMethods: MethodTable = {
  VirtualMachine: {
    AnswerVM(context, args) {
      const { model, vm } = vmCall(context);
      demandHost(model, vm);
      const { stalled } = vm.guest;
      if (stalled === undefined)
        throw new VimFault('InvalidState', {}, 'The virtual machine does not wait for an answer.');
      if (args['questionId'] !== stalled.questionId) throw invalidArgument('questionId');
      if (args['answerChoice'] === RETRY) retryWrite(model, vm);
      else if (args['answerChoice'] === CANCEL) powerOffNow(model, vm, context);
      else throw invalidArgument('answerChoice');
    },
  },
};
