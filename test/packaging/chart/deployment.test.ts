// The operator's Deployment for the values that people set: image, place, security, replicas, flags.
import { describe, expect, it } from '@jest/globals';
import type { Manifest } from '../support/render.ts';
import { all, only, render } from '../support/render.ts';

async function deployment(values: unknown = {}): Promise<Manifest> {
  return only(await render(values), 'Deployment', 'linked-clone-operator');
}

async function pod(values: unknown = {}): Promise<Manifest['spec']> {
  return (await deployment(values))['spec'].template.spec;
}

async function container(values: unknown = {}): Promise<Manifest['spec']> {
  return (await pod(values)).containers[0];
}

describe('image', () => {
  it("is the chart's version by default, and pulled only where it is missing", async () => {
    const { image, imagePullPolicy } = await container();
    expect(image).toMatch(/^ghcr\.io\/linked-clone-operator\/operator:\d+\.\d+\.\d+$/);
    expect(imagePullPolicy).toBe('IfNotPresent');
  });

  it('is pinned by its digest, from any registry or none', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const pinned = await container({
      image: { registry: 'harbor.example.org:8443', repository: 'x/y', tag: '1', digest },
    });
    expect(pinned.image).toBe(`harbor.example.org:8443/x/y:1@${digest}`);
    expect((await container({ image: { registry: '', repository: 'local', tag: 'dev' } })).image).toBe('local:dev');
  });

  it('is pulled with the Secrets of the chart and of the charts above, however they are written', async () => {
    const spec = await pod({ imagePullSecrets: ['own'], global: { imagePullSecrets: ['shared', { name: 'object' }] } });
    expect(spec.imagePullSecrets).toEqual([{ name: 'shared' }, { name: 'object' }, { name: 'own' }]);
  });
});

describe('security', () => {
  it('is what the restricted Pod Security Standard asks for', async () => {
    const spec = await pod();
    expect(spec.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  });

  it("gives the token to the operator's Pod alone", async () => {
    const manifests = await render({ simulator: { enabled: true } });
    expect(only(manifests, 'ServiceAccount')['automountServiceAccountToken']).toBe(false);
    expect(only(manifests, 'Deployment', 'linked-clone-operator')['spec'].template.spec).toMatchObject({
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      serviceAccountName: 'linked-clone-operator',
    });
    const simulator = only(manifests, 'Deployment', 'linked-clone-operator-simulator')['spec'].template.spec;
    expect(simulator.automountServiceAccountToken).toBe(false);
  });
});

describe('flags', () => {
  it('are those of the chart', async () => {
    expect((await container()).args).toEqual(['--metrics-listen=0.0.0.0:8080', '--log-level=info']);
  });

  it('take whole and fractional seconds, switches and namespaces, each once', async () => {
    const { args } = await container({
      logLevel: 'debug',
      watchNamespaces: ['lab', 'qa', 'lab'],
      config: { workers: 100, 'retry-base': 0.5, 'allow-insecure-tls': false, 'resync-interval': 1_000_000 },
    });
    expect(args).toEqual([
      '--metrics-listen=0.0.0.0:8080',
      '--log-level=debug',
      '--watch-namespaces=lab,qa',
      '--allow-insecure-tls=false',
      '--resync-interval=1000000',
      '--retry-base=0.5',
      '--workers=100',
    ]);
  });
});

describe('probes', () => {
  it('ask whether it answers and whether its caches are filled', async () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = await container();
    expect(ports).toEqual([{ name: 'metrics', containerPort: 8080, protocol: 'TCP' }]);
    expect(startupProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
    expect(livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
  });

  it('go where they are emptied', async () => {
    const without = await container({
      livenessProbe: { periodSeconds: null, timeoutSeconds: null, failureThreshold: null },
    });
    expect(without.livenessProbe).toBeUndefined();
    expect(without.readinessProbe).toBeDefined();
  });
});

describe('replicas', () => {
  it('is one without a disruption budget, which would only stand in the way', async () => {
    const manifests = await render();
    expect(only(manifests, 'Deployment')['spec'].replicas).toBe(1);
    expect(all(manifests, 'PodDisruptionBudget')).toEqual([]);
  });

  it('is two with a budget that lets one go, also a broken one, and Pods that spread over nodes', async () => {
    const manifests = await render({ replicaCount: 2 });
    const { spec } = only(manifests, 'PodDisruptionBudget');
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    const { selector, template } = only(manifests, 'Deployment')['spec'];
    expect(spec.selector).toEqual(selector);
    expect(template.spec.topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: selector,
      },
    ]);
  });

  it('keeps a label selector of a spread constraint that has one', async () => {
    const labelSelector = { matchLabels: { app: 'x' } };
    const constraint = { maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector };
    const spec = await pod({ topologySpreadConstraints: [constraint] });
    expect(spec.topologySpreadConstraints[0].labelSelector.matchLabels).toMatchObject({ app: 'x' });
  });
});

describe('selector', () => {
  it('is the same whatever the version, labels and replicas: an upgrade could not change it', async () => {
    const expected = {
      'app.kubernetes.io/name': 'linked-clone-operator',
      'app.kubernetes.io/instance': 'linked-clone-operator',
      'app.kubernetes.io/component': 'operator',
    };
    for (const values of [
      {},
      { commonLabels: { team: 'a' }, podLabels: { b: 'c' }, image: { tag: '9' }, replicaCount: 3 },
    ]) {
      const { selector, template } = (await deployment(values))['spec'];
      expect(selector.matchLabels).toEqual(expected);
      expect(template.metadata.labels).toMatchObject(expected);
    }
  });
});

it('takes every value that says where and how the Pod runs', async () => {
  const values = {
    priorityClassName: 'high',
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'a', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['vcenter.example.org'] }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.2'] },
    terminationGracePeriodSeconds: 30,
  };
  expect(await pod(values)).toMatchObject(values);
  const mounts = { extraEnv: [{ name: 'A', value: 'b' }], extraVolumeMounts: [{ name: 'v', mountPath: '/v' }] };
  const mounted = await pod({
    ...mounts,
    extraVolumes: [{ name: 'v', emptyDir: {} }],
    resources: { limits: { memory: '1Gi' } },
  });
  expect(mounted.volumes).toEqual([{ name: 'v', emptyDir: {} }]);
  expect(mounted.containers[0]).toMatchObject({
    env: mounts.extraEnv,
    volumeMounts: mounts.extraVolumeMounts,
    resources: { limits: { memory: '1Gi' } },
  });
  expect((await pod({ global: { priorityClassName: 'shared' } })).priorityClassName).toBe('shared');
});

it('takes annotations and labels, and an update strategy', async () => {
  const { metadata, spec } = await deployment({
    deploymentAnnotations: { a: '1' },
    podAnnotations: { b: '2' },
    podLabels: { c: '3' },
    commonLabels: { d: '4' },
    strategy: { type: 'Recreate' },
    revisionHistoryLimit: 7,
  });
  expect(metadata.annotations).toEqual({ a: '1' });
  expect(metadata.labels).toMatchObject({ d: '4' });
  expect(spec.template.metadata.annotations).toMatchObject({ b: '2' });
  expect(spec.template.metadata.labels).toMatchObject({ c: '3' });
  expect(spec).toMatchObject({ strategy: { type: 'Recreate' }, revisionHistoryLimit: 7 });
});
