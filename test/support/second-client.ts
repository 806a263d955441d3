// Somebody else who works in the same vCenter: another session, another user agent, no markers. Tests use it for what
// people, backup tools and DRS do behind the operator's back. Every call waits for the end of its task.
import type { RunningSimulator } from '../../src/testbed/simulator.ts';
import { waitUntil } from '../../src/testbed/wait-until.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { systemClock } from '../../src/util/clock.ts';
import { VSphereClient } from '../../src/vsphere/client.ts';
import { isMoRef } from '../../src/vsphere/mo-ref.ts';
import type { MoRef } from '../../src/vsphere/mo-ref.ts';

export type Account = Pick<RunningSimulator, 'url' | 'thumbprint' | 'username' | 'password'>;

interface EndedTask {
  readonly state: string;
  readonly error?: { readonly fault?: { readonly $type?: string }; readonly localizedMessage?: string };
  readonly result?: MoRef;
}

/** A reference by type and value, `vm('vm-42')` for short. */
export function vm(value: string): MoRef {
  return { type: 'VirtualMachine', value };
}

export class SecondClient {
  readonly client: VSphereClient;

  private constructor(client: VSphereClient) {
    this.client = client;
  }

  static async connect(account: Account): Promise<SecondClient> {
    const { url: server, thumbprint, username, password } = account;
    return new SecondClient(
      await VSphereClient.connect({
        server,
        username,
        password,
        tls: { thumbprint },
        userAgent: 'second-client/1',
        clock: systemClock,
        logger: createLogger('silent'),
      }),
    );
  }

  /** Calls a method and, where it answers with a task, waits for its end. Rejects with the fault's name in the message. */
  async run(object: MoRef, method: string, args: Record<string, unknown> = {}): Promise<MoRef | undefined> {
    const result = await this.client.invoke<unknown>(object, method, args);
    if (!isMoRef(result) || result.type !== 'Task') return isMoRef(result) ? result : undefined;
    const ended = await waitUntil(
      `${method} on ${object.value}`,
      async () => {
        const { properties } = await this.client.read(result, ['info']);
        const info = properties['info'] as EndedTask;
        return info.state === 'success' || info.state === 'error' ? info : undefined;
      },
      { timeoutMs: 60_000, intervalMs: 20, retryErrors: false },
    );
    if (ended.state === 'error')
      throw new Error(`${method}: ${ended.error?.fault?.$type ?? ''} ${ended.error?.localizedMessage ?? ''}`);
    return ended.result;
  }

  /** One property, read now; undefined while it's unset. */
  async property(object: MoRef, path: string): Promise<unknown> {
    return (await this.client.read(object, [path])).properties[path];
  }

  /** The object at `DC0/vm/Labs/…`. */
  async at(inventoryPath: string): Promise<MoRef> {
    const found = await this.client.findByInventoryPath(inventoryPath);
    if (found === undefined) throw new Error(`nothing at ${inventoryPath}`);
    return found;
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
