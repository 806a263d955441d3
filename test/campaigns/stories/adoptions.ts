// A story in which clones want machines that they may not have: one of another clone, a full copy, one with a disk of
// somebody's, one of another cluster. Each is refused and says why, nothing is done to the machines, also when the refused
// objects are deleted; one that may be taken over, beside them, is.
import { attachDisk } from '../../support/attached-disk.ts';
import { conditionsOf } from '../harness/conditions.ts';
import type { Stage } from '../harness/stage.ts';
import { addDecoys, machineOfStory, makeByHand, markElsewhere } from './by-hand.ts';
import { clonesAre, isGone, isThere, vms } from './ends.ts';
import { applyClone, gone, looked, ready, remove, step, waitFor } from './steps.ts';
import type { Step, Story } from './story.ts';

/** Objects that want a machine that they may not have: its name, and what the refusal says. */
const REFUSED = {
  'wants-ours': { machine: 'one', says: 'belongs to another LinkedClone' },
  'wants-full': { machine: 'full', says: "isn't a linked clone of this base" },
  'wants-laden': { machine: 'laden', says: "has disks that aren't its own" },
  'wants-theirs': { machine: 'theirs', says: 'was made by another cluster' },
} as const;
type Refused = keyof typeof REFUSED;
const NAMES = Object.keys(REFUSED) as readonly Refused[];

/** Somebody's machine, a disk of which is attached to another one. */
const LENDER = 'web-50';

async function makeMachines(stage: Stage): Promise<void> {
  const full = await makeByHand(stage, 'full', { linked: false });
  const laden = await makeByHand(stage, 'laden');
  const theirs = await makeByHand(stage, 'theirs');
  await makeByHand(stage, 'right');
  const lender = (await stage.vcenter.inventory()).vms.find(({ name }) => name === LENDER);
  await attachDisk(stage.other, laden.moRef, lender?.disks[0]?.chain[0]?.file);
  await markElsewhere(stage, theirs);
  await addDecoys(
    stage,
    [full, laden, theirs].map(({ instanceUuid }) => instanceUuid),
  );
}

/** A LinkedClone that wants the machine of that name. */
export function adopt(name: string, machine: string): Step {
  return step(`${name} wants the machine "${machine}"`, async (stage) => {
    const { instanceUuid = '' } = (await machineOfStory(stage, machine)) ?? {};
    await stage.apply('LinkedClone', name, { baseSnapshotRef: { name: 'gold' }, adopt: { instanceUuid } });
  });
}

function isRefused(name: Refused): Step {
  const { says } = REFUSED[name];
  return waitFor(`${name} to be refused: ${says}`, async (stage) => {
    const clone = await stage.get('linkedclones', name);
    if (clone?.status?.['vm'] !== undefined) return false;
    return conditionsOf(clone).some(
      ({ type, reason, message }) => type === 'Ready' && reason === 'AdoptRefused' && message.includes(says),
    );
  });
}

export const ADOPTION_STORIES: readonly Story[] = [
  {
    name: 'wrong-adoptions',
    deterministic: true,
    before: [applyClone('one'), ready('linkedclones', 'one'), step('machines made by hand', makeMachines)],
    steps: [
      ...NAMES.map((name) => adopt(name, REFUSED[name].machine)),
      adopt('right', 'right'),
      ...NAMES.map(isRefused),
      ready('linkedclones', 'right'),
      looked('linked-clone', 6),
      ...NAMES.map(isRefused),
      ...NAMES.map((name) => remove('linkedclones', name)),
      ...NAMES.map((name) => gone('linkedclones', name)),
    ],
    end: [
      ...NAMES.map((name) => isGone('linkedclones', name)),
      isThere('linkedclones', 'one'),
      isThere('linkedclones', 'right'),
      clonesAre(['one', 'right']),
      vms(2),
    ],
  },
];
