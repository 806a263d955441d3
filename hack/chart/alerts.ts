// The alerts, once: the chart's PrometheusRule, deploy/monitoring/alerts.yaml and docs/alerts.md are written from here. An
// expression of a gauge takes the max over Pods, since each replica counts what is in its own cache.

export interface Alert {
  readonly name: string;
  /** File of docs/runbooks. */
  readonly runbook: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  readonly description: string;
}

/** Series whose names others have, too, of this operator's processes alone: no software but this one has the build info. */
export function ours(vector: string): string {
  return `${vector} and on (job, instance) linkedclone_build_info`;
}

/** `max by (by) (linkedclone_conditions{…}) > 0` */
function conditions(selector: string, by = 'kind, reason'): string {
  return `max by (${by}) (linkedclone_conditions{${selector}}) > 0`;
}

export const ALERTS: readonly Alert[] = [
  {
    name: 'LinkedCloneOperatorDown',
    runbook: 'operator-down.md',
    expr: 'absent(linkedclone_build_info)',
    for: '5m',
    severity: 'critical',
    summary: 'No linked-clone operator is running.',
    description:
      'Nothing was scraped from any Pod of the operator for 5 minutes. Clones that are there run on; nothing is made, mended or deleted.',
  },
  {
    name: 'LinkedCloneNoLeader',
    runbook: 'no-leader.md',
    expr: 'max(leader_election_master_status{name="linked-clone-operator"}) == 0',
    for: '2m',
    severity: 'critical',
    summary: 'No Pod of the linked-clone operator holds the Lease.',
    description: 'The operator runs, but none of its Pods leads, so none works.',
  },
  {
    name: 'LinkedCloneVCenterUnreachable',
    runbook: 'vcenter-unreachable.md',
    expr: 'max by (vcenter) (linkedclone_vcenter_up) == 0',
    for: '10m',
    severity: 'warning',
    summary: 'vCenter {{ $labels.vcenter }} does not answer.',
    description:
      'There has been no session with vCenter {{ $labels.vcenter }} for 10 minutes. `kubectl describe vcenter {{ $labels.vcenter }}` says why.',
  },
  {
    name: 'LinkedCloneVCenterLoginRefused',
    runbook: 'vcenter-login-refused.md',
    expr: conditions('kind="VCenter",condition="Authenticated",status="False"', 'reason'),
    for: '1m',
    severity: 'critical',
    summary: 'A vCenter refuses the account of the operator ({{ $labels.reason }}).',
    description:
      '{{ $value }} VCenters have no usable credentials. The login is tried again rarely, so that the account is not locked; a changed Secret is tried at once.',
  },
  {
    name: 'LinkedCloneBaseLost',
    runbook: 'base-lost.md',
    expr: conditions('kind="BaseSnapshot",condition="SnapshotFound",status="False",reason!="NotCreatedYet"', 'reason'),
    for: '5m',
    severity: 'warning',
    summary: 'The snapshot or the parent of a base is not there ({{ $labels.reason }}).',
    description:
      '{{ $value }} BaseSnapshots have lost what they stand for, or never found it. Clones that are there run on; no more can be made.',
  },
  {
    name: 'LinkedCloneDeletionBlocked',
    runbook: 'deletion-blocked.md',
    expr: conditions('condition="DeletionBlocked",status="True"'),
    for: '1h',
    severity: 'warning',
    summary: 'The deletion of a {{ $labels.kind }} has been held for an hour ({{ $labels.reason }}).',
    description:
      '{{ $value }} objects of kind {{ $labels.kind }} are being deleted and something holds them; the condition DeletionBlocked names it.',
  },
  {
    name: 'LinkedCloneClonesFailing',
    runbook: 'clones-failing.md',
    expr: 'max(linkedclone_clones{state="Failed"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value }} linked clones have failed.',
    description: 'Clones have failed for 15 minutes. `kubectl get lclone -A` has the reason of each.',
  },
  {
    name: 'LinkedCloneSetStalled',
    runbook: 'set-stalled.md',
    expr: 'max by (namespace) (linkedclone_sets{state="Stalled"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Sets in {{ $labels.namespace }} wait for a person.',
    description:
      '{{ $value }} LinkedCloneSets of namespace {{ $labels.namespace }} are Stalled: `kubectl get lcs -n {{ $labels.namespace }}` says why.',
  },
  {
    name: 'LinkedCloneSetNotReady',
    runbook: 'set-not-ready.md',
    expr: 'max by (namespace) (linkedclone_sets{state="Progressing"}) > 0',
    for: '2h',
    severity: 'warning',
    summary: 'Sets in {{ $labels.namespace }} have been on their way for two hours.',
    description:
      '{{ $value }} LinkedCloneSets of namespace {{ $labels.namespace }} are neither ready nor Stalled: `kubectl get lcs -n {{ $labels.namespace }}` says what they wait for.',
  },
  {
    name: 'LinkedCloneDeletionsPaused',
    runbook: 'deletions-paused.md',
    expr: conditions('kind="VCenter",condition="DeletionsPaused",status="True"', 'reason'),
    for: '0m',
    severity: 'critical',
    summary: 'Deletions on a vCenter are paused ({{ $labels.reason }}).',
    description:
      'More clones were deleted than their sets explain, or a CustomResourceDefinition is being deleted. Nothing is destroyed until an administrator answers.',
  },
  {
    name: 'LinkedCloneInventoryRewound',
    runbook: 'inventory-rewound.md',
    expr: conditions('kind="VCenter",condition="InventoryRewound",status="True"', 'reason'),
    for: '0m',
    severity: 'critical',
    summary: 'The inventory of a vCenter went back in time.',
    description:
      'The vCenter was probably restored from a backup. Nothing is cloned or destroyed on it until an administrator answers.',
  },
  {
    name: 'LinkedCloneOrphans',
    runbook: 'orphans.md',
    expr: 'max by (vcenter) (linkedclone_orphans) > 0',
    for: '1h',
    severity: 'warning',
    summary: '{{ $value }} virtual machines on {{ $labels.vcenter }} belong to nobody.',
    description:
      'They carry the mark of this cluster and their LinkedClone is not there; `kubectl get vcenter {{ $labels.vcenter }} -o yaml` names some in status.orphans.',
  },
  {
    name: 'LinkedCloneQueueSlow',
    runbook: 'queue-slow.md',
    expr: `histogram_quantile(0.99, sum by (le, name) (${ours('rate(workqueue_queue_duration_seconds_bucket[5m])')})) > 60`,
    for: '10m',
    severity: 'warning',
    summary: 'Work of controller {{ $labels.name }} waits for more than a minute.',
    description:
      'One key in a hundred waited {{ $value | humanizeDuration }} in the queue of {{ $labels.name }} before a worker took it.',
  },
  {
    name: 'LinkedCloneReconcileErrors',
    runbook: 'reconcile-errors.md',
    expr: `sum by (controller) (${ours('rate(controller_runtime_reconcile_errors_total[10m])')}) / sum by (controller) (${ours('rate(controller_runtime_reconcile_total[10m])')}) > 0.1`,
    for: '10m',
    severity: 'warning',
    summary: 'Controller {{ $labels.controller }} fails again and again.',
    description:
      '{{ $value | humanizePercentage }} of the reconciles of {{ $labels.controller }} end with an error and are tried again; the log says with which.',
  },
  {
    name: 'LinkedCloneRequestsRefused',
    runbook: 'requests-refused.md',
    expr: `sum by (method, code) (${ours('increase(rest_client_requests_total{code=~"401|403"}[15m])')}) > 0`,
    for: '15m',
    severity: 'warning',
    summary: 'The API server refuses requests of the linked-clone operator.',
    description:
      '{{ $labels.method }} is answered with {{ $labels.code }}: the account of the operator lacks a right, or a namespace was taken from it. `helm test` and the log name it.',
  },
];

/** Rules as Prometheus reads them; what differs between installations is added by the chart. */
export function alertRules(): unknown {
  return {
    groups: [
      {
        name: 'linked-clone-operator',
        rules: ALERTS.map(({ name, expr, severity, summary, description, runbook, ...rest }) => ({
          alert: name,
          expr,
          for: rest.for,
          labels: { severity },
          annotations: { summary, description, runbook: `docs/runbooks/${runbook}` },
        })),
      },
    ],
  };
}
