// One more of what only looks like ours: a copy of a clone of the story itself, that another client made, with the clone's
// marker. It's a full copy, which stands on no disk of the clone's, so it holds no deletion and must outlive the clone.
import { describeDecoys } from '../harness/decoys.ts';
import type { Stage } from '../harness/stage.ts';
import { vm } from '../../support/second-client.ts';
import { step } from './steps.ts';
import type { Step } from './story.ts';

const NAME = 'copy-of-theirs';

async function copyOne(stage: Stage, wanted?: string): Promise<void> {
  const machines = (await stage.vmsOfStory()).toSorted((a, b) => a.name.localeCompare(b.name));
  // the last is the first to go when there are to be fewer
  const source = wanted === undefined ? machines.at(-1) : machines.find(({ name }) => name === wanted);
  if (source === undefined) throw new Error('the story has no such clone yet');
  await stage.other.run(vm(source.moRef), 'CloneVM_Task', {
    folder: await stage.other.at('DC0/vm/Elsewhere'),
    name: NAME,
    spec: { location: {}, powerOn: false, template: false },
  });
  const inventory = await stage.vcenter.inventory();
  const copies = inventory.vms.filter(({ name }) => name === NAME);
  if (copies.some(({ disks }) => disks.some(({ chain }) => chain.length !== 1))) throw new Error('it is no full copy');
  const known = new Map(copies.map(({ instanceUuid, name }) => [instanceUuid, name]));
  const described = describeDecoys(inventory, stage.decoysMove, known);
  for (const uuid of known.keys()) stage.decoys.set(uuid, described.get(uuid) ?? '');
}

/** All clones of the story are Ready: the machine of this name is copied, or the last one. */
export function copied(name?: string): Step {
  return step('somebody copies a clone, marker and all', (stage) => copyOne(stage, name));
}

export const COPIED = copied();
