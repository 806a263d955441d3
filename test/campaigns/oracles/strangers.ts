// Part of oracle 1: a machine whose identity somebody changed isn't ours any more, and nothing of it is changed, though the
// operator made it. That is judged from the moment on at which the operator had to know.
import type { Oracle } from './oracle.ts';

/** What takes something away from a machine. */
const TAKES_AWAY = new Set(['Destroy_Task', 'UnregisterVM', 'PowerOffVM_Task']);

export const strangersUntouched: Oracle = {
  name: 'not-ours',
  rule: 'nothing of a machine is changed while it carries another identity or the mark of another',
  check({ strangers, witnessed }) {
    return strangers.flatMap(({ moRef, unmarked, from, to }) =>
      witnessed
        .filter(({ target, at }) => target === moRef && at >= from && at < to)
        // a source of clones isn't changed by them
        .filter(({ method }) => (unmarked ? TAKES_AWAY.has(method) : method !== 'CloneVM_Task'))
        .map(({ method, at }) => `${method} ${moRef}, ${at - from} ms after it had to be known as somebody else's`),
    );
  },
};
