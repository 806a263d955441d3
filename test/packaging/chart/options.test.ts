// What the chart makes only when asked: policies, monitors, rules, dashboard, simulator, objects of one's own.
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ALERTS } from '../../../hack/chart/alerts.ts';
import { OPERATOR_CHART, helmOk } from '../support/helm.ts';
import type { Manifest } from '../support/render.ts';
import { all, nameOf, only, parseManifests, render } from '../support/render.ts';

it('makes nothing that a plain cluster does not know by default', async () => {
  const kinds = new Set((await render()).map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  expect([...kinds].filter((kind) => kind.startsWith('monitoring'))).toEqual([]);
  expect(kinds.has('networking.k8s.io/v1 NetworkPolicy')).toBe(false);
});

describe('CRDs', () => {
  it('are the four, kept at uninstall', async () => {
    const crds = all(
      await render({ crds: { annotations: { a: 'b' }, labels: { c: 'd' } } }),
      'CustomResourceDefinition',
    );
    expect(crds.map(({ metadata }) => metadata.name)).toEqual([
      'basesnapshots.linkedclone.dev',
      'linkedclones.linkedclone.dev',
      'linkedclonesets.linkedclone.dev',
      'vcenters.linkedclone.dev',
    ]);
    for (const { metadata } of crds) {
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep', a: 'b' });
      expect(metadata.labels).toMatchObject({ c: 'd', 'app.kubernetes.io/version': expect.any(String) });
    }
  });

  it('go with the release only where that is asked for, and can be left to somebody else', async () => {
    const unkept = all(await render({ crds: { keep: false } }), 'CustomResourceDefinition');
    expect(unkept.map(({ metadata }) => metadata.annotations)).toEqual([undefined, undefined, undefined, undefined]);
    expect(all(await render({ crds: { enabled: false } }), 'CustomResourceDefinition')).toEqual([]);
  });
});

describe('NetworkPolicy', () => {
  const enabled = { enabled: true, vCenterCIDRs: ['10.1.2.3/32', 'fd00::1/128'], vCenterPorts: [443, 8443] };

  it('lets metrics in, and DNS, the API server and vCenters out', async () => {
    const { spec } = only(await render({ networkPolicy: enabled }), 'NetworkPolicy');
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress).toEqual([{ ports: [{ port: 'metrics', protocol: 'TCP' }] }]);
    const ports = spec.egress.map((rule: Manifest) => rule['ports'].map(({ port }: { port: number }) => port));
    expect(ports).toEqual([
      [53, 53],
      [443, 6443],
      [443, 8443],
    ]);
    expect(spec.egress[2].to).toEqual([{ ipBlock: { cidr: '10.1.2.3/32' } }, { ipBlock: { cidr: 'fd00::1/128' } }]);
  });

  it('limits whom it is told to', async () => {
    const peer = { namespaceSelector: { matchLabels: { name: 'monitoring' } } };
    const { spec } = only(
      await render({
        networkPolicy: {
          ...enabled,
          apiServerCIDRs: ['10.0.0.1/32'],
          dnsTo: [peer],
          metricsFrom: [peer],
          extraEgress: [{}],
        },
      }),
      'NetworkPolicy',
    );
    expect(spec.ingress[0].from).toEqual([peer]);
    expect(spec.egress[0].to).toEqual([peer]);
    expect(spec.egress[1].to).toEqual([{ ipBlock: { cidr: '10.0.0.1/32' } }]);
    expect(spec.egress.at(-1)).toEqual({});
  });

  it('reaches no vCenter where none is named, and the simulator where it runs', async () => {
    const bare = only(await render({ networkPolicy: { enabled: true } }), 'NetworkPolicy');
    expect(bare['spec'].egress).toHaveLength(2);
    const manifests = await render({ networkPolicy: { enabled: true }, simulator: { enabled: true } });
    const own = only(manifests, 'NetworkPolicy', 'linked-clone-operator')['spec'];
    const simulator = only(manifests, 'NetworkPolicy', 'linked-clone-operator-simulator')['spec'];
    expect(own.egress[2].to[0].podSelector).toEqual(simulator.podSelector);
    expect(simulator.ingress[0].from[0].podSelector).toEqual(own.podSelector);
    expect(simulator.egress).toBeUndefined();
  });
});

describe('monitoring', () => {
  it.each([
    ['PodMonitor', 'podMonitor', 'podMetricsEndpoints'],
    ['ServiceMonitor', 'serviceMonitor', 'endpoints'],
  ])('has a %s that keeps the namespaces of labs', async (kind, value, endpoints) => {
    const settings = { enabled: true, labels: { release: 'prometheus' }, interval: '30s' };
    const { metadata, spec } = only(await render({ metrics: { [value]: settings } }), kind);
    expect(metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(spec[endpoints]).toEqual([{ port: 'metrics', path: '/metrics', interval: '30s', honorLabels: true }]);
    expect(spec.namespaceSelector).toEqual({ matchNames: ['linked-clone-system'] });
  });

  it('has a Service that a ServiceMonitor finds', async () => {
    const manifests = await render({ metrics: { serviceMonitor: { enabled: true } } });
    const { metadata, spec } = only(manifests, 'Service');
    expect(metadata.labels).toMatchObject(only(manifests, 'ServiceMonitor')['spec'].selector.matchLabels);
    expect(spec.selector).toEqual(only(manifests, 'Deployment')['spec'].selector.matchLabels);
  });

  describe('where the cluster may lack the kinds', () => {
    const metrics = {
      podMonitor: { enabled: true },
      serviceMonitor: { enabled: true },
      prometheusRule: { enabled: true },
    };
    const KINDS = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule'];
    const rendered = async (renderMode: string | undefined, ...there: readonly string[]): Promise<string[]> => {
      const values = stringify({ metrics: renderMode === undefined ? metrics : { ...metrics, renderMode } });
      const known = there.map((kind) => `--api-versions=monitoring.coreos.com/v1/${kind}`);
      const text = await helmOk(['template', 'x', OPERATOR_CHART, '-f', '-', ...known], { input: values });
      return parseManifests(text).flatMap(({ kind }) => (KINDS.includes(kind) ? [kind] : []));
    };

    it('renders them all the same, unless it is told otherwise', async () => {
      expect((await rendered(undefined)).toSorted()).toEqual(KINDS.toSorted());
    });

    it('skips those that are not there', async () => {
      expect(await rendered('skipIfMissing', 'PodMonitor')).toEqual(['PodMonitor']);
    });

    it('fails with the kind that is not there', async () => {
      await expect(rendered('failIfMissing', 'PodMonitor', 'PrometheusRule')).rejects.toThrow(
        /the cluster has no kind ServiceMonitor \(monitoring\.coreos\.com\/v1\): install the Prometheus operator first/,
      );
      expect((await rendered('failIfMissing', ...KINDS)).toSorted()).toEqual(KINDS.toSorted());
    });
  });

  it('has every alert, with a runbook where those are published', async () => {
    const rule = { enabled: true, runbookUrl: 'https://example.org/runbooks/', alertLabels: { team: 'labs' } };
    const { spec } = only(await render({ metrics: { prometheusRule: rule } }), 'PrometheusRule');
    const rules = spec.groups[0].rules as Manifest[];
    expect(rules.map(({ alert }) => alert as string)).toEqual(ALERTS.map(({ name }) => name));
    for (const [index, { expr, labels, annotations }] of rules.entries()) {
      expect(expr).toBe(ALERTS[index]?.expr);
      expect(labels).toEqual({ severity: ALERTS[index]?.severity, team: 'labs' });
      expect(annotations.runbook_url).toBe(`https://example.org/runbooks/${ALERTS[index]?.runbook}`);
      expect(annotations.summary).toBe(ALERTS[index]?.summary);
    }
  });

  it('leaves out alerts, changes their severity, and says nothing of runbooks that are nowhere', async () => {
    const rule = { enabled: true, disabled: ['LinkedCloneOperatorDown'], alertLabels: { severity: 'info' } };
    const { spec } = only(await render({ metrics: { prometheusRule: rule } }), 'PrometheusRule');
    const rules = spec.groups[0].rules as Manifest[];
    expect(rules).toHaveLength(ALERTS.length - 1);
    expect(new Set(rules.map(({ labels }) => labels.severity as string))).toEqual(new Set(['info']));
    expect(rules[0]?.['annotations'].runbook_url).toBeUndefined();
  });

  it('has the dashboard as it is in the repository, where the sidecar looks', async () => {
    const dashboard = { enabled: true, namespace: 'grafana', annotations: { grafana_folder: 'Labs' } };
    const { metadata, data } = only(
      await render({ metrics: { dashboard } }),
      'ConfigMap',
      'linked-clone-operator-dashboard',
    );
    expect(metadata).toMatchObject({ namespace: 'grafana', labels: { grafana_dashboard: '1' } });
    expect(JSON.parse(data['linked-clones.json'] as string)).toMatchObject({ uid: 'linked-clone-operator' });
  });
});

describe('admission policies', () => {
  /** What each does, by the end of its name. */
  async function actions(admissionPolicies: unknown = {}): Promise<Readonly<Record<string, unknown>>> {
    const bindings = all(await render({ admissionPolicies }), 'ValidatingAdmissionPolicyBinding');
    return Object.fromEntries(
      bindings.map(({ metadata, spec }) => [
        metadata.name.slice('linked-clone-operator-'.length),
        spec.validationActions,
      ]),
    );
  }

  it('warn of what leaves labs behind, protect what has the label, and restrict nobody, by default', async () => {
    expect(await actions()).toEqual({
      'base-snapshot-deletion': ['Warn'],
      'uninstall-guard': ['Warn'],
      'delete-protection': ['Deny'],
    });
  });

  it('deny where that is asked for, and can be left out', async () => {
    const deny = { action: 'Deny' };
    const denied = { baseSnapshotDeletion: deny, uninstallGuard: deny, releaseAndRetain: { enabled: true } };
    expect(await actions(denied)).toEqual({
      'base-snapshot-deletion': ['Deny'],
      'release-and-retain': ['Deny'],
      'uninstall-guard': ['Deny'],
      'delete-protection': ['Deny'],
    });
    const off = { enabled: false };
    expect(await actions({ baseSnapshotDeletion: off, uninstallGuard: off, deleteProtection: off })).toEqual({});
  });

  it('ask before an uninstall by a ConfigMap that only Helm makes, or not at all', async () => {
    const question = only(await render(), 'ConfigMap', 'linked-clone-operator-uninstall');
    expect(question.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-delete' });
    const rules = (manifests: readonly Manifest[]): unknown[] =>
      only(manifests, 'ValidatingAdmissionPolicy', 'linked-clone-operator-uninstall-guard')['spec'].matchConstraints
        .resourceRules;
    expect(rules(await render())).toContainEqual(expect.objectContaining({ resourceNames: [question.metadata.name] }));
    const unasked = await render({ admissionPolicies: { uninstallGuard: { hook: false } } });
    expect(all(unasked, 'ConfigMap').map(({ metadata }) => metadata.name)).not.toContain(question.metadata.name);
    expect(rules(unasked)).not.toContainEqual(expect.objectContaining({ resources: ['configmaps'] }));
  });

  it('protect by label only what the operator looks after', async () => {
    const selector = async (values: unknown): Promise<unknown> =>
      only(await render(values), 'ValidatingAdmissionPolicy', 'linked-clone-operator-delete-protection')['spec']
        .matchConstraints.namespaceSelector;
    expect(await selector({})).toBeUndefined();
    const name = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['lab', 'qa'] };
    const limited = { watchNamespaces: ['lab', 'qa'], fullnameOverride: 'linked-clone-operator' };
    expect(await selector(limited)).toEqual({ matchExpressions: [name] });
  });
});

describe('simulator', () => {
  it('is a Deployment of one Pod under the restricted standard, with a Service at 443', async () => {
    const manifests = await render({ simulator: { enabled: true, speed: 10 } });
    const { spec } = only(manifests, 'Deployment', 'linked-clone-operator-simulator');
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    const [container] = spec.template.spec.containers;
    expect(container.args).toEqual(
      expect.arrayContaining(['--speed=10', '--listen=0.0.0.0:8989', '--admin-listen=127.0.0.1:8990']),
    );
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    expect(only(manifests, 'Service', 'linked-clone-operator-simulator')['spec'].ports[0].port).toBe(443);
    expect(only(manifests, 'Secret', 'linked-clone-operator-simulator')['stringData'].password).toBe('simulator');
  });

  it('has an inventory and a certificate of its own, or those that are given', async () => {
    const own = await render({ simulator: { enabled: true } });
    expect(only(own, 'ConfigMap', 'linked-clone-operator-simulator')['data']['inventory.yaml']).toContain(
      'Tmpl Capture 1.0',
    );
    const given = await render({ simulator: { enabled: true, inventory: 'vms: []\n', tlsSecret: 'mine' } });
    expect(only(given, 'ConfigMap', 'linked-clone-operator-simulator')['data']['inventory.yaml']).toBe('vms: []\n');
    expect(all(given, 'Secret').map(nameOf)).toEqual(['Secret linked-clone-system/linked-clone-operator-simulator']);
    const volumes = only(given, 'Deployment', 'linked-clone-operator-simulator')['spec'].template.spec.volumes;
    expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: 'mine' } });
  });
});

it("renders objects of one's own, as manifests and as templates", async () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'one' },
    data: { release: '{{ .Release.Name }}' },
  };
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}-two"}\n';
  const manifests = await render({ extraObjects: [object, text] });
  expect(only(manifests, 'ConfigMap', 'one')['data'].release).toBe('linked-clone-operator');
  expect(only(manifests, 'ConfigMap', 'linked-clone-operator-two')).toBeDefined();
});

it('names everything after the release, or as it is told to', async () => {
  const names = async (values: unknown, release: string): Promise<string> =>
    only(await render(values, { release }), 'Deployment').metadata.name;
  expect(await names({}, 'my')).toBe('my-linked-clone-operator');
  expect(await names({}, 'linked-clone-operator-2')).toBe('linked-clone-operator-2');
  expect(await names({ nameOverride: 'lco' }, 'my')).toBe('my-lco');
  expect(await names({ fullnameOverride: 'lco' }, 'my')).toBe('lco');
});
