// Ways to damage the text of a request: what broken clients, fuzzers and people with bad intentions send.
import { below, pick } from './random.ts';
import type { Random } from './random.ts';

export type Injury = (body: string, random: Random) => string | Buffer;

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '$type'];
const TOKENS = [
  ...[
    '<',
    '>',
    '&',
    '"',
    "'",
    '&#0;',
    '&#xD800;',
    '&#1114112;',
    '&x;',
    '&amp',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?x',
    '?>',
  ],
  ...['</', '/>', '<__proto__/>', '<constructor>', ' xmlns="urn:x"', ' xmlns:s="urn:x"', ' a="b"', ' a="b" a="b"'],
  ...['\u0000', '\ud800', '\ufffe', 'é', '\u202e', '-1', '99999999999999999999', '1e400', 'NaN', '..', '[0]', '["'],
  ...[' xsi:type="__proto__"', ' xsi:type="xsd:string"', ' xsi:nil="true"', ' type="__proto__"', 'x'.repeat(10_000)],
];
const TYPES = [
  'VirtualMachineConfigSpec',
  'CustomizationSpec',
  'ArrayOfString',
  'xsd:int',
  'MethodFault',
  'anyType',
  '',
];
const VALUES = [
  '',
  '-1',
  '2147483648',
  '9223372036854775808',
  '1.5',
  'true',
  'NaN',
  '__proto__',
  '[x] y/../z.vmdk',
  'vm-0',
];

/** Where an opening tag begins that isn't the envelope's. */
function tagAt(body: string, random: Random): number {
  const places = [...body.matchAll(/<[A-Za-z_][\w:]*[\s/>]/g)].map(({ index }) => index);
  return places.length === 0 ? 0 : pick(random, places.slice(Math.min(1, places.length - 1)));
}

function insert(body: string, at: number, text: string): string {
  return body.slice(0, at) + text + body.slice(at);
}

/** The whole element that begins at `at`; the tag alone when its end isn't found. */
function elementAt(body: string, at: number): string {
  const name = /^<([\w:]+)/.exec(body.slice(at, at + 200))?.[1] ?? '';
  const end = body.indexOf(`</${name}>`, at);
  return end < 0 ? body.slice(at, body.indexOf('>', at) + 1) : body.slice(at, end + name.length + 3);
}

function doctype(random: Random): string {
  const levels = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i} "${`&e${i + 1};`.repeat(10)}">`).join('');
  return pick(random, [
    `<!DOCTYPE a [${levels}]>`,
    '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>',
    '<!doctype a>',
    `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(50_000)}">]>`,
  ]);
}

export const INJURIES: Readonly<Record<string, Injury>> = {
  truncated: (body, random) => body.slice(0, below(random, body.length)),
  'a hole': (body, random) => {
    const at = below(random, body.length);
    return body.slice(0, at) + body.slice(at + 1 + below(random, 40));
  },
  'a part twice': (body, random) => {
    const at = below(random, body.length);
    return insert(body, at, body.slice(at, at + 1 + below(random, 200)));
  },
  'a stray token': (body, random) => insert(body, below(random, body.length), pick(random, TOKENS)),
  'flipped bits': (body, random) => {
    const bytes = Buffer.from(body);
    for (let i = 0; i <= below(random, 8); i++) {
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    }
    return bytes;
  },
  'random bytes': (body, random) =>
    Buffer.from(Array.from({ length: below(random, body.length) }, () => below(random, 256))),
  'deep nesting': (body, random) => {
    const depth = pick(random, [90, 101, 1000, 1000, 20_000]);
    return insert(body, tagAt(body, random), `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`);
  },
  'deep nesting that never ends': (body, random) =>
    insert(body, tagAt(body, random), '<a b="c">'.repeat(pick(random, [200, 200, 5000, 50_000]))),
  'entity declarations': (body, random) => {
    const start = body.indexOf('?>');
    return insert(body, start < 0 ? 0 : start + 2, doctype(random)).replace(/>([^<]+)</, '>&x;&e0;<');
  },
  'a huge attribute': (body, random) => {
    const at = tagAt(body, random);
    const name = /^<[\w:]+/.exec(body.slice(at))?.[0] ?? '<';
    return insert(body, at + name.length, ` a="${'x'.repeat(pick(random, [10_000, 10_000, 100_000, 1_000_000]))}"`);
  },
  'many attributes': (body, random) => {
    const at = tagAt(body, random);
    const name = /^<[\w:]+/.exec(body.slice(at))?.[0] ?? '<';
    const prefix = pick(random, ['a', 'xmlns:a']);
    const many = Array.from({ length: pick(random, [100, 5000]) }, (_, i) => ` ${prefix}${i}="x"`).join('');
    return insert(body, at + name.length, many);
  },
  'many elements': (body, random) => {
    const at = tagAt(body, random);
    return insert(
      body,
      at,
      elementAt(body, at)
        .slice(0, 200)
        .repeat(pick(random, [50, 1000])),
    );
  },
  'a huge value': (body, random) =>
    body.replace(/>([^<]{1,200})</, `>${'v'.repeat(pick(random, [5000, 5000, 5000, 500_000]))}<`),
  'another encoding': (body, random) => {
    const named = body.replace(/encoding="[^"]*"/, `encoding="${pick(random, ['UTF-16', 'EBCDIC', 'x', 'UTF-7'])}"`);
    return pick<() => string | Buffer>(random, [
      () => Buffer.from(body, 'utf16le'),
      () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(body, 'utf16le')]),
      () => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(body, 'utf16le').swap16()]),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(body)]),
      () => Buffer.from(insert(body, below(random, body.length), 'Übergröße'), 'latin1'),
      () => Buffer.concat([Buffer.from(body), Buffer.from([0xc0, 0xaf])]),
      () => named,
    ])();
  },
  'prototype names': (body, random) => {
    const name = pick(random, PROTOTYPE_NAMES);
    return pick<() => string>(random, [
      () =>
        body.replace(/<(?<slash>\/?)(?<tag>[A-Z]\w+)(?<more>[ >])/g, (all, slash: string, tag: string, more: string) =>
          tag.startsWith('Envelope') || tag.startsWith('Body') || tag.startsWith('Header')
            ? all
            : `<${slash}${name}${more}`,
        ),
      () => body.replace(/type="[A-Za-z]+"/, `type="${name}"`),
      () => body.replace(/:type="[A-Za-z:]+"/, `:type="${name}"`),
      () => body.replace(/>[^<]{1,200}</, `>${name}<`),
      () => insert(body, tagAt(body, random), `<${name}>x</${name}>`),
    ])();
  },
  'an element less': (body, random) => {
    const at = tagAt(body, random);
    return body.slice(0, at) + body.slice(at + elementAt(body, at).length);
  },
  'elements swapped': (body, random) => {
    const at = tagAt(body, random);
    const one = elementAt(body, at);
    const other = elementAt(body, at + one.length);
    return body.slice(0, at) + other + one + body.slice(at + one.length + other.length);
  },
  'another type': (body, random) => body.replace(/:type="[^"]*"/, `:type="${pick(random, TYPES)}"`),
  'another value': (body, random) => {
    const values = [...body.matchAll(/>([^<]+)</g)];
    if (values.length === 0) return '';
    const { index, 0: text } = pick(random, values);
    return `${body.slice(0, index)}>${pick(random, VALUES)}<${body.slice(index + text.length)}`;
  },
  'a path without end': (body, random) => {
    const path = pick(random, [
      'a.'.repeat(50_000),
      '['.repeat(50_000),
      'config["'.repeat(10_000),
      `config${'[1]'.repeat(20_000)}`,
    ]);
    return body.replace(/<(pathSet|path|prop)>[^<]*</, (_all, tag: string) => `<${tag}>${path}<`);
  },
  'selections in selections': (body) => {
    const one = '<selectSet xsi:type="TraversalSpec"><name>n</name><type>Folder</type><path>childEntity</path>';
    return body.replace(/<\/objectSet>/, `${one.repeat(85)}${'</selectSet>'.repeat(85)}</objectSet>`);
  },
  'two bodies': (body) => body.replace(/<(\w*:?)Body[^]*<\/\1Body>/, (all) => all + all),
};
