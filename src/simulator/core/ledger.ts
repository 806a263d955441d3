// The diary of GET /v1/ledger: every mutation in order, once when it was called and once when it ended. References are
// MoRef values (`vm-42`): a value names one object of a vCenter. The wire writes `call` for every mutating method and
// `end` for those without a task; whoever runs a task writes its `end`. Times are ISO strings of the simulated clock.

export interface LedgerArgs {
  readonly name?: string;
  readonly folder?: string;
  readonly snapshot?: string;
  readonly instanceUuid?: string;
  /** The value of the extraConfig key `linkedclone.dev/owner`, when the call carried one. */
  readonly marker?: string;
  readonly diskMoveType?: string;
  /** Of a snapshot that is made. */
  readonly description?: string;
  /** Of a snapshot that is removed: all that were taken on top of it go, too. */
  readonly removeChildren?: boolean;
}

export interface LedgerEntry {
  readonly seq: number;
  readonly phase: 'call' | 'end';
  readonly time: string;
  readonly method: string;
  readonly target: string;
  readonly args: LedgerArgs;
  readonly operationId?: string;
  readonly user?: string;
  readonly session?: string;
  readonly task?: string;
  /** Of `end`: the MoRef value that came out, when one did. */
  readonly result?: string;
  /** Of `end`: the fault's type. */
  readonly fault?: string;
}

export interface LedgerCall {
  readonly method: string;
  readonly target: string;
  readonly args: LedgerArgs;
  readonly operationId?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
}

/** How something ended: named by the MoRef value of its task, or by the seq of its call. */
export interface LedgerEnd {
  readonly task?: string;
  readonly call?: number;
  readonly result?: string | undefined;
  readonly fault?: string | undefined;
}

/** How many ends are kept that no call has claimed yet. */
const EARLY_LIMIT = 1000;

export class Ledger {
  readonly #entries: LedgerEntry[] = [];
  readonly #callOfTask = new Map<string, number>();
  /** Tasks that ended before the call that started them had returned. */
  readonly #early = new Map<string, LedgerEnd>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Writes the call and returns its seq. */
  call(entry: LedgerCall): number {
    return this.#append({ phase: 'call', ...withoutUndefined(entry) });
  }

  /** The call `seq` started `task` (a MoRef value). */
  bindTask(seq: number, task: string): void {
    const index = seq - 1;
    const entry = this.#entries[index];
    if (entry === undefined) throw new Error(`the ledger has no entry ${seq}`);
    this.#entries[index] = { ...entry, task };
    this.#callOfTask.set(task, seq);
    const early = this.#early.get(task);
    if (early === undefined) return;
    this.#early.delete(task);
    this.end(early);
  }

  /** Writes the end of a call or of a task. A task that no call on the wire started has no entry. */
  end(end: LedgerEnd): void {
    const seq = end.call ?? this.#callOfTask.get(end.task ?? '');
    if (seq === undefined) {
      if (end.task !== undefined) this.#keepEarly(end.task, end);
      return;
    }
    const call = this.#entries[seq - 1];
    if (call === undefined) throw new Error(`the ledger has no entry ${seq}`);
    if (end.task !== undefined) this.#callOfTask.delete(end.task);
    const { seq: _seq, time: _time, ...about } = call;
    this.#append({ ...about, phase: 'end', ...withoutUndefined({ result: end.result, fault: end.fault }) });
  }

  /** Entries after `seq`, oldest first. */
  since(seq: number): readonly LedgerEntry[] {
    return this.#entries.slice(Math.max(0, seq));
  }

  #keepEarly(task: string, end: LedgerEnd): void {
    this.#early.set(task, end);
    const oldest = this.#early.keys().next().value;
    if (this.#early.size > EARLY_LIMIT && oldest !== undefined) this.#early.delete(oldest);
  }

  #append(entry: Omit<LedgerEntry, 'seq' | 'time'>): number {
    const seq = this.#entries.length + 1;
    this.#entries.push({ seq, time: new Date(this.#now()).toISOString(), ...entry });
    return seq;
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}
