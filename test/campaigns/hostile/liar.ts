// Sits in both proxies and tells what a batch of cases wants told, each once, as soon as the operator asks something that it
// fits. Between lies it tells the truth, so that the operator gets on; and it breaks the watch and the session now and then,
// so that every method is called.
import { Random } from '../long-lived/random.ts';
import { soapMethodOf } from '../long-lived/tampering-proxy.ts';
import type { ProxiedReply, ProxiedRequest, Tamper } from '../long-lived/tampering-proxy.ts';
import type { HostileCase } from './cases.ts';
import { recordedReplies } from './replies.ts';
import { SOAP_MUTATIONS, truncated } from './soap-mutations.ts';
import { WATCH_MUTATIONS } from './watch-mutations.ts';

/** Share of the fitting replies that are lies; more of those to calls that change something, which are few. */
const LIES = 0.5;
const LIES_ABOUT_CHANGES = 0.75;
const SESSION_METHODS = new Set(['Login', 'RetrieveServiceContent']);
const NOT_AUTHENTICATED =
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>The session is not authenticated.</faultstring><detail><NotAuthenticatedFault xmlns="urn:vim25" xsi:type="NotAuthenticated"><object type="Folder">group-d1</object><privilegeId>System.View</privilegeId></NotAuthenticatedFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>';

/** A call that changes something, as it was sent. */
export interface SentChange {
  readonly method: string;
  readonly target: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A case, and when it was told. */
export interface ToldCase {
  readonly at: string;
  readonly told: HostileCase;
}

const TARGET = /<_this[^>]*>([^<]*)</;
const CHANGES =
  /^(CloneVM_Task|Destroy_Task|PowerO\w+_Task|ReconfigVM_Task|CreateFolder|CreateSnapshot_Task|RemoveSnapshot_Task)$/;

export class Liar {
  readonly sent: SentChange[] = [];
  readonly told: ToldCase[] = [];
  readonly #replies = recordedReplies();
  #pending: HostileCase[] = [];
  #random = new Random(1);

  get pending(): readonly HostileCase[] {
    return this.#pending;
  }

  tell(cases: readonly HostileCase[], seed: number): void {
    this.#pending = [...cases];
    this.#random = new Random(seed);
  }

  readonly toVCenter: Tamper = {
    request: ({ body }) => {
      const method = soapMethodOf(body);
      if (CHANGES.test(method)) this.sent.push({ method, target: TARGET.exec(body)?.[1] ?? '', at: Date.now() });
      return body;
    },
    reply: ({ body }, reply) => this.#reply(soapMethodOf(body), reply),
  };

  readonly toApiServer: Tamper = {
    streams: ({ url }) => /[?&]watch=(1|true)/.test(url),
    line: (request, line) => this.#line(request, line),
  };

  #reply(method: string, reply: ProxiedReply): ProxiedReply | 'cut' {
    if (this.#pending.length === 0) return reply;
    const at = this.#pending.findIndex((one) => 'on' in one && one.on === method);
    const one = this.#pending[at];
    if (one === undefined || !('on' in one)) return this.#stir(method, reply);
    if (!this.#random.chance(CHANGES.test(method) ? LIES_ABOUT_CHANGES : LIES)) return reply;
    this.#take(at, one);
    if ('cutAt' in one) return { ...reply, body: truncated(this.#replies.get(one.on) ?? '', one.cutAt) };
    return SOAP_MUTATIONS[one.mutate]?.(reply, new Random(one.seed)) ?? reply;
  }

  #take(at: number, one: HostileCase): void {
    this.#pending.splice(at, 1);
    this.told.push({ at: new Date().toISOString(), told: one });
  }

  /** Ends the session, or breaks the watch, where cases wait for what follows from that. */
  #stir(method: string, reply: ProxiedReply): ProxiedReply | 'cut' {
    if (method !== 'WaitForUpdatesEx') return reply;
    const wanted = this.#pending.flatMap((one) => ('on' in one ? one.on : []));
    if (wanted.some((on) => SESSION_METHODS.has(on)) && this.#random.chance(0.3))
      return { ...reply, status: 500, body: Buffer.from(NOT_AUTHENTICATED) };
    return wanted.length > 0 && this.#random.chance(0.2) ? 'cut' : reply;
  }

  #line({ url }: ProxiedRequest, line: string): readonly Buffer[] {
    const plural = /\/(\w+)\?/.exec(url)?.[1];
    const at = this.#pending.findIndex((one) => 'watch' in one && one.watch === plural);
    const one = this.#pending[at];
    if (one === undefined || !('watch' in one) || !this.#random.chance(LIES)) return [Buffer.from(`${line}\n`)];
    this.#take(at, one);
    const told = WATCH_MUTATIONS[one.mutate]?.(line, new Random(one.seed)) ?? line;
    return [Buffer.from(told), Buffer.from('\n')];
  }
}
