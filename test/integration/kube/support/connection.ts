// A REST client towards a control plane, directly or through a proxy that the test disturbs, and the kinds that the tests
// of src/kube use.
import { readFile } from 'node:fs/promises';
import { PooledKubeConfig } from '../../../../src/kube/kube-config.ts';
import type { KubeObject, Resource } from '../../../../src/kube/objects.ts';
import { RestClient } from '../../../../src/kube/rest.ts';
import type { RestClientOptions } from '../../../../src/kube/rest-options.ts';
import { createLogger } from '../../../../src/telemetry/logger.ts';
import type { ControlPlaneClient } from '../../../../src/testbed/control-plane/control-plane.ts';
import { systemClock } from '../../../../src/util/clock.ts';
import { TcpProxy } from '../../../support/tcp-proxy.ts';

export interface ConfigMap extends KubeObject<undefined> {
  readonly data?: Readonly<Record<string, string>>;
}

export const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

export const silent = createLogger('silent');

export interface Connection {
  readonly rest: RestClient;
  readonly config: PooledKubeConfig;
  close(): Promise<void>;
}

export interface ProxiedConnection extends Connection {
  readonly proxy: TcpProxy;
}

type Options = Partial<Omit<RestClientOptions, 'config'>>;

/** A client as the control plane's administrator. */
export async function connect(plane: ControlPlaneClient, options: Options = {}): Promise<Connection> {
  return open(await readFile(plane.kubeconfig, 'utf8'), options);
}

/** The same through a proxy of its own; closing it stops the proxy too. */
export async function connectThroughProxy(
  plane: ControlPlaneClient,
  options: Options = {},
): Promise<ProxiedConnection> {
  const proxy = await TcpProxy.start(plane.server);
  const text = await readFile(plane.kubeconfig, 'utf8');
  const connection = open(text.replaceAll(plane.server, `https://127.0.0.1:${proxy.port}`), options);
  const close = async (): Promise<void> => {
    await connection.close();
    await proxy.stop();
  };
  return { ...connection, proxy, close };
}

function open(kubeconfig: string, options: Options): Connection {
  const config = PooledKubeConfig.fromText(kubeconfig);
  const rest = new RestClient({
    config,
    userAgent: 'kube-test/1',
    fieldManager: 'kube-test',
    clock: systemClock,
    ...options,
  });
  return { rest, config, close: () => config.close() };
}
