// Where the writes of one operator to one side pass: numbered in the order in which they come, and broken as the plan says
// at their number. What a fault does to the process is the business of `hooks`; what it does to the call is told by `act`.

export const WRITE_ACTS = [
  'kill-before',
  'kill-after',
  'lose-reply',
  'delay',
  'delay-past-timeout',
  'reset',
  'conflict',
  'throttle',
  'server-error',
  'stun-before',
  'stun-after',
] as const;

/**
 * `kill-before`: the process is killed and the call never arrives; `kill-after`: the call is carried out, then the process is
 * killed; `lose-reply`: carried out, the connection is cut; `delay`: arrives late; `delay-past-timeout`: arrives when its
 * client has given up and gone on with something else; `reset`: cut before it arrives; `conflict`, `throttle`,
 * `server-error`: refused with what each side has for that, and not carried out; `stun-before`, `stun-after`: the process is
 * stopped (SIGSTOP) around the call, which is carried out.
 */
export type WriteAct = (typeof WRITE_ACTS)[number];

export interface WriteFault {
  /** From 1, among the writes after `arm`. */
  readonly nth: number;
  readonly act: WriteAct;
  /** Only writes whose label begins so are counted: of those without it, some come or not as the operator's statuses coalesce. */
  readonly of?: string | undefined;
}

export interface SeenWrite {
  /** 0 for what passed before the faults were armed. */
  readonly nth: number;
  /** Epoch milliseconds of its arrival. */
  readonly at: number;
  readonly label: string;
  readonly act?: WriteAct;
}

export interface TapHooks {
  kill(): Promise<void>;
  stun(): Promise<void>;
}

/** How late a delayed call arrives, and how long after its client has gone one that comes past its timeout. */
export const DELAY_MS = 700;
export const PAST_TIMEOUT_MS = 1500;

export class WriteTap {
  readonly #hooks: TapHooks;
  readonly #seen: SeenWrite[] = [];
  #faults: { readonly fault: WriteFault; passed: number }[] = [];
  /** Told of each numbered write right before it is sent on, and waited for: what it begins is there when the write arrives. */
  beforeWrite: ((label: string) => Promise<void>) | undefined;
  #armed = false;
  #count = 0;
  #open = 0;
  #doneAt = 0;

  constructor(hooks: TapHooks) {
    this.#hooks = hooks;
  }

  /** Starts to number, and to break what is planned. */
  arm(faults: readonly WriteFault[]): void {
    this.#faults = faults.map((fault) => ({ fault, passed: 0 }));
    this.#armed = true;
    this.#count = 0;
  }

  /** Numbers no more and breaks nothing. */
  disarm(): void {
    this.#armed = false;
    this.#faults = [];
  }

  /** All writes so far, those before `arm` and after `disarm` too. */
  get seen(): readonly SeenWrite[] {
    return this.#seen;
  }

  /** When the last write was done with, epoch milliseconds; now while one is under way. */
  get lastAt(): number {
    return this.#open > 0 ? Date.now() : this.#doneAt;
  }

  /** Writes that are under way. */
  get open(): number {
    return this.#open;
  }

  /** To be called for each write that has entered, when nothing of it is left to do. */
  done(): void {
    this.#open -= 1;
    this.#doneAt = Date.now();
  }

  /** Writes since `arm`. */
  get count(): number {
    return this.#count;
  }

  /** A write has come: what is to happen to it. Does what is to happen before it. */
  async enter(label: string): Promise<WriteAct | undefined> {
    this.#open += 1;
    if (this.#armed) this.#count += 1;
    const nth = this.#armed ? this.#count : 0;
    const act = this.#actOf(label);
    this.#seen.push({ nth, at: Date.now(), label, ...(act === undefined ? {} : { act }) });
    if (nth > 0) await this.beforeWrite?.(label);
    if (act === 'kill-before') await this.#hooks.kill();
    if (act === 'stun-before') await this.#hooks.stun();
    return act;
  }

  #actOf(label: string): WriteAct | undefined {
    const meant = this.#faults.filter(({ fault }) => label.startsWith(fault.of ?? ''));
    for (const one of meant) one.passed += 1;
    return meant.find(({ fault, passed }) => passed === fault.nth)?.fault.act;
  }

  /** It was carried out. Does what is to happen after it; false: no reply. */
  async leave(act: WriteAct | undefined): Promise<boolean> {
    if (act === 'kill-after') await this.#hooks.kill();
    if (act === 'stun-after') await this.#hooks.stun();
    return act !== 'kill-after' && act !== 'lose-reply';
  }

  /** Faults whose number was reached. */
  get hits(): readonly SeenWrite[] {
    return this.#seen.filter(({ act }) => act !== undefined);
  }
}
