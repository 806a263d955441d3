// Requests as XML, written by hand, over HTTPS; replies parsed. It knows nothing of vim25's types.
import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import { bodyOf } from './element.ts';
import type { Element, Ref } from './element.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Every `returnval`. */
  readonly values: readonly Element[];
  /** Type of the fault, undefined for a reply without one. */
  readonly fault: string | undefined;
  readonly detail: Element | undefined;
  readonly message: string;
}

/** A call that should have been answered was answered with a fault, or its task failed. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
  readonly fault: string;

  constructor(method: string, fault: string, message: string) {
    super(`${method}: ${fault}: ${message}`);
    this.fault = fault;
  }
}

/** One connection pool, one session. */
export class Wire {
  readonly url: string;
  cookie: string | undefined;
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });

  constructor(url: string) {
    this.url = url;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { statusCode, body } = await request(new URL(path, this.url), { dispatcher: this.#agent });
    return { status: statusCode, text: await body.text() };
  }

  async post(text: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const {
      statusCode,
      headers: received,
      body,
    } = await request(this.url, {
      method: 'POST',
      dispatcher: this.#agent,
      body: text,
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        soapaction: 'urn:vim25/8.0.3.0',
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...headers,
      },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    const reply = (received['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
    const cookie = received['set-cookie'];
    if (cookie !== undefined) this.cookie = String(cookie).split(';')[0] ?? '';
    return read(statusCode, received, reply);
  }

  /** An envelope around what is in its body. */
  envelope(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.post(
      `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
      headers,
    );
  }

  /** Any call; a fault is an answer too. */
  call(method: string, on: Ref, args = ''): Promise<Reply> {
    return this.envelope(`<${method} xmlns="urn:vim25">${ref('_this', on)}${args}</${method}>`);
  }

  /** A call that must succeed. */
  async must(method: string, on: Ref, args = ''): Promise<Reply> {
    const reply = await this.call(method, on, args);
    if (reply.status !== 200) throw new WireFault(method, reply.fault ?? String(reply.status), reply.message);
    return reply;
  }
}

function read(status: number, headers: Reply['headers'], text: string): Reply {
  const body = bodyOf(text);
  const isFault = body?.name === 'Fault';
  const detail = isFault ? body.get('detail')?.children[0] : undefined;
  return {
    status,
    headers,
    text,
    values: body === undefined || isFault ? [] : body.all('returnval'),
    fault: detail?.xsiType,
    detail,
    message: body?.at('faultstring') ?? '',
  };
}

/** `<name>content</name>`; what is undefined isn't written. */
export function el(name: string, content: string | number | boolean | undefined, type?: string): string {
  if (content === undefined) return '';
  return `<${name}${type === undefined ? '' : ` xsi:type="${type}"`}>${String(content)}</${name}>`;
}

/** A managed object reference. */
export function ref(name: string, to: Ref | undefined): string {
  return to === undefined ? '' : `<${name} type="${to.type}">${to.value}</${name}>`;
}

/** A text value of type anyType. */
export function anyText(name: string, text: string): string {
  return el(name, text, 'xsd:string');
}
