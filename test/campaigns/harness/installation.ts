// One installation: its operator's process between two proxies of its own, so that its writes are numbered apart from those of
// another, and a fault on one of them hits the process that made it.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProxy } from './api-proxy.ts';
import type { Cluster } from './cluster.ts';
import { OperatorProcess } from './operator-process.ts';
import type { PlannedFault } from './plan.ts';
import { Taps } from './taps.ts';
import { SHORT_TIMERS } from './timers.ts';
import type { Flags } from './timers.ts';
import { VCenterProxy } from './vcenter-proxy.ts';
import type { WriteTap } from './write-tap.ts';

export interface InstallationOptions {
  readonly cluster: Cluster;
  /** Of the simulated vCenter's SDK. */
  readonly vCenterUrl: string;
  /** Of its log files. */
  readonly name: string;
  readonly directory: string;
  /** Namespace of its Lease. */
  readonly namespace: string;
  /** 1 for the first, 2 for a second one. */
  readonly number: number;
  readonly faults: readonly PlannedFault[];
  readonly flags: Flags;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folder of another checkout, whose operator it is. */
  readonly checkout: string | undefined;
  /** Of its ServiceAccount; the first one's without it. */
  readonly token?: string;
}

export interface Installation {
  /** Of its Lease. */
  readonly namespace: string;
  readonly apiProxy: ApiProxy;
  readonly vcProxy: VCenterProxy;
  readonly operator: OperatorProcess;
  readonly taps: Taps;
}

/** What was decided by one look at the Lease is sent in a moment, one call right after the other. */
const TOGETHER_MS = 20;

/**
 * Until no other write has come for a moment: between a look at the Lease and the socket lies a time that no check can cover
 * (docs/safety.md), and who stops the process at the first of several calls that it sends together hits just that.
 */
async function sentTogether(writes: readonly WriteTap[]): Promise<void> {
  const sent = (): number => writes.reduce((sum, { seen }) => sum + seen.length, 0);
  for (let before = -1; before !== sent();) {
    before = sent();
    await sleep(TOGETHER_MS);
  }
}

/** Its operator is yet to be started; faults on Lease and claim are armed. */
export async function prepareInstallation(options: InstallationOptions): Promise<Installation> {
  const { cluster, vCenterUrl, name, directory, namespace, number, faults, flags, env, checkout, token } = options;
  // the operator's process is there only once its proxies are
  const late: { operator?: OperatorProcess; writes?: readonly WriteTap[] } = {};
  const hooks = {
    kill: async (): Promise<void> => late.operator?.kill(),
    stun: async (): Promise<void> => {
      await sentTogether(late.writes ?? []);
      late.operator?.stun();
    },
  };
  const [apiProxy, vcProxy] = await Promise.all([
    ApiProxy.start(cluster.controlPlane.server, hooks),
    VCenterProxy.start(vCenterUrl, hooks),
  ]);
  const operator = new OperatorProcess({
    name,
    kubeconfig: await cluster.operatorKubeconfig(apiProxy.url, directory, name, token),
    flags: { ...SHORT_TIMERS, ...flags },
    directory,
    checkout,
    leases: apiProxy.leases,
    ...(env === undefined ? {} : { env }),
    beforeRestart: () => cluster.shortenLease(namespace),
  });
  late.operator = operator;
  late.writes = [apiProxy.writes, vcProxy.writes];
  const taps = new Taps(apiProxy, vcProxy, faults, number);
  taps.armFromTheStart();
  return { namespace, apiProxy, vcProxy, operator, taps };
}

export interface Standby {
  readonly process: OperatorProcess;
  readonly proxy: ApiProxy;
}

/** Another process of the first installation, that waits for the Lease; nothing is planned for its writes. */
export async function prepareStandby({
  cluster,
  name,
  directory,
  flags,
  checkout,
}: Pick<InstallationOptions, 'cluster' | 'name' | 'directory' | 'flags' | 'checkout'>): Promise<Standby> {
  const nothing = (): Promise<void> => Promise.resolve();
  const proxy = await ApiProxy.start(cluster.controlPlane.server, { kill: nothing, stun: nothing });
  const kubeconfig = await cluster.operatorKubeconfig(proxy.url, directory, name);
  const process = new OperatorProcess({
    ...{ name, kubeconfig, flags: { ...SHORT_TIMERS, ...flags }, directory, checkout },
    leases: proxy.leases,
  });
  return { process, proxy };
}
