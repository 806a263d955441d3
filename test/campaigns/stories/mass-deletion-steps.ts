// The steps that the variants of "mass-deletion" share: what was destroyed, the hold, a restart under it, the answer.
import { conditionsOf } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { RuleBroken, step, untilLooked } from './steps.ts';

/** Clones of the set. */
export const MANY = 13;

export async function destroyed(stage: Stage): Promise<number> {
  const ledger = await stage.vcenter.ledger(stage.storyFrom);
  return ledger.filter(({ phase, method }) => phase === 'call' && method === 'Destroy_Task').length;
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

/** Nothing goes meanwhile: over a restart, and with an answer to another question. */
export const HOLDS = step('a restart and a wrong answer change nothing', async (stage) => {
  const before = await destroyed(stage);
  const asked = await idOf(stage);
  await stage.operator.kill();
  await stage.api.annotate('vcenters', 'vc', { 'linkedclone.dev/resume-deletions': 'deletions-1' }, '');
  await stage.operator.settled();
  // its Lease has to end first; then each clone is looked at, more than once
  await untilLooked(stage, 'vcenter', 2);
  await untilLooked(stage, 'linked-clone', 3 * MANY);
  if (!(await isPaused(stage))) throw new RuleBroken('breaker', 'it went on for an id that nobody was asked for');
  const now = await idOf(stage);
  if (now !== asked) throw new RuleBroken('breaker', `it was asked for ${asked}, and after a restart for ${now}`);
  const after = await destroyed(stage);
  if (after > before) throw new RuleBroken('breaker', `${after - before} were destroyed while deletions were paused`);
});

export const RESUME = step('resume with the id', async (stage) => {
  await stage.api.annotate('vcenters', 'vc', { 'linkedclone.dev/resume-deletions': await idOf(stage) }, '');
});
