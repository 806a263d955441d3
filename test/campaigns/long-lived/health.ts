// What must hold of the operator's process and of what it writes, whatever is thrown at it: it lives, its event loop isn't
// blocked, it meets no mistake of its own, the API server takes what it writes, and no password is to be read in a log, a metric,
// an event or any version of an object.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditedWrite } from '../../../src/testbed/audit-log.ts';
import { auditedWrites } from '../../../src/testbed/audit-log.ts';
import type { Lab } from '../../support/lab.ts';
import type { History } from '../harness/history.ts';
import { ComputingTime, mainThreadSeconds } from './computing.ts';
import type { Fall } from './run-plans.ts';

export const OPERATOR_USER = 'system:serviceaccount:linked-clone-system:linked-clone-operator';
/** Longest time that the event loop may stand still, seconds. */
const MAX_STALL = 1;
const SAMPLE_MS = 1_000;
const COMPUTING_SAMPLE_MS = 50;
/** Answers that a writer must expect: gone, changed by somebody else, too fast, a namespace that is going. */
const EXPECTED_CODES = new Set([200, 201, 403, 404, 409, 429]);
/** Errors that are mistakes in a program, never something that the world did. */
const MISTAKES = /"type":"(TypeError|RangeError|ReferenceError|AssertionError)"/;
const MISTAKES_IN_TEXT = /\b(TypeError|RangeError|ReferenceError|unhandledRejection|uncaughtException)\b/;

/** A JSON patch tests what it was made from: this says that somebody else was faster, and names no field. */
function isOvertaken({ verb, code, message }: AuditedWrite): boolean {
  return verb === 'patch' && code === 422 && message.startsWith('the server rejected our request');
}

export class Health {
  readonly #lab: Lab;
  readonly #directory: string;
  readonly #history: Pick<History, 'entries'> | undefined;
  /** Passwords, right and wrong ones, as they are and as a Secret has them. */
  readonly #secrets = new Set<string>();
  #pid: number | undefined;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #computing = new ComputingTime();
  #longestStall = 0;
  #stallToTell = 0;
  #lastMax = 0;
  /** Lines that were judged, by log file: one a process. */
  readonly #judged = new Map<string, number>();
  #refusedSeen = 0;
  #versionsSeen = 0;
  /** Where a password was read since the last call: in a metric, which is gone with the next sample. */
  readonly #leaks = new Set<string>();

  constructor(lab: Lab, directory: string, secret: string, history?: Pick<History, 'entries'>) {
    this.#lab = lab;
    this.#directory = directory;
    this.#history = history;
    this.plant(secret);
    this.#pid = lab.operator?.process.pid;
    this.#timers = [
      setInterval(() => void this.#sample(), SAMPLE_MS),
      setInterval(() => this.#sampleComputing(), COMPUTING_SAMPLE_MS),
    ];
  }

  /** Seconds of computing for which the event loop stood still at most so far. */
  get longestStall(): number {
    return this.#longestStall;
  }

  /** The campaign itself ended the operator and started another. */
  restarted(): void {
    this.#pid = this.#lab.operator?.process.pid;
  }

  /** Another password that may be read nowhere. It must be a text that appears nowhere by chance. */
  plant(password: string): void {
    this.#secrets.add(password).add(Buffer.from(password).toString('base64'));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** What broke since the last call. */
  async check(): Promise<Fall[]> {
    await this.#sample();
    return [
      ...this.#alive(),
      ...this.#responsive(),
      ...this.#log(),
      ...(await this.#told()),
      ...(await this.#refusedWrites()),
    ];
  }

  #alive(): Fall[] {
    const { operator } = this.#lab;
    if (operator?.process.running === true && operator.process.pid === this.#pid) return [];
    return [{ oracle: 'no crash', text: `the operator ended: ${operator?.process.logTail().slice(-1500) ?? ''}` }];
  }

  #responsive(): Fall[] {
    if (this.#stallToTell <= MAX_STALL) return [];
    const text = `the event loop stood still for ${this.#stallToTell.toFixed(2)} s of computing`;
    this.#stallToTell = 0;
    return [{ oracle: 'never stalled', text }];
  }

  #log(): Fall[] {
    const lines = this.#newLines();
    const mistake = lines.find((line) => MISTAKES.test(line) || MISTAKES_IN_TEXT.test(line));
    if (lines.some((line) => this.#tells(line))) this.#leaks.add('the log');
    return mistake === undefined ? [] : [{ oracle: 'no mistake of its own', text: mistake.slice(0, 1500) }];
  }

  #tells(text: string): boolean {
    return [...this.#secrets].some((secret) => text.includes(secret));
  }

  /** Where a password is to be read; each place once. */
  async #told(): Promise<Fall[]> {
    if (this.#history !== undefined) {
      const versions = this.#history.entries.slice(this.#versionsSeen);
      this.#versionsSeen += versions.length;
      for (const { object } of versions)
        if (this.#tells(JSON.stringify(object))) this.#leaks.add(`${object.kind} ${object.metadata.name}`);
      if (this.#tells(JSON.stringify(await this.#lab.api.list('events', '')))) this.#leaks.add('an event');
    }
    const places = [...this.#leaks];
    this.#leaks.clear();
    return places.map((place) => ({ oracle: 'no secret told', text: `a password is in ${place}` }));
  }

  #newLines(): string[] {
    const files = readdirSync(this.#directory).filter((name) => /^operator-\d+\.log$/.test(name));
    return files.flatMap((name) => {
      const lines = readFileSync(join(this.#directory, name), 'utf8').split('\n').slice(0, -1);
      const before = this.#judged.get(name) ?? 0;
      this.#judged.set(name, lines.length);
      return lines.slice(before);
    });
  }

  async #refusedWrites(): Promise<Fall[]> {
    const writes = await auditedWrites(this.#lab.controlPlane.auditLogPath, OPERATOR_USER);
    const refused = writes.filter((one) => !EXPECTED_CODES.has(one.code) && one.code < 500 && !isOvertaken(one));
    const [first] = refused.slice(this.#refusedSeen);
    this.#refusedSeen = refused.length;
    if (first === undefined) return [];
    const { verb, resource, namespace, name, code, message } = first;
    return [
      {
        oracle: 'valid writes',
        text: `${verb} ${resource} ${namespace}/${name} was answered with ${code}: ${message.slice(0, 500)}`,
      },
    ];
  }

  async #sample(): Promise<void> {
    const url = this.#lab.operator?.metricsUrl;
    if (url === undefined) return;
    try {
      const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
      if (this.#tells(text)) this.#leaks.add('a metric');
      const value = /^linkedclone_event_loop_delay_seconds\{quantile="1"\} (\S+)$/m.exec(text)?.[1];
      this.#judgeStall(Number(value ?? 0));
    } catch {
      // a process that is gone is found by check()
    }
  }

  #sampleComputing(): void {
    const used = mainThreadSeconds(this.#lab.operator?.process.pid ?? 0);
    if (used !== undefined) this.#computing.add(performance.now() / 1000, used);
  }

  /** A loop that stood still while its thread was given no processor says nothing about the process. */
  #judgeStall(max: number): void {
    this.#sampleComputing();
    const computed = Math.min(max, this.#computing.most(max));
    if (max > this.#lastMax) {
      this.#longestStall = Math.max(this.#longestStall, computed);
      this.#stallToTell = Math.max(this.#stallToTell, computed);
    }
    this.#lastMax = max;
  }
}
