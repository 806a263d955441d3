// Stories in which a machine that the operator made becomes somebody else's: another instanceUuid or another mark is written
// into it. Whatever the object asks for then, nothing of the machine is changed.
import type { MoRef } from '../../../src/vsphere/mo-ref.ts';
import { vm } from '../../support/second-client.ts';
import type { Stage } from '../harness/stage.ts';
import { estrange } from '../harness/strangers.ts';
import { reports } from './ends.ts';
import { applyClone, looked, patch, ready, reasonIs, remove, step } from './steps.ts';
import type { Expectation, Step, Story } from './story.ts';

export const OWNER_KEY = 'linkedclone.dev/owner';
export const ANOTHER_UUID = '52aaaaaa-0000-4000-8000-00000000000a';

async function refOf(stage: Stage, name: string): Promise<MoRef> {
  const clone = await stage.get('linkedclones', name);
  return vm((clone?.status?.['vm'] as { readonly moRef?: string } | undefined)?.moRef ?? '');
}

/** As an object of another cluster would be marked that has the machine now. */
export function markOfAnother({ namespace }: Stage, instanceUuid: string): string {
  return JSON.stringify({ cluster: ANOTHER_UUID, namespace, name: 'another', uid: ANOTHER_UUID, instanceUuid });
}

type Change = (stage: Stage, ref: MoRef) => Promise<Readonly<Record<string, unknown>>>;

const CHANGES: Readonly<Record<'instanceUuid' | 'mark', Change>> = {
  instanceUuid: () => Promise.resolve({ instanceUuid: ANOTHER_UUID }),
  mark: async (stage, ref) => {
    const instanceUuid = String(await stage.other.property(ref, 'config.instanceUuid'));
    return { extraConfig: [{ $type: 'OptionValue', key: OWNER_KEY, value: markOfAnother(stage, instanceUuid) }] };
  },
};

/** The machine of clone "one"; and the operator has heard of it when this is over. */
export function becomesAnothers(what: keyof typeof CHANGES): readonly Step[] {
  return [
    step(`the ${what} of another`, async (stage) => {
      const ref = await refOf(stage, 'one');
      await stage.other.run(ref, 'ReconfigVM_Task', { spec: await CHANGES[what](stage, ref) });
    }),
    looked('linked-clone', 3),
    step('which is known', async (stage) => estrange(stage, (await refOf(stage, 'one')).value)),
  ];
}

const POWER_OFF = step('it is powered off', async (stage) =>
  stage.other.run(await refOf(stage, 'one'), 'PowerOffVM_Task'),
);
const WANTS_MORE = [
  patch('linkedclones', 'one', { spec: { notes: 'other notes', hardware: { cpus: 2, memoryMiB: 128 } } }),
  POWER_OFF,
  looked('linked-clone', 4),
];
const ONE = [applyClone('one', { notes: 'notes' }), ready('linkedclones', 'one')];
const RETAINED = [applyClone('one', { deletionPolicy: 'Retain' }), ready('linkedclones', 'one')];

const stillHeld: Expectation = async (stage) =>
  (await stage.get('linkedclones', 'one')) === undefined ? 'one is gone' : undefined;

export const IDENTITY_STORIES: readonly Story[] = [
  {
    name: 'identity-changed-while-used',
    deterministic: true,
    mayHold: ['one'],
    before: [...ONE, ...becomesAnothers('instanceUuid')],
    steps: [...WANTS_MORE, reasonIs('linkedclones', 'one', 'Ready', 'Ambiguous')],
    end: [reports('linkedclones', 'one', 'Ready', 'Ambiguous')],
  },
  {
    name: 'mark-changed-while-used',
    deterministic: true,
    mayHold: ['one'],
    before: [...ONE, ...becomesAnothers('mark')],
    steps: [...WANTS_MORE, reasonIs('linkedclones', 'one', 'Ready', 'NotOurs')],
    end: [reports('linkedclones', 'one', 'Ready', 'NotOurs')],
  },
  {
    name: 'identity-changed-and-retained',
    deterministic: true,
    mayHold: ['one'],
    before: [...RETAINED, ...becomesAnothers('instanceUuid')],
    steps: [remove('linkedclones', 'one'), looked('linked-clone', 3)],
    end: [reports('linkedclones', 'one', 'DeletionBlocked', 'NotOurs'), stillHeld],
  },
];
