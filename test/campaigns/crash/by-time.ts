// The operator is killed before and after what it writes by time, and loses the reply to that: to its Lease as it takes, renews
// and gives it back, and about its claim on the vCenter as it defines the field, fills it in, renews the claim and gives it up.
// The first of them come as it starts, before any story begins.
import type { Plan, PlannedFault } from '../harness/plan.ts';
import { keys, someNumber } from '../harness/plan-rules.ts';
import type { Trouble } from '../harness/run-plan.ts';
import type { WriteAct } from '../harness/write-tap.ts';

type Write = Omit<PlannedFault, 'act'>;

function claims(numbers: readonly number[], more: Partial<Write> = {}): Write[] {
  return numbers.map((nth) => ({ side: 'claim', nth, ...more }));
}

function leases(numbers: readonly number[], more: Partial<Write> = {}): Write[] {
  return numbers.map((nth) => ({ side: 'lease', nth, ...more }));
}

interface Broken {
  readonly story: string;
  readonly writes: readonly Write[];
  /** Seconds between renewals of the claim, where some are to come while the story lasts. */
  readonly claimRenew?: number;
}

const BROKEN: readonly Broken[] = [
  // the field is defined, filled in and looked at once more; the Lease is made, and renewed as the story begins and goes on
  { story: 'create-set', writes: [...claims([1, 2, 3]), ...leases([1, 2, 3, 10, 16])] },
  { story: 'scale-down', writes: claims([4, 5, 6]), claimRenew: 0.4 },
  // besides, one process gives both back, and the next one takes them and looks at its claim once more
  {
    story: 'operator-upgrade',
    writes: [
      ...claims([1, 2, 3, 4, 5, 6]),
      ...leases([1], { of: 'Lease given back' }),
      ...leases([2], { of: 'Lease taken' }),
    ],
  },
  // two fields, two Leases: the first process is started again with other flags, the second comes beside it
  {
    story: 'two-installs',
    writes: [...claims([4, 5, 6]), ...claims([1, 2, 3], { install: 2 }), ...leases([1, 2, 3], { install: 2 })],
  },
];

/** What such a plan may say besides: seconds between renewals. */
export const BY_TIME = keys({ claimRenew: someNumber });

/** In one mode of DuplicateName each: nothing of this is about names. */
export function writesByTime(acts: readonly WriteAct[], seed: number): Plan[] {
  return BROKEN.flatMap(({ story, writes, claimRenew }) =>
    writes.flatMap((write, i) =>
      acts.map((act) => ({
        ...{ story, duplicateName: i % 2 === 0 ? ('start' as const) : ('end' as const), seed },
        faults: [{ ...write, act }],
        ...(claimRenew === undefined ? {} : { more: { claimRenew } }),
      })),
    ),
  );
}

/** A plan may say how often the claim is renewed. */
export function withShortRenewals({ more }: Plan): Trouble {
  const claimRenew = more?.['claimRenew'];
  return claimRenew === undefined ? {} : { operatorFlags: { 'claim-renew': claimRenew } };
}
