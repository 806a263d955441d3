// The API external.metrics.k8s.io, served by this process for the autoscaler: one metric with a value that the test sets.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { CertificateAuthority } from '../../src/testbed/control-plane/certificate-authority.ts';
import { CLUSTER_CA } from '../../src/testbed/control-plane/pki.ts';
import type { Context } from './context.ts';
import { OPERATOR_NAMESPACE } from './context.ts';

export interface ExternalMetrics {
  value: number;
  stop(): Promise<void>;
}

const GROUP_VERSION = 'external.metrics.k8s.io/v1beta1';
const API_SERVICE = 'v1beta1.external.metrics.k8s.io';

/** Serves it and registers it; the aggregator follows an ExternalName to this machine. */
export async function startExternalMetrics(context: Context): Promise<ExternalMetrics> {
  const { apply, kubectl, until, controlPlane } = context;
  const authority = await CertificateAuthority.load(controlPlane.directory, CLUSTER_CA);
  const { keyPem, certificatePem } = await authority.issueServer('metrics', { dns: ['localhost'], ip: ['127.0.0.1'] });
  const metrics = { value: 0 };
  const server = createServer({ key: keyPem, cert: certificatePem }, (request, response) => {
    const path = new URL(request.url ?? '/', 'https://localhost').pathname;
    const body = path === `/apis/${GROUP_VERSION}` ? resourceList() : valueList(metrics.value);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const service = { name: 'external-metrics', namespace: OPERATOR_NAMESPACE };
  await apply([
    { apiVersion: 'v1', kind: 'Service', metadata: service, spec: { type: 'ExternalName', externalName: 'localhost' } },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: API_SERVICE },
      spec: {
        group: 'external.metrics.k8s.io',
        version: 'v1beta1',
        service: { ...service, port },
        insecureSkipTLSVerify: true,
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
  ]);
  await until(
    'the metrics API to be served',
    async () => (await controlPlane.api.request('GET', `/apis/${GROUP_VERSION}`)).status === 200,
  );
  return Object.assign(metrics, {
    async stop() {
      // first: a registered API that doesn't answer keeps every namespace from being deleted
      await kubectl(['delete', 'apiservice', API_SERVICE]);
      await kubectl(['delete', 'service', service.name, '-n', service.namespace]);
      server.closeAllConnections();
      server.close();
    },
  });
}

function resourceList(): unknown {
  const resource = {
    name: 'seats',
    singularName: '',
    namespaced: true,
    kind: 'ExternalMetricValueList',
    verbs: ['get'],
  };
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: GROUP_VERSION, resources: [resource] };
}

function valueList(value: number): unknown {
  const item = { metricName: 'seats', metricLabels: {}, timestamp: new Date().toISOString(), value: String(value) };
  return { kind: 'ExternalMetricValueList', apiVersion: GROUP_VERSION, metadata: {}, items: [item] };
}
