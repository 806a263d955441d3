// The vCenters that the client is held against: one that nobody here wrote, and ours.
import { startSimulator } from '../../../../src/testbed/simulator.ts';
import { startVcsim } from '../../../../src/testbed/vcsim.ts';
import { testRun } from '../../../support/test-run.ts';

export interface Target {
  readonly url: string;
  readonly thumbprint: string;
  readonly username: string;
  readonly password: string;
  stop(): Promise<void>;
}

export interface TargetKind {
  readonly name: string;
  readonly start: () => Promise<Target>;
}

/** Tasks take a moment, so that they can be watched; without the last one, vcsim keeps a source locked while it is cloned. */
const DELAYS = 'CloneVm:300,PowerOn:200,LockHandoff:0';

export const TARGETS: readonly TargetKind[] = [
  {
    name: 'vcsim',
    start: () => startVcsim({ vcsim: testRun().tools.vcsim, args: ['-autostart=false', '-method-delay', DELAYS] }),
  },
  {
    name: 'the simulator',
    start: async () => {
      const simulator = await startSimulator({ flags: { vms: 4, hosts: 3, speed: 10 } });
      const stop = async (): Promise<void> => {
        await simulator.process.stop();
      };
      return { ...simulator, stop };
    },
  },
];
