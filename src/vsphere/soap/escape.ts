// The one place where text becomes XML and XML text becomes text again. Reading is lenient about characters that XML 1.0
// forbids (a guest can put anything into its host name, and one virtual machine must not make a whole page unreadable);
// writing is strict, because what we send comes from custom resources.
import { forbiddenCharacter } from '../../util/xml-text.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns these into a plain space or a line feed where they stand as they are.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const REPLACEMENT = '\uFFFD';

/** Escapes text for element content and for attribute values in double quotes; throws a TypeError for what XML can't hold. */
export function escapeXml(text: string): string {
  const forbidden = forbiddenCharacter(text);
  if (forbidden !== undefined) throw new TypeError(`text with the character ${forbidden} can't be sent to vCenter`);
  return text.replace(/[&<>"\r\n\t]/g, (character) => ESCAPES[character] ?? character);
}

/** Resolves the five named and all numeric references; throws a SyntaxError for any other `&`. */
export function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,8});|#([0-9]{1,10});|(\w+);)?/g,
    (match, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return fromCodePoint(Number.parseInt(decimal, 10));
      const character = name !== undefined && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
      if (character === undefined) throw new SyntaxError(`unknown entity reference ${match.slice(0, 20)}`);
      return character;
    },
  );
}

function fromCodePoint(code: number): string {
  const valid = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return valid ? String.fromCodePoint(code) : REPLACEMENT;
}
