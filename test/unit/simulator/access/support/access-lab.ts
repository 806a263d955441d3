// A simulated vCenter with users of few rights, on the wire: clients by user name, objects by inventory path.
import { findByPath } from '../../../../../src/simulator/search/inventory-path.ts';
import type { SimObject } from '../../../../../src/simulator/core/sim-object.ts';
import { startSimulator } from '../../../../../src/simulator/start-simulator.ts';
import type { RunningSimulator } from '../../../../../src/simulator/start-simulator.ts';
import { createLogger } from '../../../../../src/telemetry/logger.ts';
import { find, findAll, SoapClient } from '../../wire/support/soap-client.ts';
import type { Reply } from '../../wire/support/soap-client.ts';

export const PASSWORD = 'simulator';

/** Two folders with a machine each, and a parent with a snapshot. */
export const INVENTORY = `
datacenter: DC
clusters: [{ name: C, hosts: [h1, h2], pools: [labs] }]
datastores: [{ name: ds, capacity: 200 GB }]
networks: [{ name: net }]
folders: [open, secret]
vms:
  - { name: parent, folder: open, disks: [{ capacity: 10 GB, used: 1 GB }], snapshots: [{ name: base }] }
  - { name: seen, folder: open, pool: labs }
  - { name: unseen, folder: secret }
durations: { all: 0 }
`;

export class AccessLab {
  readonly simulator: RunningSimulator;
  readonly #clients: SoapClient[] = [];

  private constructor(simulator: RunningSimulator) {
    this.simulator = simulator;
  }

  /** `access`: the sections users, groups, roles and permissions. */
  static async start(access: string): Promise<AccessLab> {
    return new AccessLab(
      await startSimulator({ inventory: `${INVENTORY}\n${access}`, logger: createLogger('silent') }),
    );
  }

  /** Logged in as `userName`; the administrator by default. */
  async client(userName = 'administrator@vsphere.local'): Promise<SoapClient> {
    const client = new SoapClient(this.simulator.url);
    this.#clients.push(client);
    const reply = await client.login(userName, PASSWORD);
    if (reply.fault !== undefined) throw new Error(`${userName} can't log in: ${reply.fault}`);
    return client;
  }

  /** At an inventory path such as `/DC/vm/open`. */
  at(path: string): SimObject {
    const { registry, rootFolder } = this.simulator.world;
    const found = findByPath((target) => registry.get(target), rootFolder, path);
    if (found === undefined) throw new Error(`nothing at ${path}`);
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.simulator.stop();
  }
}

/** A reference as an element. */
export function ref(tag: string, object: SimObject): string {
  return `<${tag} type="${object.type}">${object.value}</${tag}>`;
}

/** Privilege and object of a NoPermission; undefined for any other reply. */
export function refusalOf(reply: Reply): readonly [privilege: string, object: string] | undefined {
  const fault = find(reply.body, 'detail', 'NoPermissionFault');
  if (fault === undefined) return undefined;
  return [find(fault, 'privilegeId')?.text ?? '', find(fault, 'object')?.text ?? ''];
}

/** Reads one property of one object. */
export function read(client: SoapClient, object: SimObject, path: string): Promise<Reply> {
  return client.call(
    'RetrieveProperties',
    'PropertyCollector',
    'propertyCollector',
    `<specSet><propSet><type>${object.type}</type><pathSet>${path}</pathSet></propSet>` +
      `<objectSet>${ref('obj', object)}</objectSet></specSet>`,
  );
}

/** The references that a read property lists. */
export function listed(reply: Reply): readonly string[] {
  const value = find(reply.body, 'returnval', 'propSet', 'val');
  return findAll(value, 'ManagedObjectReference').map((item) => item.text);
}

/** SetEntityPermissions for one principal. */
export function permission(
  object: SimObject,
  principal: string,
  roleId: number,
  options: { readonly isGroup?: boolean; readonly propagate?: boolean } = {},
): string {
  return (
    `${ref('entity', object)}<permission><principal>${principal}</principal>` +
    `<group>${options.isGroup === true}</group><roleId>${roleId}</roleId><propagate>${options.propagate !== false}</propagate></permission>`
  );
}

/** Calls a method of AuthorizationManager. */
export function authorize(client: SoapClient, method: string, args: string): Promise<Reply> {
  return client.call(method, 'AuthorizationManager', 'AuthorizationManager', args);
}
