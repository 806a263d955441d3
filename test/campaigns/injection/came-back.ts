// Whether a string that was taken is in the vCenter as it was given, for those fields that end up there.
import { OTHER } from '../../integration/operator/support/inventory.ts';
import type { Lab } from '../../support/lab.ts';
import { SecondClient, vm } from '../../support/second-client.ts';
import type { Fall } from '../long-lived/run-plans.ts';
import type { LinkedClone, LinkedCloneSet } from '../../../src/api/types.generated.ts';

/** `%2f`, `%5c` and `%25` are how vCenter keeps `/`, `\` and `%` in names. */
function unescaped(name: string): string {
  const plain: Readonly<Record<string, string>> = { '%2f': '/', '%5c': '\\', '%25': '%' };
  return name.replaceAll(/%(2f|5c|25)/gi, (sequence) => plain[sequence.toLowerCase()] ?? sequence);
}

/** What the operator puts behind a description. */
const OWN_MARK = /\n\[linkedclone\.dev\/owner=[^\]]*\]$/;

export class CameBack {
  readonly #lab: Lab;
  readonly #client: SecondClient;

  private constructor(lab: Lab, client: SecondClient) {
    this.#lab = lab;
    this.#client = client;
  }

  static async open(lab: Lab): Promise<CameBack> {
    return new CameBack(lab, await SecondClient.connect({ ...lab.simulator, ...OTHER }));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** `object` is Ready; what of `value` at `path` is in the vCenter must be equal. */
  async compare(kind: string, path: string, value: string, name: string, namespace: string): Promise<Fall[]> {
    const found = await this.#find(kind, path, name, namespace, value);
    if (found === undefined || found === value) return [];
    return [{ oracle: 'comes back equal', text: `${JSON.stringify(found)} instead of ${JSON.stringify(value)}` }];
  }

  /** Undefined: the field doesn't end up in vCenter. */
  async #find(kind: string, path: string, name: string, namespace: string, value: string): Promise<string | undefined> {
    if (kind === 'BaseSnapshot' && path === 'snapshot.create.name')
      return (await this.#snapshot(name, namespace))?.name;
    if (kind === 'BaseSnapshot' && path === 'snapshot.create.description')
      return (await this.#snapshot(name, namespace))?.description?.replace(OWN_MARK, '');
    const uid = await this.#machineUid(kind, name, namespace);
    const machine = (await this.#lab.vcenter.inventory()).vms.find(({ instanceUuid }) => instanceUuid === uid);
    if (machine === undefined) return undefined;
    if (path === 'vmName') return unescaped(machine.name);
    if (path.endsWith('placement.folder')) return folderOf(machine.folder, value);
    if (path.endsWith('notes')) return this.#notes(machine.moRef, value);
    return undefined;
  }

  async #machineUid(kind: string, name: string, namespace: string): Promise<string | undefined> {
    if (kind === 'LinkedClone')
      return (await this.#lab.api.get<LinkedClone>('linkedclones', name, namespace))?.metadata.uid;
    if (kind !== 'LinkedCloneSet') return undefined;
    return (await this.#lab.clonesOf(name, namespace))[0]?.metadata.uid;
  }

  async #snapshot(
    name: string,
    namespace: string,
  ): Promise<{ readonly name: string; readonly description?: string } | undefined> {
    const base = await this.#lab.api.get<LinkedCloneSet & { status: { snapshot?: { moRef: string } } }>(
      'basesnapshots',
      name,
      namespace,
    );
    const { snapshots } = await this.#lab.vcenter.inventory();
    // a snapshot is no entity of the inventory: nothing in its name is written otherwise
    return snapshots.find(({ moRef }) => moRef === base?.status.snapshot?.moRef);
  }

  /** Placeholders are filled in: only what has none is compared. */
  async #notes(moRef: string, value: string): Promise<string | undefined> {
    if (/\{\w+\}/.test(value)) return undefined;
    return String(await this.#client.property(vm(moRef), 'config.annotation'));
  }
}

/** Below the folder of machines. A name is kept with escapes, and asked for with or without them. */
function folderOf(folder: string, value: string): string {
  const relative = folder.replace('/DC0/vm/', '');
  return unescaped(relative) === unescaped(value) ? value : relative;
}
