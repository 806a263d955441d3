// The Grafana dashboard: one row for people who run labs, one for operators. Written to the chart and to deploy/monitoring.
import { ours } from './alerts.ts';

type Kind = 'stat' | 'timeseries' | 'bargauge';

interface Panel {
  readonly title: string;
  readonly kind: Kind;
  readonly unit: string;
  readonly width: number;
  readonly description: string;
  /** PromQL by legend. */
  readonly queries: Readonly<Record<string, string>>;
}

const NAMESPACE = 'namespace=~"$namespace"';
const VCENTER = 'vcenter=~"$vcenter"';

/** Objects are counted by every replica: the max over Pods, then the sum over namespaces. */
function total(series: string, selector: string): string {
  return `sum(max by (namespace) (${series}{${NAMESPACE},${selector}}))`;
}

const LABS: readonly Panel[] = [
  panel('Sets', 'stat', 'short', 4, 'LinkedCloneSets by state.', {
    '{{state}}': `sum by (state) (max by (namespace, state) (linkedclone_sets{${NAMESPACE}}))`,
  }),
  panel('Ready', 'stat', 'percentunit', 4, 'Ready clones out of those that are wanted.', {
    ready: `${total('linkedclone_replicas', 'kind="ready"')} / ${total('linkedclone_replicas', 'kind="desired"')}`,
  }),
  panel('Time to ready', 'bargauge', 's', 6, 'From intent to Ready, over the clones that are there.', {
    'p{{quantile}} {{namespace}}': `max by (namespace, quantile) (linkedclone_time_to_ready_seconds{${NAMESPACE}})`,
  }),
  panel('Space saved', 'stat', 'bytes', 5, 'Against full copies.', {
    saved: `${total('linkedclone_storage_bytes', 'kind="full"')} - ${total('linkedclone_storage_bytes', 'kind="linked"')}`,
  }),
  panel('Space taken', 'timeseries', 'bytes', 5, 'Bases and their clones as they are, and as full and thin copies.', {
    '{{kind}}': `sum by (kind) (max by (namespace, kind) (linkedclone_storage_bytes{${NAMESPACE}}))`,
  }),
  panel('Clones wanted and ready', 'timeseries', 'short', 12, 'Over time.', {
    '{{kind}}': `sum by (kind) (max by (namespace, kind) (linkedclone_replicas{${NAMESPACE}}))`,
  }),
  panel('Clones by step', 'timeseries', 'short', 12, 'What each clone is at.', {
    '{{state}}': 'max by (state) (linkedclone_clones)',
  }),
];

const OPERATORS: readonly Panel[] = [
  panel('Leader', 'stat', 'short', 3, '1: a Pod holds the Lease.', {
    leader: 'max(leader_election_master_status{name="linked-clone-operator"})',
  }),
  panel('vCenters', 'stat', 'short', 5, '1: there is a session.', {
    '{{vcenter}}': `max by (vcenter) (linkedclone_vcenter_up{${VCENTER}})`,
  }),
  panel('Problems', 'timeseries', 'short', 8, 'Objects that need somebody, by reason.', {
    '{{kind}} {{reason}}': 'max by (kind, reason) (linkedclone_conditions{condition="Stalled",status="True"})',
  }),
  panel(
    'Orphans and blocked deletions',
    'timeseries',
    'short',
    8,
    'Machines that nobody owns; deletions that are held.',
    {
      'orphans {{vcenter}}': `max by (vcenter) (linkedclone_orphans{${VCENTER}})`,
      'blocked {{kind}}': 'max by (kind) (linkedclone_conditions{condition="DeletionBlocked",status="True"})',
    },
  ),
  panel('vCenter calls', 'timeseries', 'reqps', 8, 'Calls by fault; no fault: they worked.', {
    '{{vcenter}} {{fault}}': `sum by (vcenter, fault) (rate(linkedclone_vcenter_calls_total{${VCENTER}}[5m]))`,
  }),
  panel('vCenter latency', 'timeseries', 's', 8, '95 of 100 calls are faster.', {
    '{{vcenter}}': `histogram_quantile(0.95, sum by (le, vcenter) (rate(linkedclone_vcenter_call_seconds_bucket{${VCENTER}}[5m])))`,
  }),
  panel('Tasks', 'timeseries', 'short', 8, 'Tasks of ours that run, and operations that wait for a slot.', {
    '{{pool}} running': `sum by (pool) (max by (vcenter, pool) (linkedclone_tasks_in_flight{${VCENTER}}))`,
    '{{pool}} waiting': `sum by (pool) (max by (vcenter, pool) (linkedclone_tasks_waiting{${VCENTER}}))`,
  }),
  panel('Queue wait', 'timeseries', 's', 8, '99 of 100 keys wait less.', {
    '{{name}}': `histogram_quantile(0.99, sum by (le, name) (${ours('rate(workqueue_queue_duration_seconds_bucket[5m])')}))`,
  }),
  panel('Reconciles', 'timeseries', 'reqps', 8, 'By result.', {
    '{{controller}} {{result}}': `sum by (controller, result) (${ours('rate(controller_runtime_reconcile_total[5m])')})`,
  }),
  panel('Requests to the API server', 'timeseries', 'reqps', 8, 'By verb and code.', {
    '{{verb}} {{code}}': 'sum by (verb, code) (rate(linkedclone_kube_requests_total[5m]))',
  }),
];

function panel(
  title: string,
  kind: Kind,
  unit: string,
  width: number,
  description: string,
  queries: Readonly<Record<string, string>>,
): Panel {
  return { title, kind, unit, width, description, queries };
}

const ROWS: readonly [title: string, panels: readonly Panel[]][] = [
  ['Labs', LABS],
  ['Operator', OPERATORS],
];
const COLUMNS = 24;
const PANEL_HEIGHT = 7;

/** The dashboard's JSON. */
export function dashboardJson(): string {
  let id = 0;
  let y = 0;
  const panels: unknown[] = [];
  for (const [title, members] of ROWS) {
    panels.push({
      id: (id += 1),
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const member of members) {
      if (x + member.width > COLUMNS) {
        x = 0;
        y += PANEL_HEIGHT;
      }
      panels.push(panelJson(member, (id += 1), { x, y, w: member.width, h: PANEL_HEIGHT }));
      x += member.width;
    }
    y += PANEL_HEIGHT;
  }
  return `${JSON.stringify(
    {
      uid: 'linked-clone-operator',
      title: 'Linked clones',
      tags: ['vsphere', 'linked-clone-operator'],
      schemaVersion: 39,
      version: 1,
      editable: true,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      templating: {
        list: [dataSource(), variable('namespace', 'linkedclone_sets'), variable('vcenter', 'linkedclone_vcenter_up')],
      },
      annotations: { list: [] },
      panels,
    },
    undefined,
    2,
  )}\n`;
}

function panelJson(of: Panel, id: number, gridPos: unknown): unknown {
  return {
    id,
    type: of.kind,
    title: of.title,
    description: of.description,
    gridPos,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: { defaults: { unit: of.unit, min: 0 }, overrides: [] },
    targets: Object.entries(of.queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCodePoint(65 + index),
      expr,
      legendFormat,
    })),
  };
}

function dataSource(): unknown {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', hide: 0 };
}

function variable(name: string, series: string): unknown {
  return {
    name,
    type: 'query',
    datasource: { type: 'prometheus', uid: '${datasource}' },
    query: `label_values(${series}, ${name})`,
    includeAll: true,
    allValue: '.*',
    multi: true,
    refresh: 2,
  };
}
