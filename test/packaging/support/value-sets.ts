// Values that installations have, each for its reason: every manifest that they render must be one that the API server takes.

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Values by what they are for. */
export const VALUE_SETS: Readonly<Record<string, unknown>> = {
  'nothing said': {},
  'to try it': { simulator: { enabled: true, speed: 10 } },
  'two replicas': { replicaCount: 2, priorityClassName: 'system-cluster-critical' },
  'some namespaces': { watchNamespaces: ['lab', 'qa'] },
  'some namespaces, two replicas, simulator': {
    watchNamespaces: ['lab'],
    replicaCount: 2,
    simulator: { enabled: true },
  },
  'behind a NetworkPolicy': {
    networkPolicy: {
      enabled: true,
      vCenterCIDRs: ['10.1.2.0/24', 'fd00::/64'],
      vCenterPorts: [443, 8443],
      apiServerCIDRs: ['10.0.0.1/32'],
      dnsTo: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      metricsFrom: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }],
    },
    simulator: { enabled: true },
  },
  'seen by Prometheus': {
    metrics: {
      podMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, runbookUrl: 'https://example.org/runbooks', alertLabels: { team: 'labs' } },
      dashboard: { enabled: true, annotations: { grafana_folder: 'Labs' } },
    },
  },
  'seen by Prometheus through its Service': {
    metrics: {
      serviceMonitor: {
        enabled: true,
        relabelings: [{ targetLabel: 'cluster', replacement: 'one' }],
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
      },
    },
  },
  'every policy denies': {
    admissionPolicies: { baseSnapshotDeletion: { action: 'Deny' }, releaseAndRetain: { enabled: true } },
  },
  'pinned, from a registry of its own': {
    image: { registry: 'harbor.example.org', repository: 'labs/operator', digest: DIGEST },
    imagePullSecrets: ['harbor'],
    global: { imagePullSecrets: [{ name: 'shared' }] },
  },
  'CRDs and rights from somebody else': {
    crds: { enabled: false },
    rbac: { create: false },
    serviceAccount: { create: false, name: 'given' },
    tests: { enabled: false },
  },
  'CRDs that go with it': { crds: { keep: false, annotations: { a: 'b' }, labels: { c: 'd' } } },
  'every flag and knob of the Pod': {
    logLevel: 'debug',
    config: {
      workers: 8,
      'retry-base': 0.5,
      'allow-insecure-tls': true,
      'lease-duration': 30,
      'lease-renew-deadline': 20,
    },
    tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: {} } },
        ],
      },
    },
    hostAliases: [{ ip: '10.1.2.3', hostnames: ['vcenter.example.org'] }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.2'] },
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
    extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    commonLabels: { team: 'labs' },
    podAnnotations: { 'example.org/a': 'b' },
  },
  'a name of its own, and one object more': {
    fullnameOverride: 'lco',
    extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra' }, data: { a: 'b' } }],
  },
};

export const LAB_VALUE_SETS: Readonly<Record<string, unknown>> = {
  'the published lab': {
    vCenter: 'vc1',
    defaults: { count: 25, customization: 'xp-class', readiness: ['CustomizationSucceeded'] },
    builds: [
      { vm: 'Tmpl Capture 1.0', names: 'Capture##' },
      { vm: 'Tmpl Packaging 1.0', names: 'Packaging##' },
      { vm: 'Tmpl Verification 1.0', names: 'Verification##' },
    ],
  },
  'a lab that says everything': {
    vCenter: 'vc1',
    labels: { course: 'a' },
    argocd: { waves: true, confirmBases: true },
    defaults: {
      base: {
        snapshot: { create: { name: 'gold', quiesce: true } },
        deletionPolicy: 'Delete',
        allowedNamespaces: { from: 'All' },
      },
      set: { retentionPolicy: { whenDeleted: 'Retain' }, scaleDown: { order: 'Newest' }, minReadySeconds: 5 },
      clone: { powerPolicy: 'OnceOn', hardware: { cpus: 2, memoryMiB: 2048 }, placement: { datastore: 'ds-2' } },
    },
    builds: [
      { vm: '/DC0/vm/Tmpl A', names: 'A##', count: 3, labels: { room: '1' } },
      { names: 'B-####', name: 'b', clone: { baseSnapshotRef: { name: 'tmpl-a' } } },
    ],
  },
};
