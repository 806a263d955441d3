// The values that shape the operator's Deployment and its Pods.
import { group, integer, kubernetes, kubernetesList, text, textMap } from './value.ts';
import type { Value } from './value.ts';

/** What the restricted Pod Security Standard asks for; the user comes from the image. */
const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export function deploymentValues(): Readonly<Record<string, Value>> {
  return {
    replicaCount: integer('Pods; one works, the others wait to take over. 0 stops the operator.', 1, { maximum: 5 }),
    strategy: kubernetes("The Deployment's update strategy; empty: rolling."),
    revisionHistoryLimit: integer('Old ReplicaSets that are kept.', 3),
    deploymentAnnotations: textMap('Annotations of the Deployment.'),
    podAnnotations: textMap('Annotations of its Pods.'),
    podLabels: textMap('Labels of its Pods.'),
    podSecurityContext: kubernetes('Security context of Pods; the restricted standard by default.', POD_SECURITY),
    securityContext: kubernetes(
      'Security context of containers; the restricted standard by default.',
      CONTAINER_SECURITY,
    ),
    resources: kubernetes("Resources of the operator's container. Memory grows with the number of clones.", {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    }),
    startupProbe: kubernetes('Timing of the start-up probe; empty: none.', { periodSeconds: 1, failureThreshold: 60 }),
    livenessProbe: kubernetes('Timing of the liveness probe; empty: none.', {
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    }),
    readinessProbe: kubernetes('Timing of the readiness probe; empty: none.', { periodSeconds: 2, timeoutSeconds: 5 }),
    terminationGracePeriodSeconds: integer('Time for a clean stop; longer than `--shutdown-timeout`.', 15),
    priorityClassName: text('Priority class of Pods.', ''),
    nodeSelector: textMap('Nodes that Pods may run on.', { 'kubernetes.io/os': 'linux' }),
    tolerations: kubernetesList('Taints that Pods tolerate.'),
    affinity: kubernetes("Affinity of the operator's Pods."),
    topologySpreadConstraints: kubernetesList("How the operator's Pods spread; their label selector is filled in.", [
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
    ]),
    hostAliases: kubernetesList('Names of vCenters that DNS does not know.'),
    dnsPolicy: text('DNS policy of Pods; empty: the default.', ''),
    dnsConfig: kubernetes('DNS settings of Pods.'),
    extraEnv: kubernetesList('More environment variables.'),
    extraVolumes: kubernetesList('More volumes.'),
    extraVolumeMounts: kubernetesList('More mounts.'),
    podDisruptionBudget: group('A PodDisruptionBudget, made where there are two Pods or more.', {
      maxUnavailable: {
        description: 'Pods that may be evicted at a time: a number or a percentage.',
        default: 1,
        schema: { type: ['integer', 'string'] },
      },
    }),
  };
}
