// The steps that the variants of "mass-deletion" share: what was destroyed, the hold, a restart under it, the answer.
import { conditionsOf } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { byOperator } from '../oracles/oracle.ts';
import { RuleBroken, step, untilLooked } from './steps.ts';

/** Clones of the set. */
export const MANY = 13;

/** How many machines the operator has destroyed since then, or does: what was refused, and what others do, doesn't count. */
export async function destroyed(stage: Stage, since = stage.storyFrom): Promise<number> {
  const ledger = await stage.vcenter.ledger(since);
  const failed = new Set(ledger.flatMap(({ phase, fault, task }) => (phase === 'end' && fault ? [task] : [])));
  const taken = ledger.filter(
    (entry) => entry.phase === 'call' && entry.method === 'Destroy_Task' && byOperator(entry) && entry.task,
  );
  return new Set(taken.flatMap(({ target, task }) => (failed.has(task) ? [] : [target]))).size;
}

export async function isPaused(stage: Stage): Promise<boolean> {
  return conditionsOf(await stage.get('vcenters', 'vc')).some(
    ({ type, status }) => type === 'DeletionsPaused' && status === 'True',
  );
}

/** What an answer must quote. */
async function idOf(stage: Stage): Promise<string> {
  return (await stage.holds()).find(({ type }) => type === 'DeletionsPaused')?.id ?? 'nothing';
}

/**
 * Nothing goes meanwhile: over a restart, and with an answer to another question. What had passed its checks as deletions were
 * paused may still go; once the process has ended and what it sent has arrived, nothing does.
 */
export const HOLDS = step('a restart and a wrong answer change nothing', async (stage) => {
  const asked = await idOf(stage);
  await stage.operator.kill();
  await stage.vcProxy.drained();
  const from = (await stage.vcenter.ledger()).at(-1)?.seq ?? 0;
  await stage.api.annotate('vcenters', 'vc', { 'linkedclone.dev/resume-deletions': 'deletions-1' }, '');
  await stage.operator.settled();
  // its Lease has to end first; then each clone is looked at, more than once
  await untilLooked(stage, 'vcenter', 2);
  await untilLooked(stage, 'linked-clone', 3 * MANY);
  if (!(await isPaused(stage))) throw new RuleBroken('breaker', 'it went on for an id that nobody was asked for');
  const now = await idOf(stage);
  if (now !== asked) throw new RuleBroken('breaker', `it was asked for ${asked}, and after a restart for ${now}`);
  const count = await destroyed(stage, from);
  if (count > 0) throw new RuleBroken('breaker', `${count} were destroyed while deletions were paused`);
});

export const RESUME = step('resume with the id', async (stage) => {
  await stage.api.annotate('vcenters', 'vc', { 'linkedclone.dev/resume-deletions': await idOf(stage) }, '');
});
