// Stories in which a word is taken back that the operator may not have heard of: what a VCenter lets go of orphans, and the
// label of a namespace by which it may use a vCenter.
import { OPEN_ACCESS } from '../../support/vcenter-spec.ts';
import type { Stage } from '../harness/stage.ts';
import { strip } from './by-hand.ts';
import { clonesAre, isGone, isThere, setOf, vms } from './ends.ts';
import { NOBODY_REPORTED, machineGoes, machineStays, orphanPolicy, reported } from './orphan-steps.ts';
import {
  THAT_IS_OLD,
  applyBase,
  applyClone,
  applySet,
  gone,
  looked,
  ready,
  reasonIs,
  remove,
  scale,
  scanned,
  setReady,
  step,
} from './steps.ts';
import type { Story } from './story.ts';

/** The API server's version when orphans were to be deleted. */
const whenDelete = new WeakMap<Stage, string>();

const DELETE_AND_REPORT = step('orphans: Delete, and Report again, unheard', async (stage) => {
  stage.apiProxy.watches.freeze(['vcenters']);
  await orphanPolicy('Delete', 1).run(stage);
  whenDelete.set(stage, await stage.cluster.version());
  await orphanPolicy('Report', 1).run(stage);
});

/** Nothing where the operator was started again meanwhile: it knows better then. */
const DELETE_IS_HEARD = step('Delete is heard of, and Report is not', (stage) => {
  stage.apiProxy.watches.tellUntil(whenDelete.get(stage) ?? '0');
  return Promise.resolve();
});

const REPORT_IS_HEARD = step('Report is heard of, too', (stage) => {
  stage.apiProxy.watches.thaw();
  return Promise.resolve();
});

const LABEL = 'example.com/labs';

function label(value: string | null): (stage: Stage) => Promise<void> {
  return (stage) => stage.api.patch('namespaces', stage.namespace, { metadata: { labels: { [LABEL]: value } } });
}

/** Its own namespace by the label alone. */
const ACCESS_BY_LABEL = step('access by label', async (stage) => {
  await label('yes')(stage);
  const rules = [{ names: [stage.keepNamespace] }, { selector: { matchLabels: { [LABEL]: 'yes' } } }];
  const access = rules.map((namespaces) => ({ ...OPEN_ACCESS, namespaces }));
  await stage.api.patch('vcenters', 'vc', { spec: { access } });
});

export const WITHDRAWN_STORIES: readonly Story[] = [
  {
    // it is due from the moment on at which the policy is Delete
    name: 'orphan-policy-taken-back',
    deterministic: true,
    before: [
      orphanPolicy('Report', 1),
      ...['old', 'young'].flatMap((name) => [applyClone(name), ready('linkedclones', name)]),
    ],
    steps: [
      strip('old'),
      reported('old'),
      DELETE_AND_REPORT,
      THAT_IS_OLD,
      DELETE_IS_HEARD,
      looked('vcenter', 2),
      scanned(2),
      REPORT_IS_HEARD,
      looked('vcenter', 2),
      machineStays('old'),
      reported('old'),
      orphanPolicy('Delete', 1),
      machineGoes('old'),
      NOBODY_REPORTED,
    ],
    end: [isGone('linkedclones', 'old'), isThere('linkedclones', 'young'), clonesAre(['young']), vms(1)],
  },
  {
    name: 'access-by-label-withdrawn',
    deterministic: true,
    changesNamespace: true,
    before: [ACCESS_BY_LABEL, applySet('web', 2), setReady('web', 2)],
    steps: [
      step('withdraw the label', label(null)),
      applyBase('second', 'Tmpl-2'),
      reasonIs('basesnapshots', 'second', 'Ready', 'AccessDenied'),
      // what is the operator's goes all the same
      scale('web', 1),
      gone('linkedclones', 'web-2'),
      remove('basesnapshots', 'second'),
      gone('basesnapshots', 'second'),
      step('give it the label again', label('yes')),
      scale('web', 2),
      setReady('web', 2),
    ],
    end: [setOf('web', 2), isGone('basesnapshots', 'second'), vms(2)],
  },
];
