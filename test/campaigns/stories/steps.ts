// The steps that stories are made of. Each waits for what it needs with the bound that a disturbed operator has.
import { waitUntil } from '../../../src/testbed/wait-until.ts';
import { readMetrics } from '../harness/evidence.ts';
import type { KnownObject } from '../harness/history.ts';
import type { Stage } from '../harness/stage.ts';
import { conditionsOf, isReady } from '../harness/conditions.ts';
import { STORY_MS } from '../harness/timers.ts';
import { DECIDED_MS } from '../oracles/oracle.ts';
import type { Step } from './story.ts';

type Spec = Readonly<Record<string, unknown>>;

/** A rule of a story that is broken at once, whatever comes later. */
export class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
  readonly oracle: string;
  constructor(oracle: string, message: string) {
    super(message);
    this.oracle = oracle;
  }
}

/** One's own step. */
export function step(label: string, run: (stage: Stage) => Promise<unknown>): Step {
  return { label, run: async (stage) => void (await run(stage)) };
}

/** One that only looks. */
function look(label: string, run: (stage: Stage) => Promise<unknown>): Step {
  return { ...step(label, run), waits: true };
}

export function waitFor(label: string, holds: (stage: Stage) => Promise<boolean>): Step {
  return look(label, (stage) => waitUntil(label, () => holds(stage), { timeoutMs: stage.patienceMs }));
}

export function applySet(name: string, replicas: number, spec: Spec = {}, template: Spec = {}): Step {
  return step(`apply set ${name} with ${replicas}`, (stage) =>
    stage.apply('LinkedCloneSet', name, {
      replicas,
      template: { spec: { baseSnapshotRef: { name: 'gold' }, ...template } },
      ...spec,
    }),
  );
}

export function applyClone(name: string, spec: Spec = {}): Step {
  return step(`apply clone ${name}`, (stage) =>
    stage.apply('LinkedClone', name, { baseSnapshotRef: { name: 'gold' }, ...spec }),
  );
}

export function applyBase(name: string, parent: string, spec: Spec = {}): Step {
  return step(`apply base ${name}`, (stage) => stage.applyBase(name, parent, spec));
}

export function scale(set: string, replicas: number): Step {
  return step(`scale ${set} to ${replicas}`, (stage) => stage.api.scale(set, replicas, stage.namespace));
}

export function patch(plural: string, name: string, change: unknown): Step {
  return step(`patch ${plural}/${name}`, (stage) => stage.api.patch(plural, name, change, stage.namespace));
}

export function remove(
  plural: string,
  name: string,
  propagation: 'Background' | 'Foreground' | 'Orphan' = 'Background',
): Step {
  return step(`delete ${plural}/${name} (${propagation})`, (stage) =>
    stage.api.delete(plural, name, stage.namespace, propagation),
  );
}

export function gone(plural: string, name: string): Step {
  return waitFor(`${plural}/${name} to be gone`, async (stage) => (await stage.get(plural, name)) === undefined);
}

export function stays(plural: string, name: string): Step {
  return look(`${plural}/${name} is still there`, async (stage) => {
    if ((await stage.get(plural, name)) === undefined)
      throw new RuleBroken('broken-chain', `${plural}/${name} is gone, which something depends on`);
  });
}

/** What is held back because nobody knows what became of its machine. */
export function stillThere(plural: string, name: string): Step {
  return look(`${plural}/${name} is still there`, async (stage) => {
    if ((await stage.get(plural, name)) === undefined)
      throw new RuleBroken('leak', `${plural}/${name} is gone, and nobody knows what became of its machine`);
  });
}

/** The set is Ready with so many. */
export function setIsReady(set: KnownObject | undefined, replicas: number): boolean {
  return isReady(set) && set?.status?.['readyReplicas'] === replicas && set.status['replicas'] === replicas;
}

export function setReady(name: string, replicas: number): Step {
  return waitFor(`set ${name} to be Ready with ${replicas}`, async (stage) =>
    setIsReady(await stage.get('linkedclonesets', name), replicas),
  );
}

export function ready(plural: string, name: string): Step {
  return waitFor(`${plural}/${name} to be Ready`, async (stage) => isReady(await stage.get(plural, name)));
}

export function reasonIs(plural: string, name: string, type: string, reason: string): Step {
  return waitFor(`${plural}/${name} to say ${type} ${reason}`, async (stage) =>
    conditionsOf(await stage.get(plural, name)).some((one) => one.type === type && one.reason === reason),
  );
}

/** What was said last is older than anything by which a call that takes something away may be decided. */
export const THAT_IS_OLD = step('that is old', async (stage) => {
  const said = Date.now();
  await waitUntil('that to be old', () => Date.now() - said > DECIDED_MS, { timeoutMs: stage.patienceMs });
});

export function annotate(plural: string, name: string, annotations: Readonly<Record<string, string>>): Step {
  return step(`annotate ${plural}/${name}`, (stage) => stage.api.annotate(plural, name, annotations, stage.namespace));
}

export type Controller = 'vcenter' | 'base-snapshot' | 'linked-clone' | 'linked-clone-set';

/** Undefined while the operator doesn't answer. */
async function reconciles(stage: Stage, controller: Controller | 'any'): Promise<number | undefined> {
  const name = controller === 'any' ? '[^"]*' : controller;
  const series = new RegExp(`^controller_runtime_reconcile_total\\{controller="${name}",[^}]*\\} (\\d+)$`, 'gm');
  const text = await readMetrics(stage);
  if (text === '') return undefined;
  return [...text.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/**
 * Waits until the operator has looked at objects of a kind so many times more, by its own count, started again or not: what
 * it mustn't do it had the occasion for. Or until it's over.
 */
export async function untilLooked(
  stage: Stage,
  controller: Controller | 'any',
  times: number,
  over?: AbortSignal,
): Promise<void> {
  let last = (await reconciles(stage, controller)) ?? 0;
  let seen = 0;
  await waitUntil(
    `the ${controller} controller to look ${times} times`,
    async () => {
      if (over?.aborted === true) return true;
      const now = await reconciles(stage, controller);
      if (now === undefined) return false;
      seen += now < last ? now : now - last;
      last = now;
      return seen >= times;
    },
    { timeoutMs: over === undefined ? stage.patienceMs : STORY_MS, intervalMs: 50 },
  );
}

export function looked(controller: Controller, times: number): Step {
  return look(`the ${controller} controller looks ${times} times`, (stage) => untilLooked(stage, controller, times));
}

/** What an annotation asks for counts only with the object's own UID. */
function annotateWithUid(name: string, annotation: string): Step {
  return step(`annotate ${name} with its UID`, async (stage) => {
    const clone = await stage.get('linkedclones', name);
    await stage.api.annotate('linkedclones', name, { [annotation]: clone?.metadata.uid ?? '' }, stage.namespace);
  });
}

/** The machine of this clone is to stay. */
export function release(name: string): Step {
  return annotateWithUid(name, 'linkedclone.dev/release');
}

/** This clone is to go, though nothing holds the files below it any more. */
export function deleteWithoutBase(name: string): Step {
  return annotateWithUid(name, 'linkedclone.dev/delete-without-base');
}

/** So many scans for orphans begin from now on. */
export function scanned(times: number): Step {
  return look(`${times} scans`, async (stage) => {
    const scans = stage.vcProxy.scans.all;
    const before = scans.length;
    await waitUntil('the scans', () => scans.length >= before + times, { timeoutMs: stage.patienceMs });
  });
}

/** So many calls of a method since the story began, by anybody. */
export function called(method: string, times = 1): Step {
  return waitFor(`${times} calls of ${method}`, async (stage) => {
    const ledger = await stage.vcenter.ledger(stage.storyFrom);
    return ledger.filter((entry) => entry.phase === 'call' && entry.method === method).length >= times;
  });
}

/** Objects that anybody made for the namespace, by kind. */
export async function clonesOf(stage: Stage, set?: string): Promise<KnownObject[]> {
  const clones = await stage.api.list<KnownObject>('linkedclones', stage.namespace);
  return set === undefined
    ? clones
    : clones.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === set) === true);
}
