// One attack: a recorded request, damaged in its text (once or several times) or in what is around it, sent, and judged by
// the answer. Which one it is follows from the seed of the run and its number, so that it can be repeated alone.
import { request } from 'undici';
import type { Agent } from 'undici';
import { HTTP_INJURIES } from './http-injuries.ts';
import { below, pick, randomOf } from './random.ts';
import { exchange } from './raw-exchange.ts';
import { recordedRequest } from './recorded-requests.ts';
import type { Target } from './target.ts';
import { INJURIES } from './xml-injuries.ts';

/** What the server made of it; `ok`: the damage left a request that is still right. */
export type Verdict = 'ok' | 'fault' | 'refused' | 'closed' | 'waits';

export interface Attack {
  readonly method: string;
  readonly injuries: readonly string[];
  /** All of it for a connection of its own, or the body alone. */
  readonly bytes: Buffer;
  readonly isRaw: boolean;
  readonly action: string;
}

/** No request takes the simulator longer than this, on a busy machine either. */
const ANSWER_WITHIN_MS = 10_000;
/** Of those over connections of their own, one in so many. */
const RAW_SHARE = 7;
const WAITS = /WaitForUpdates/;

export function makeAttack(seed: number, number: number, target: Target, cookie: string): Attack {
  const random = randomOf(seed, number);
  const { method, action, body } = recordedRequest(random, target.references, `n${number}`);
  if (below(random, RAW_SHARE) === 0) {
    const injury = pick(random, Object.keys(HTTP_INJURIES));
    const parts = { body: Buffer.from(body), action: action === '' ? '"urn:vim25/8.0.3.0"' : action, cookie };
    const bytes = HTTP_INJURIES[injury]?.(parts, random) ?? Buffer.alloc(0);
    return { method, injuries: [injury], bytes, isRaw: true, action };
  }
  const injuries: string[] = [];
  let damaged: string | Buffer = body;
  for (let i = 0; i <= below(random, 3) && typeof damaged === 'string' && damaged !== ''; i++) {
    const injury = pick(random, Object.keys(INJURIES));
    injuries.push(injury);
    damaged = /<\w/.test(damaged) ? (INJURIES[injury]?.(damaged, random) ?? '') : damaged;
  }
  return { method, injuries, bytes: Buffer.from(damaged), isRaw: false, action };
}

/** Sends it. Throws when the answer is none that a server should give. */
export async function send(attack: Attack, target: Target, agent: Agent, cookie: string): Promise<Verdict> {
  return attack.isRaw ? sendRaw(attack, target) : sendBody(attack, target, agent, cookie);
}

async function sendRaw({ bytes }: Attack, target: Target): Promise<Verdict> {
  const { status, text } = await exchange(target.port, bytes, ANSWER_WITHIN_MS);
  // What can't be read as a request at all may be answered by hanging up.
  return status === undefined ? 'closed' : judge(status, text);
}

async function sendBody({ bytes, action }: Attack, target: Target, agent: Agent, cookie: string): Promise<Verdict> {
  // A long poll with nothing to tell waits, as it should.
  const isWait = WAITS.test(bytes.toString('latin1'));
  const signal = AbortSignal.timeout(isWait ? 1000 : ANSWER_WITHIN_MS);
  try {
    const { statusCode, body } = await request(target.url, {
      method: 'POST',
      dispatcher: agent,
      body: bytes,
      headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: action, cookie },
      signal,
    });
    return judge(statusCode, await body.text());
  } catch (error) {
    if (isWait && signal.aborted) return 'waits';
    throw error;
  }
}

function judge(status: number, text: string): Verdict {
  if (status >= 400 && status < 500) return 'refused';
  if (status === 200) return 'ok';
  const fault = /<detail><\w+ [^>]*xsi:type="(\w+)"/.exec(text)?.[1];
  if (status !== 500 || fault === undefined)
    throw new Error(`answered ${status} without a fault: ${text.slice(0, 500)}`);
  if (fault === 'SystemError') throw new Error(`a mistake of the simulator's own: ${text.slice(0, 1000)}`);
  return 'fault';
}
