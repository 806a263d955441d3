// What kube-proxy and a cluster's DNS do, for one machine and without its packet filter: each Service's address is put on the
// loopback interface, and each of its ports is a proxy to one of its ready endpoints.
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { once } from 'node:events';
import { sleep } from '../../util/abort.ts';
import { systemClock } from '../../util/clock.ts';
import { errorMessage } from '../../util/errors.ts';
import type { AdminApi } from '../control-plane/admin-api.ts';
import { KUBERNETES_SERVICE_IP, SERVICE_RANGE } from '../control-plane/pki.ts';
import { startClusterDns } from './cluster-dns.ts';
import { runCommandLine } from './run-command.ts';

/** Of the tenth address of the service range, as clusters have it. */
export const DNS_ADDRESS = SERVICE_RANGE.replace(/\.0\/\d+$/, '.10');

const LOOK_EVERY_MS = 300;

interface Service {
  metadata: { name: string; namespace: string };
  spec: { clusterIP?: string; ports?: { name?: string; port: number; protocol?: string }[] };
}

interface EndpointSlice {
  metadata: { namespace: string; labels?: Record<string, string> };
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] | null;
  ports?: { name?: string; port?: number }[] | null;
}

interface Target {
  host: string;
  port: number;
}

export interface ServiceProxy {
  stop(): Promise<void>;
}

/** Starts it; the API server's own Service works when this resolves. */
export async function startServiceProxy(api: AdminApi, apiserver: Target): Promise<ServiceProxy> {
  const stop = new AbortController();
  const addresses = new Set<string>();
  const names = new Map<string, string>();
  const targets = new Map<string, readonly Target[]>();
  const servers = new Map<string, Server>();

  const addAddress = async (address: string): Promise<void> => {
    if (addresses.has(address)) return;
    addresses.add(address);
    await runCommandLine('ip', ['address', 'replace', `${address}/32`, 'dev', 'lo']);
  };
  const listen = async (address: string, port: number): Promise<void> => {
    const key = `${address}:${port}`;
    if (servers.has(key)) return;
    let turn = 0;
    const server = createServer((client) => {
      const choice = targets.get(key) ?? [];
      const target = choice[turn++ % Math.max(choice.length, 1)];
      if (target === undefined) {
        client.destroy();
        return;
      }
      const upstream = connect(target.port, target.host);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => other.destroy()); // a peer that is gone is the other's business
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    servers.set(key, server);
    server.listen({ host: address, port });
    await once(server, 'listening');
  };

  const look = async (): Promise<void> => {
    const [services, slices] = await Promise.all([
      api.call<{ items: Service[] }>('GET', '/api/v1/services'),
      api.call<{ items: EndpointSlice[] }>('GET', '/apis/discovery.k8s.io/v1/endpointslices'),
    ]);
    names.clear();
    targets.clear();
    for (const { metadata, spec } of services.items) {
      const { clusterIP = 'None', ports = [] } = spec;
      if (clusterIP === 'None' || clusterIP === '') continue;
      names.set(`${metadata.name}.${metadata.namespace}`, clusterIP);
      const isApiserver = clusterIP === KUBERNETES_SERVICE_IP;
      await addAddress(clusterIP);
      for (const { name, port, protocol = 'TCP' } of ports) {
        if (protocol !== 'TCP') continue;
        targets.set(`${clusterIP}:${port}`, isApiserver ? [apiserver] : endpoints(slices.items, metadata, name));
        await listen(clusterIP, port);
      }
    }
  };

  await addAddress(DNS_ADDRESS);
  await look();
  const dns = await startClusterDns(DNS_ADDRESS, (name) => names.get(name));
  const looking = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await sleep(systemClock, LOOK_EVERY_MS, stop.signal).catch(() => undefined);
      // the API server may be stopped for a moment; what is known stays
      if (!stop.signal.aborted) await look().catch((error: unknown) => process.stderr.write(notice(error)));
    }
  })();
  return {
    async stop() {
      stop.abort();
      await looking;
      dns.close();
      for (const server of servers.values()) server.close();
      for (const address of addresses)
        await runCommandLine('ip', ['address', 'delete', `${address}/32`, 'dev', 'lo']).catch(() => undefined);
    },
  };
}

function endpoints(
  slices: readonly EndpointSlice[],
  service: Service['metadata'],
  portName: string | undefined,
): readonly Target[] {
  return slices
    .filter(
      ({ metadata }) =>
        metadata.namespace === service.namespace && metadata.labels?.['kubernetes.io/service-name'] === service.name,
    )
    .flatMap(({ endpoints: found, ports }) => {
      const port = ports?.find(({ name }) => (name ?? '') === (portName ?? ''))?.port;
      if (port === undefined) return [];
      const ready = (found ?? []).filter(({ conditions }) => conditions?.ready !== false);
      return ready.flatMap(({ addresses: hosts }) => hosts.map((host) => ({ host, port })));
    });
}

function notice(error: unknown): string {
  return `services aren't followed for a moment: ${errorMessage(error)}\n`;
}
