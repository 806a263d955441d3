// One installation for a whole campaign: control plane, simulated vCenter and one operator process under the chart's
// rights, each behind a proxy where the campaign wants to see or change what goes over the wire. The folder with the logs,
// the ledger and the audit log stays when something was violated.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Lab } from '../../support/lab.ts';
import { History } from '../harness/history.ts';
import { Health } from './health.ts';
import { TamperingProxy } from './tampering-proxy.ts';
import type { Tamper } from './tampering-proxy.ts';

/** Appears nowhere by chance: whoever prints it has printed the password. */
export const CANARY = 'kanarienvogel-7f3a91c2';

type Flags = Readonly<Record<string, string | number | boolean>>;

export interface RigOptions {
  readonly campaign: string;
  readonly inventory: unknown;
  readonly speed?: number;
  readonly simulatorFlags?: Flags;
  readonly operatorFlags?: Flags;
  /** Between the operator and the vCenter. */
  readonly toVCenter?: Tamper;
  /** Between the operator and the API server. */
  readonly toApiServer?: Tamper;
  /** Folder of a copy of the operator with a defect in it. */
  readonly checkout?: string | undefined;
  /** Access rules of the VCenter "vc"; everything is allowed without it. */
  readonly access?: readonly unknown[];
}

/** A campaign runs on machines that are busy with others: the Lease isn't what it is about. */
const CALM = { 'lease-duration': 60, 'lease-renew-deadline': 50, 'lease-retry': 2 } as const;

export class Rig {
  readonly lab: Lab;
  readonly directory: string;
  readonly health: Health;
  /** Every version of our objects. */
  readonly history: History;
  /** What a VCenter's spec says of this vCenter, through the proxy where there is one. */
  readonly endpoint: { readonly server: string; readonly tls: { readonly thumbprint: string } };
  readonly #proxies: readonly TamperingProxy[];

  private constructor(
    lab: Lab,
    directory: string,
    history: History,
    proxies: readonly TamperingProxy[],
    endpoint: Rig['endpoint'],
  ) {
    this.lab = lab;
    this.directory = directory;
    this.history = history;
    this.health = new Health(lab, directory, CANARY, history);
    this.#proxies = proxies;
    this.endpoint = endpoint;
  }

  /** The VCenter "vc" is connected when this resolves. */
  static async start(options: RigOptions): Promise<Rig> {
    const directory = await mkdtemp(join(tmpdir(), `linked-clone-${options.campaign}-`));
    const proxies: TamperingProxy[] = [];
    const { toApiServer, toVCenter, simulatorFlags, operatorFlags, inventory, speed, checkout } = options;
    const lab = await Lab.start({
      directory,
      inventory,
      checkout,
      applyVCenter: false,
      ...(speed === undefined ? {} : { speed }),
      simulatorFlags: { password: CANARY, ...simulatorFlags },
      operatorFlags: { ...CALM, ...operatorFlags },
      ...(toApiServer === undefined
        ? {}
        : {
            proxied: async (own: string) => {
              const { path, proxy } = await proxiedKubeconfig(directory, own, toApiServer);
              proxies.push(proxy);
              return path;
            },
          }),
    });
    let history: History | undefined;
    try {
      const direct = { server: new URL(lab.simulator.url).host, tls: { thumbprint: lab.simulator.thumbprint } };
      const endpoint = toVCenter === undefined ? direct : await rigProxy(toVCenter);
      history = await History.start(lab.controlPlane.kubeconfig);
      const rig = new Rig(lab, directory, history, proxies, endpoint);
      await lab.applyVCenter({ ...rig.endpoint, ...(options.access === undefined ? {} : { access: options.access }) });
      await lab.waitReason('vcenters', 'vc', 'Connected', { timeoutMs: 60_000 });
      return rig;
    } catch (error) {
      history?.stop();
      await lab.stop();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      throw error;
    }

    async function rigProxy(tamper: Tamper): Promise<Rig['endpoint']> {
      const proxy = await TamperingProxy.start(directory, 'vcenter-proxy', lab.simulator.url, tamper);
      proxies.push(proxy);
      return { server: proxy.address, tls: { thumbprint: proxy.thumbprint } };
    }
  }

  /** Stops everything. The folder that is kept, with what the oracles read, when `keep`; else it's removed. */
  async finish(keep: boolean): Promise<string | undefined> {
    const { lab, directory } = this;
    this.health.stop();
    this.history.stop();
    if (keep) {
      await writeFile(join(directory, 'ledger.json'), JSON.stringify(await lab.vcenter.ledger(), null, 1));
      await copyFile(lab.controlPlane.auditLogPath, join(directory, 'audit.log'));
    }
    await lab.stop();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    if (keep) return directory;
    await rm(directory, { recursive: true, force: true });
    return undefined;
  }
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
}

async function proxiedKubeconfig(
  directory: string,
  own: string,
  tamper: Tamper,
): Promise<{ path: string; proxy: TamperingProxy }> {
  const kubeconfig = parse(await readFile(own, 'utf8')) as Kubeconfig;
  const [{ cluster }] = kubeconfig.clusters;
  const proxy = await TamperingProxy.start(directory, 'apiserver-proxy', cluster.server, tamper);
  cluster.server = `https://${proxy.address}`;
  cluster['certificate-authority-data'] = Buffer.from(proxy.caPem).toString('base64');
  const path = join(directory, 'proxied.kubeconfig');
  await writeFile(path, stringify(kubeconfig), { mode: 0o600 });
  return { path, proxy };
}
