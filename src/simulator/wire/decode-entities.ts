// The five entities that XML itself defines, and character references. Nothing else exists without a document type.

const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]+));/y;

/** The text with its references replaced; undefined when one of them is broken, unknown or no XML character. */
export function decodeEntities(text: string): string | undefined {
  let at = text.indexOf('&');
  if (at < 0) return text;
  let decoded = '';
  let copied = 0;
  while (at >= 0) {
    REFERENCE.lastIndex = at;
    const match = REFERENCE.exec(text);
    if (match === null) return undefined;
    const character = characterOf(match);
    if (character === undefined) return undefined;
    decoded += text.slice(copied, at) + character;
    copied = REFERENCE.lastIndex;
    at = text.indexOf('&', copied);
  }
  return decoded + text.slice(copied);
}

function characterOf(match: RegExpExecArray): string | undefined {
  const [, hex, decimal, name] = match;
  if (name !== undefined) return NAMED.get(name);
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** XML 1.0, production 2: no control characters but tab, line feed and carriage return, no surrogates. */
function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}
