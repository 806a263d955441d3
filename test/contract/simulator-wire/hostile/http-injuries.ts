// Ways to damage what is around a request: headers, lengths, chunks, the protocol itself. Each gives the bytes of a whole
// exchange, as they go over a connection of its own.
import { gzipSync } from 'node:zlib';
import { below, pick } from './random.ts';
import type { Random } from './random.ts';

export interface HttpParts {
  readonly body: Buffer;
  /** The header SOAPAction. */
  readonly action: string;
  readonly cookie: string;
}

export type HttpInjury = (parts: HttpParts, random: Random) => Buffer;

const BOMB = gzipSync(Buffer.alloc(20_000_000));

/** A request with `headers` in front of `body`; no header comes by itself but Host. */
function message(start: string, headers: readonly string[], body: Buffer | string): Buffer {
  const head = [start, 'Host: vcenter', ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}

const START = 'POST /sdk HTTP/1.1';
const TYPE = 'Content-Type: text/xml; charset=utf-8';

function usual({ action, cookie }: HttpParts): string[] {
  return [TYPE, `SOAPAction: ${action}`, `Cookie: ${cookie}`, 'Connection: close'];
}

function withBody(parts: HttpParts, ...headers: readonly string[]): Buffer {
  return message(START, [...usual(parts), `Content-Length: ${parts.body.length}`, ...headers], parts.body);
}

function chunked(body: Buffer, size: number): string {
  let text = '';
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.subarray(at, at + size).toString('latin1');
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
  }
  return text;
}

function inChunks(parts: HttpParts, chunks: string, ...headers: readonly string[]): Buffer {
  const head = [...usual(parts), 'Transfer-Encoding: chunked', ...headers];
  return message(START, head, Buffer.from(chunks, 'latin1'));
}

export const HTTP_INJURIES: Readonly<Record<string, HttpInjury>> = {
  'a wrong content-length': (parts, random) => {
    const { length } = parts.body;
    const wrong = [
      length - 1,
      length + 10,
      0,
      1,
      -1,
      '1e3',
      '0x10',
      '',
      'abc',
      `${length}, ${length}`,
      2 ** 53,
      9_000_000,
    ];
    return message(START, [...usual(parts), `Content-Length: ${pick(random, wrong)}`], parts.body);
  },
  'two lengths': (parts, random) =>
    withBody(parts, pick(random, ['Content-Length: 1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'])),
  'no length': (parts) => message(START, usual(parts), parts.body),
  'small chunks': (parts, random) => inChunks(parts, `${chunked(parts.body, 1 + below(random, 20))}0\r\n\r\n`),
  'broken chunks': (parts, random) => {
    const good = chunked(parts.body, 50);
    const ends = [
      '',
      '0\r\n',
      'zz\r\nx\r\n0\r\n\r\n',
      'ffffffffffffffff1\r\nx',
      '-5\r\nhello\r\n',
      '5\r\nab',
      '\n\n0\n\n',
    ];
    return inChunks(parts, good + pick(random, ends));
  },
  'chunk extensions': (parts, random) =>
    inChunks(parts, `1;${'x'.repeat(pick(random, [10, 10_000, 100_000]))}\r\n<\r\n0\r\n\r\n`),
  trailers: (parts) => inChunks(parts, `${chunked(parts.body, 100)}0\r\nContent-Length: 5\r\nCookie: a=b\r\n\r\n`),
  'a gzip bomb': (parts, random) => {
    const encoding = pick(random, ['gzip', 'deflate', 'br', 'gzip, gzip', 'identity, gzip']);
    return withBody({ ...parts, body: BOMB }, `Content-Encoding: ${encoding}`);
  },
  'many headers': (parts, random) => {
    const [count, size] = pick(random, [
      [50, 10],
      [3000, 5],
      [10, 5000],
      [1, 60_000],
    ] as const);
    return withBody(parts, ...Array.from({ length: count }, (_, i) => `X-${i}: ${'h'.repeat(size)}`));
  },
  'an invalid cookie': (parts, random) => {
    const cookie = pick(random, [
      'vmware_soap_session',
      'vmware_soap_session=',
      'vmware_soap_session="',
      'vmware_soap_session="\u0001\u0002"',
      `vmware_soap_session="${'a'.repeat(12_000)}"`,
      'vmware_soap_session=__proto__; vmware_soap_session=constructor',
      `${parts.cookie}; ${parts.cookie}`,
      ';'.repeat(8000),
      '=;=;=\u00ff',
      parts.cookie.toUpperCase(),
      parts.cookie.slice(0, -3),
    ]);
    return withBody({ ...parts, cookie });
  },
  'another method or path': (parts, random) => {
    const method = pick(random, ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PATCH', 'CONNECT', 'FROB']);
    const paths = [
      '/sdk',
      '/sdk/../etc/passwd',
      '/%00',
      '//',
      '/sdk?'.padEnd(9000, 'q'),
      '*',
      'http://else/sdk',
      '/sdk/vimService.wsdl',
    ];
    const start = `${method} ${pick(random, paths)} HTTP/1.1`;
    return message(start, [...usual(parts), `Content-Length: ${parts.body.length}`], parts.body);
  },
  'another protocol': (parts, random) => {
    const versions = ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'ICY/1.1', ''];
    const start = `POST /sdk ${pick(random, versions)}`;
    return message(start, [...usual(parts), `Content-Length: ${parts.body.length}`], parts.body);
  },
  garbage: (_parts, random) =>
    pick(random, [
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from('\n\n\n\n'),
      Buffer.from('\u0000'.repeat(5000)),
      Buffer.from(Array.from({ length: 300 }, () => below(random, 256))),
      Buffer.from('POST'),
      Buffer.from(`POST /sdk HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc`),
    ]),
  'two in one': (parts) => Buffer.concat([message(START, [TYPE, 'Content-Length: 4'], '<a/>'), withBody(parts)]),
  smuggled: (parts) =>
    message(
      START,
      [TYPE, 'Content-Length: 6', 'Transfer-Encoding: chunked', 'Connection: close'],
      `0\r\n\r\nPOST /x${parts.action}`,
    ),
  'an expectation': (parts, random) =>
    withBody(parts, pick(random, ['Expect: 100-continue', 'Expect: 200-ok', 'Upgrade: websocket', 'Upgrade: h2c'])),
  'another type': (parts, random) => {
    const types = [
      'application/json',
      'text/xml; charset=utf-16',
      'multipart/form-data; boundary=x',
      'xml'.repeat(2000),
      '',
    ];
    const headers = usual(parts).map((line) => (line === TYPE ? `Content-Type: ${pick(random, types)}` : line));
    return message(START, [...headers, `Content-Length: ${parts.body.length}`], parts.body);
  },
  'a strange SOAPAction': (parts, random) => {
    const actions = [
      'urn:vim25/0.1',
      'urn:vim25/__proto__',
      '"',
      'urn:internalvim25',
      'x'.repeat(5000),
      'urn:vim25/8.0.3.0\u0000',
    ];
    return withBody({ ...parts, action: pick(random, actions) });
  },
};
