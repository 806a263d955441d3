// Stories of sets.
import { isGone, setOf, vms } from './ends.ts';
import { applySet, called, gone, remove, scale, setReady } from './steps.ts';
import type { Story } from './story.ts';

export const SET_STORIES: readonly Story[] = [
  {
    name: 'create-set',
    deterministic: true,
    steps: [applySet('web', 3), setReady('web', 3)],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'scale-up',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 1), setReady('web', 1)],
    steps: [scale('web', 3), setReady('web', 3)],
    end: [setOf('web', 3), vms(3)],
  },
  {
    name: 'scale-down',
    deterministic: true,
    folderExists: true,
    before: [applySet('web', 3), setReady('web', 3)],
    steps: [scale('web', 1), setReady('web', 1)],
    end: [setOf('web', 1), vms(1)],
  },
  {
    name: 'up-and-down-while-running',
    deterministic: false,
    before: [applySet('web', 1), setReady('web', 1)],
    steps: [scale('web', 4), called('CloneVM_Task', 3), scale('web', 0), called('Destroy_Task'), scale('web', 2)],
    end: [setOf('web', 2), vms(2)],
  },
  {
    name: 'delete-set-background',
    deterministic: true,
    before: [applySet('web', 2), setReady('web', 2)],
    steps: [remove('linkedclonesets', 'web'), gone('linkedclonesets', 'web')],
    end: [isGone('linkedclonesets', 'web'), vms(0)],
  },
];
