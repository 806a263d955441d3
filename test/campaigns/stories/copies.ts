// Stories in which somebody's machines stand in the way of a deletion.
import { vm } from '../../support/second-client.ts';
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import type { Stage } from '../harness/stage.ts';
import { isGone, vms } from './ends.ts';
import { becomesAnothers } from './identity.ts';
import { applyClone, gone, ready, reasonIs, remove, step } from './steps.ts';
import type { Story } from './story.ts';

const ONE = [applyClone('one'), ready('linkedclones', 'one')];

async function refOf(stage: Stage, name: string): Promise<MoRef> {
  const clone = await stage.get('linkedclones', name);
  return vm((clone?.status?.['vm'] as { readonly moRef?: string } | undefined)?.moRef ?? '');
}

async function copy(stage: Stage, name: string): Promise<void> {
  const ref = await refOf(stage, name);
  const folder = await stage.other.property(ref, 'parent');
  await stage.other.run(ref, 'CloneVM_Task', {
    folder,
    name: 'a-copy',
    spec: { location: {}, powerOn: false, template: false },
  });
}

export const COPY_STORIES: readonly Story[] = [
  {
    name: 'copied-clone-deleted',
    deterministic: true,
    before: [...ONE, step('somebody copies it, marker and all', (stage) => copy(stage, 'one'))],
    steps: [remove('linkedclones', 'one'), gone('linkedclones', 'one')],
    end: [isGone('linkedclones', 'one'), vms(0)],
  },
  {
    name: 'identity-changed',
    deterministic: true,
    mayHold: ['one'],
    // somebody wrote another uuid into it: nobody knows any more that it is ours
    before: [...ONE, ...becomesAnothers('instanceUuid')],
    steps: [remove('linkedclones', 'one'), reasonIs('linkedclones', 'one', 'DeletionBlocked', 'NotOurs')],
    end: [async (stage) => ((await stage.get('linkedclones', 'one')) === undefined ? 'one is gone' : undefined)],
  },
];
