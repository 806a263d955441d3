// What can be wrong with a SOAP reply: cut short, tags that don't belong together, entities, another format, another
// encoding. Pure: the reply and a seed in, another reply out; the same seed gives the same. None of them is a reply that a
// vCenter could have given with another meaning: what can't be told from the truth can't be refused.
import { gzipSync } from 'node:zlib';
import type { Random } from '../long-lived/random.ts';
import type { ProxiedReply } from '../long-lived/tampering-proxy.ts';

type Mutate = (reply: ProxiedReply, random: Random) => ProxiedReply;

const HTML = '<!DOCTYPE html><html><body><h1>503 Service Unavailable</h1><p>gateway &copy; proxy<br></body></html>';
const XML_TYPE = 'text/xml; charset=utf-8';

function withText(reply: ProxiedReply, text: string): ProxiedReply {
  return { ...reply, body: Buffer.from(text) };
}

function edit(change: (text: string, random: Random) => string): Mutate {
  return (reply, random) => withText(reply, change(reply.body.toString('utf8'), random));
}

/** Another answer altogether. */
function instead(status: number, contentType: string, body: string | Buffer): Mutate {
  return (reply) => ({
    status,
    headers: { ...reply.headers, 'content-type': contentType },
    body: Buffer.isBuffer(body) ? body : Buffer.from(body),
  });
}

function within(text: string, random: Random, insert: string): string {
  const places = [...text.matchAll(/>(?=[^<>]*<\/)/g)].map(({ index }) => index + 1);
  const at = places.length === 0 ? text.length : random.pick(places);
  return text.slice(0, at) + insert + text.slice(at);
}

/** Names of elements that occur, once each. */
function tagsOf(text: string): string[] {
  return [...new Set([...text.matchAll(/<([A-Za-z][\w:]*)[\s>]/g)].map(([, name = '']) => name))];
}

function renamed(text: string, names: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<(\/?)([A-Za-z][\w:]*)/g, (whole, slash: string, name: string) =>
    Object.hasOwn(names, name) ? `<${slash}${names[name] ?? ''}` : whole,
  );
}

function closed(text: string, random: Random, change: (close: string) => string): string {
  const closes = [...text.matchAll(/<\/[\w:]+>/g)];
  if (closes.length === 0) return text.slice(0, -1);
  const { index, 0: close } = random.pick(closes);
  return text.slice(0, index) + change(close) + text.slice(index + close.length);
}

/** A reply that has nothing to change loses its last character. */
function orCut(text: string, changed: string): string {
  return changed === text ? text.trimEnd().slice(0, -1) : changed;
}

const BOMB = `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(100)}">${[...'bcdefgh']
  .map((name, i) => `<!ENTITY ${name} "${`&${'abcdefgh'[i] ?? 'a'};`.repeat(10)}">`)
  .join('')}]>`;

export const SOAP_MUTATIONS: Readonly<Record<string, Mutate>> = {
  /** Two names of elements exchanged everywhere. */
  swap: edit((text, random) => {
    const [a = '', b = ''] = random.shuffled(tagsOf(text));
    return renamed(text, { [a]: b, [b]: a });
  }),
  /** Only in the places where an element begins. */
  swapOpen: edit((text, random) => {
    const [a = '', b = ''] = random.shuffled(tagsOf(text));
    return text.replaceAll(/<([A-Za-z][\w:]*)/g, (whole, name: string) =>
      name === a ? `<${b}` : name === b ? `<${a}` : whole,
    );
  }),
  rename: edit((text, random) => {
    const name = random.pick(tagsOf(text));
    return renamed(text, { [name]: `${name}X` });
  }),
  unclosed: edit((text, random) => closed(text, random, () => '')),
  wrongClose: edit((text, random) => closed(text, random, (close) => close.replace('>', 'x>'))),
  crossed: edit((text, random) => closed(text, random, (close) => `</crossed>${close}<crossed>`)),
  unknownEntity: edit((text, random) => within(text, random, '&nbsp;')),
  bareAmpersand: edit((text, random) => within(text, random, 'a & b &')),
  bomb: edit((text, random) => within(text.replace(/^(<\?xml[^>]*\?>)?/, `$1${BOMB}`), random, '&h;')),
  external: edit((text, random) =>
    within(
      text.replace(/^(<\?xml[^>]*\?>)?/, '$1<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
      random,
      '&e;',
    ),
  ),
  twoEnvelopes: edit((text) => text + text.replace(/^<\?xml[^>]*\?>/, '')),
  twoBodies: edit((text) => text.replace(/(<\/\w+:Body>)/, '$1<soapenv:Body></soapenv:Body>')),
  textBehind: edit((text) => `${text}garbage`),
  otherReply: edit((text) => text.replaceAll(/(<\/?)\w+Response/g, '$1DestroyResponse')),
  otherNamespace: edit((text) => text.replaceAll('urn:vim25', 'urn:other')),
  otherEnvelope: edit((text) => text.replaceAll('xmlsoap.org/soap/envelope', 'w3.org/2003/05/soap-envelope')),
  noBody: edit((text) => text.replace(/<(\w+:)?Body[^]*<\/(\w+:)?Body>/, '')),
  deep: edit((text, random) => within(text, random, '<d>'.repeat(20_000) + '</d>'.repeat(20_000))),
  // as much as is let in, and more
  wide: edit((text, random) => within(text, random, '<w/>'.repeat(79_000))),
  wider: edit((text, random) => within(text, random, '<w/>'.repeat(1_000_000))),
  longText: edit((text, random) => within(text, random, `<w>${'x'.repeat(3_000_000)}</w>`)),
  longer: edit((text, random) => within(text, random, `<w>${'x'.repeat(20_000_000)}</w>`)),
  attributes: edit((text, random) => within(text, random, '<w a="1" b="2"/>'.repeat(29_000))),
  references: edit((text, random) => within(text, random, `<w>${'&amp;'.repeat(49_000)}</w>`)),
  manyReferences: edit((text, random) => within(text, random, `<w>${'&amp;'.repeat(1_000_000)}</w>`)),
  namespaces: edit((text, random) => {
    const declared = Array.from({ length: 380 }, (_, i) => ` xmlns:p${i}="u"`).join('');
    return within(text, random, `<w${declared}>${'<w q:type="r:t"/>'.repeat(58_000)}</w>`);
  }),
  longAttribute: edit((text) => text.replace(/(<\w+:Body)/, `$1 a="${'x'.repeat(1_000_000)}"`)),
  manyAttributes: edit((text) =>
    text.replace(/(<\w+:Body)/, `$1${Array.from({ length: 20_000 }, (_, i) => ` a${i}="x"`).join('')}`),
  ),
  proto: edit((text, random) => {
    const name = random.pick(tagsOf(text));
    return renamed(text, {
      [name]: random.pick(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']),
    });
  }),
  notANumber: edit((text) => orCut(text, text.replaceAll(/(xsi:type="xsd:(?:int|long|short)">)[^<]*/g, '$1forty-two'))),
  notABoolean: edit((text) => orCut(text, text.replaceAll(/(xsi:type="xsd:boolean">)[^<]*/g, '$1maybe'))),
  noReference: edit((text, random) => {
    const references = [...text.matchAll(/ type="(\w+)">[\w-]+</g)];
    if (references.length === 0) return `${text}<`;
    const { index, 0: whole } = random.pick(references);
    return `${text.slice(0, index)}><${text.slice(index + whole.length)}`;
  }),
  faultWithoutDetail: instead(500, XML_TYPE, faultText('')),
  faultOfNoType: instead(500, XML_TYPE, faultText('<detail><x:NoSuchFault xmlns:x="urn:vim25"/></detail>')),
  faultWith200: instead(200, XML_TYPE, faultText('<detail><NobodyKnowsFault xmlns="urn:vim25"/></detail>')),
  html: instead(200, 'text/html', HTML),
  htmlAsXml: instead(200, XML_TYPE, HTML),
  html503: instead(503, 'text/html', HTML),
  html404: instead(404, 'text/html', HTML),
  html500: instead(500, 'text/html', HTML),
  json: instead(200, 'application/json', '{"error":"Bad Gateway"}'),
  redirect: (reply) => ({
    status: 302,
    headers: { ...reply.headers, 'content-type': XML_TYPE, location: 'https://127.0.0.1:1/sdk' },
    body: reply.body,
  }),
  unauthorized: (reply) => ({ ...reply, status: 401, headers: { ...reply.headers, 'www-authenticate': 'Basic' } }),
  empty: instead(200, XML_TYPE, ''),
  spaces: instead(200, XML_TYPE, ' \n '.repeat(100)),
  declarationOnly: instead(200, XML_TYPE, '<?xml version="1.0" encoding="UTF-8"?>'),
  random: (reply, random) => ({ ...reply, body: Buffer.from(Array.from({ length: 2_000 }, () => random.below(256))) }),
  nul: edit((text, random) => {
    const at = random.below(text.length);
    return `${text.slice(0, at)}\0<${text.slice(at)}`;
  }),
  utf16: (reply) => ({ ...reply, body: Buffer.from(`\uFEFF${reply.body.toString('utf8')}`, 'utf16le') }),
  utf16Declared: (reply) => ({
    ...reply,
    headers: { ...reply.headers, 'content-type': 'text/xml; charset=utf-16' },
    body: Buffer.from(reply.body.toString('utf8'), 'utf16le'),
  }),
  brokenUtf8: (reply, random) => {
    const at = random.below(reply.body.length);
    const bytes = Buffer.from([0xc3, 0x28, 0x3c, 0xff, 0xfe]);
    return { ...reply, body: Buffer.concat([reply.body.subarray(0, at), bytes, reply.body.subarray(at)]) };
  },
  notGzip: (reply) => ({ ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' } }),
  halfGzip: (reply) => {
    const packed = gzipSync(reply.body);
    const body = packed.subarray(0, Math.floor(packed.length / 2));
    return { ...reply, headers: { ...reply.headers, 'content-encoding': 'gzip' }, body };
  },
  gzipBomb: (reply) => ({
    ...reply,
    headers: { ...reply.headers, 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(70 * 1024 * 1024, 0x20)),
  }),
};

function faultText(detail: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>nobody knows</faultstring>${detail}</soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
}

/** The first `at` bytes. */
export function truncated(recorded: string, at: number): Buffer {
  return Buffer.from(recorded).subarray(0, at);
}
