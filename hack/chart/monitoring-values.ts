// The values about metrics: who scrapes them, the alerts, the dashboard.
import { ALERTS } from './alerts.ts';
import { choice, flag, group, integer, kubernetesList, list, text, textMap } from './value.ts';
import type { Value } from './value.ts';

export function metricsValues(): Value {
  return group('The port of /metrics, /healthz, /readyz and /progress, and what is made of its series.', {
    listenAddress: text('Address to listen on; `[::]` where Pods have IPv6 only.', '0.0.0.0', { minLength: 1 }),
    port: integer('Its number.', 8080, { minimum: 1024, maximum: 65_535 }),
    service: group('A Service for it.', {
      enabled: flag('Make it.', true),
      annotations: textMap('Its annotations.'),
    }),
    renderMode: choice(
      'What becomes of the three kinds of the Prometheus operator below where the cluster lacks them. `alwaysRender`: Helm says so; skip and fail need a Helm that may look, which Argo CD and `helm template` may not.',
      'alwaysRender',
      ['alwaysRender', 'skipIfMissing', 'failIfMissing'],
    ),
    podMonitor: monitor('PodMonitor'),
    serviceMonitor: monitor('ServiceMonitor'),
    prometheusRule: group('Alerts as a PrometheusRule; docs/alerts.md explains each.', {
      enabled: flag('Make it. The cluster must have the kind (Prometheus operator).', false),
      labels: textMap('Labels by which a Prometheus finds it.'),
      alertLabels: textMap('Labels of every alert; `severity` here is the severity of all.'),
      disabled: list('Alerts to leave out.', { type: 'string', enum: ALERTS.map(({ name }) => name) }),
      runbookUrl: text('Where docs/runbooks is published; empty: alerts have no runbook_url.', ''),
    }),
    dashboard: group("A Grafana dashboard as a ConfigMap that Grafana's sidecar finds.", {
      enabled: flag('Make it.', false),
      namespace: text("Its namespace; empty: the release's.", ''),
      labels: textMap('Labels by which the sidecar finds it.', { grafana_dashboard: '1' }),
      annotations: textMap('Its annotations, such as a folder.'),
    }),
  });
}

function monitor(kind: string): Value {
  return group(`A ${kind} of the Prometheus operator.`, {
    enabled: flag('Make it. The cluster must have the kind.', false),
    labels: textMap('Labels by which a Prometheus finds it.'),
    interval: text("Time between scrapes; empty: the Prometheus' own.", '', { pattern: '^([0-9]+(ms|s|m))?$' }),
    relabelings: kubernetesList('Relabelings of the target.'),
    metricRelabelings: kubernetesList('Relabelings of series.'),
  });
}
