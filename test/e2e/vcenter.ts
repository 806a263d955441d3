// A vCenter beside the cluster: the simulator as a process of this machine, which Pods reach as they would reach a real one.
// It outlives the operator, and its ledger says what was really done.
import { HOST_ADDRESS } from '../../src/testbed/node/node-folder.ts';
import { startSimulator } from '../../src/testbed/simulator.ts';
import { SAMPLE_INVENTORY } from '../../src/testbed/demo/samples.ts';
import type { LedgerEntry } from '../support/simulator-admin.ts';
import { SimulatorAdmin } from '../support/simulator-admin.ts';
import type { Context } from './context.ts';
import { OPERATOR_NAMESPACE } from './context.ts';

export interface OutsideVcenter {
  admin: SimulatorAdmin;
  /** Of the VCenter object. */
  name: string;
  /** The VCenter's spec. */
  spec: Record<string, unknown>;
  /** Changes since the mark: what was asked of it, sessions aside. */
  changesSince(mark: number): Promise<readonly string[]>;
  /** For `changesSince`. */
  mark(): Promise<number>;
  stop(): Promise<void>;
}

/** What concerns the operator itself: its session, and its claim on the vCenter. */
const ITS_OWN = new Set(['Login', 'Logout', 'LoginExtensionByCertificate', 'AddCustomFieldDef', 'SetField']);
const SECRET = 'outside';
/** Each has a VCenter of its own: one that a failed part has left is of another vCenter. */
let started = 0;

/** Starts it and tells the cluster of its account; the VCenter object is the caller's. */
export async function startVcenter(context: Context, speed = 5): Promise<OutsideVcenter> {
  const flags = { listen: `${HOST_ADDRESS}:0`, inventory: SAMPLE_INVENTORY, speed };
  const { process, url, thumbprint, username, password, adminUrl } = await startSimulator({
    flags,
    signal: context.signal,
  });
  started += 1;
  const admin = new SimulatorAdmin(() => adminUrl);
  const last = (ledger: readonly LedgerEntry[]): number => ledger.at(-1)?.seq ?? 0;
  await context.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET, namespace: OPERATOR_NAMESPACE },
      stringData: { username, password },
    },
  ]);
  return {
    admin,
    name: `outside-${started}`,
    spec: {
      server: new URL(url).host,
      tls: { thumbprint },
      credentialsSecretRef: { name: SECRET },
      datacenter: 'DC0',
      access: [
        {
          namespaces: { names: ['*'] },
          parents: ['Templates/Tmpl *'],
          folders: ['Labs/{namespace}'],
          resourcePools: ['*'],
          datastores: ['*'],
        },
      ],
    },
    async changesSince(mark) {
      const ledger = await admin.ledger(mark);
      return ledger
        .filter(({ seq, phase, method }) => seq > mark && phase === 'call' && !ITS_OWN.has(method))
        .map(({ method, target, args }) => `${method} ${target} ${args.name ?? ''}`.trim());
    },
    mark: async () => last(await admin.ledger()),
    stop: async () => void (await process.stop()),
  };
}
