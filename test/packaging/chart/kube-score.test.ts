// What kube-score finds in the chart: nothing but what is meant so. A finding that goes, or another that comes, is a change of this list.
import { execFile } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { testRun } from '../../support/test-run.ts';
import type { Manifest } from '../support/render.ts';
import { render } from '../support/render.ts';

/** Checks that no installation of ours passes, and why that is meant so. */
const MEANT = {
  'container-resources': 'no limit of CPU: a throttled operator renews its Lease too late; memory has one',
  'container-ephemeral-storage-request-and-limit': 'nothing is written but logs, which the node rotates',
  'container-image-pull-policy': 'tags of releases never move; `image.digest` is for who trusts no tag',
  'container-security-context-user-group-id': "the user is the image's, 65532: OpenShift gives a namespace its own",
} as const;

/** Beside these: what is off, or single, until somebody asks for it. */
const UNTIL_ASKED_FOR = {
  'pod-networkpolicy': 'the policy needs the addresses of vCenters (`networkPolicy`)',
  'deployment-replicas': 'one Pod needs no second one to be safe (`replicaCount`)',
} as const;

interface Scored {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

const ALL_OK = 10;

/** The checks that an object doesn't pass, by the object's name. */
async function findings(manifests: readonly Manifest[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const optional = '--enable-optional-test=container-seccomp-profile,container-ports-check';
  const args = ['score', '--kubernetes-version=v1.33', '--output-format=json', optional, '-'];
  const text = await new Promise<string>((resolve, reject) => {
    const kubeScore = testRun().helm?.kubeScore;
    if (kubeScore === undefined) throw new Error('this run has no kube-score: only tests below test/packaging get it');
    const child = execFile(kubeScore, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      // 1: something is critical, which is what the list is about
      if (error === null || error.code === 1) resolve(stdout);
      else reject(new Error(`kube-score: ${stderr}`, { cause: error }));
    });
    child.stdin?.end(manifests.map((one) => stringify(one)).join('---\n'));
  });
  const scored = (JSON.parse(text) as Scored[]).map(({ object_name: name, checks }) => [
    name.replace(/^(\w+)\/.*\//, '$1 '),
    checks.filter(({ grade, skipped }) => !skipped && grade < ALL_OK).map(({ check }) => check.id),
  ]);
  expect(scored.length).toBeGreaterThanOrEqual(3);
  return Object.fromEntries((scored as [string, string[]][]).filter(([, ids]) => ids.length > 0));
}

const sorted = (...lists: readonly object[]): string[] => lists.flatMap((list) => Object.keys(list)).toSorted();

async function sortedFindings(values: unknown): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await findings(await render(values));
  return Object.fromEntries(Object.entries(found).map(([name, ids]) => [name, ids.toSorted()]));
}

it('finds in the chart without values what is meant so, or off until somebody asks for it', async () => {
  expect(await sortedFindings({})).toEqual({
    'Deployment linked-clone-operator': sorted(MEANT, UNTIL_ASKED_FOR),
    'Pod linked-clone-operator-check': sorted(MEANT, { 'pod-networkpolicy': '' }),
  });
});

it('finds in two replicas behind a NetworkPolicy only what is meant so', async () => {
  const values = { replicaCount: 2, networkPolicy: { enabled: true }, metrics: { serviceMonitor: { enabled: true } } };
  expect(await sortedFindings(values)).toEqual({
    // they are spread by topologySpreadConstraints
    'Deployment linked-clone-operator': sorted(MEANT, { 'deployment-has-host-podantiaffinity': '' }),
    'Pod linked-clone-operator-check': sorted(MEANT),
  });
});

it('finds nothing where what is meant so is not wanted', async () => {
  const limits = { cpu: '1', memory: '512Mi', 'ephemeral-storage': '64Mi' };
  const values = {
    replicaCount: 2,
    networkPolicy: { enabled: true },
    image: { pullPolicy: 'Always' },
    resources: { requests: limits, limits },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      runAsUser: 65_532,
      runAsGroup: 65_532,
    },
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'linked-clone-operator' } },
            },
          },
        ],
      },
    },
  };
  expect(await sortedFindings(values)).toEqual({});
});
