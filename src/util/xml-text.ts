// Which text XML 1.0 can carry, and with it SOAP: no control characters but tab, line feed and carriage return, no
// non-characters, no half of a surrogate pair. C1 control characters are legal there and of no use to anybody.

const FORBIDDEN = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]|\p{Cs}/u;
const ALL_FORBIDDEN = new RegExp(FORBIDDEN, 'gu');

/** The first character that can't be sent, as `U+0085`; undefined where there is none. */
export function forbiddenCharacter(text: string): string | undefined {
  const code = FORBIDDEN.exec(text)?.[0].codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The text with U+FFFD instead of what can't be sent: for text that somebody else chose. */
export function withoutForbidden(text: string): string {
  return text.replace(ALL_FORBIDDEN, '\uFFFD');
}
