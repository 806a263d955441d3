// The simulator's admin endpoint as tests use it: the truth about what was done in vCenter, and the ways to disturb it.

export interface LedgerEntry {
  readonly seq: number;
  readonly phase: 'call' | 'end';
  readonly time: string;
  readonly method: string;
  readonly target: string;
  readonly args: {
    readonly name?: string;
    readonly folder?: string;
    readonly snapshot?: string;
    readonly instanceUuid?: string;
    readonly marker?: string;
    readonly diskMoveType?: string;
    /** Of a snapshot that is made. */
    readonly description?: string;
    /** Of a snapshot that is removed: with all that were taken on top of it. */
    readonly removeChildren?: boolean;
  };
  /** That its client sent with it. */
  readonly operationId?: string;
  readonly user: string;
  readonly session: string;
  readonly task?: string;
  readonly result?: string;
  readonly fault?: string;
}

export interface SimulatedDisk {
  readonly key: number;
  readonly label: string;
  /** The file that the guest writes to first, the base last. */
  readonly chain: readonly {
    readonly file: string;
    readonly ownBytes: number;
    readonly uses: number;
    readonly missing: boolean;
  }[];
}

export interface SimulatedVm {
  readonly moRef: string;
  readonly name: string;
  readonly instanceUuid: string;
  readonly folder: string;
  readonly host: string;
  readonly power: string;
  readonly marker?: unknown;
  readonly ipAddress: string | null;
  readonly hostName: string | null;
  readonly customization: string | null;
  readonly unsharedBytes: number;
  readonly disks: readonly SimulatedDisk[];
}

export interface SimulatedInventory {
  readonly vms: readonly SimulatedVm[];
  readonly datastores: readonly {
    readonly name: string;
    readonly freeBytes?: number;
    readonly capacityBytes?: number;
    readonly files: readonly { readonly file: string; readonly bytes: number }[];
  }[];
  readonly snapshots: readonly {
    readonly moRef: string;
    /** In its machine, for good: a registration changes the reference alone. */
    readonly id?: number;
    readonly name: string;
    readonly vm: string;
    readonly description?: string;
    readonly createTime?: string;
    /** MoRef value of the snapshot that it was taken on. */
    readonly parent?: string | null;
  }[];
}

export interface Stats {
  readonly calls: Readonly<Record<string, number>>;
  readonly sessions: number;
  readonly maxInFlight: Readonly<Record<string, number>>;
  readonly queued: number;
}

export class SimulatorAdmin {
  readonly #adminUrl: () => string;

  constructor(adminUrl: () => string) {
    this.#adminUrl = adminUrl;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#adminUrl()}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  stats(): Promise<Stats> {
    return this.#call('GET', '/v1/stats');
  }

  ledger(since = 0): Promise<LedgerEntry[]> {
    return this.#call('GET', `/v1/ledger?since=${since}`);
  }

  inventory(): Promise<SimulatedInventory> {
    return this.#call('GET', '/v1/inventory');
  }

  fault(rule: {
    match: Readonly<Record<string, unknown>>;
    action: Readonly<Record<string, unknown>>;
    times?: number;
    forSeconds?: number;
  }): Promise<{ readonly id: number }> {
    return this.#call('POST', '/v1/faults', rule);
  }

  /** How many calls a rule has disturbed, also one that is over. */
  async faultHits(id: number): Promise<number> {
    const { hits } = await this.#call<{ readonly hits: number }>('GET', `/v1/faults?id=${id}`);
    return hits;
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/v1/faults');
  }

  clock(change: { advanceSeconds?: number; speed?: number }): Promise<unknown> {
    return this.#call('POST', '/v1/clock', change);
  }

  /** Any other route: restart, checkpoints, restore, conditions. */
  post(path: string, body: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  async endCondition(condition: string, object: string): Promise<void> {
    await this.#call('DELETE', `/v1/conditions?${new URLSearchParams({ condition, object }).toString()}`);
  }

  /** VMs with the ownership marker of this operator. */
  async owned(): Promise<SimulatedVm[]> {
    const { vms } = await this.inventory();
    return vms.filter((vm) => vm.marker !== undefined && vm.marker !== null);
  }

  /** All calls so far, whatever the method. */
  async totalCalls(): Promise<number> {
    const { calls } = await this.stats();
    return Object.values(calls).reduce((sum, count) => sum + count, 0);
  }
}
