// Looks over a request before it is parsed: a parser takes some ten microseconds for each tag and attribute, and while it
// parses nobody else is answered. What no client sends is refused here, at the price of one pass over the text.

/** An element has two, and an object to be read three elements: lists of 30,000 objects fit. */
const MAX_TAGS = 200_000;
const MAX_ATTRIBUTES = 60_000;
/** Characters of one tag with its attributes. */
const MAX_TAG_LENGTH = 65_536;

const [LESS, GREATER, DOUBLE, SINGLE] = [0x3c, 0x3e, 0x22, 0x27];

/** Sections whose content is no markup. */
const SECTIONS: readonly (readonly [begin: string, end: string])[] = [
  ['<![CDATA[', ']]>'],
  ['<!--', '-->'],
];

/** Why the text isn't worth parsing; undefined when it is. */
export function excessOf(text: string): string | undefined {
  let tags = 0;
  let attributes = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    tags += 1;
    if (tags > MAX_TAGS) return `more than ${MAX_TAGS} tags`;
    const section = SECTIONS.find(([begin]) => text.startsWith(begin, at));
    if (section !== undefined) {
      const end = text.indexOf(section[1], at);
      at = end < 0 ? text.length : end;
      continue;
    }
    const tag = measureTag(text, at);
    if (tag === undefined) return `a tag of more than ${MAX_TAG_LENGTH} characters`;
    attributes += tag.attributes;
    if (attributes > MAX_ATTRIBUTES) return `more than ${MAX_ATTRIBUTES} attributes`;
    at = tag.end;
  }
  return undefined;
}

/** Where the tag that begins at `from` ends, and how many quoted values it has; undefined when it is too long. */
function measureTag(text: string, from: number): { readonly end: number; readonly attributes: number } | undefined {
  const last = from + MAX_TAG_LENGTH;
  let attributes = 0;
  let quote = 0;
  let at = from + 1;
  for (; at < text.length; at++) {
    if (at > last) return undefined;
    const code = text.charCodeAt(at);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === DOUBLE || code === SINGLE) {
      quote = code;
      attributes += 1;
    } else if (code === GREATER || code === LESS) {
      break;
    }
  }
  return { end: at, attributes };
}
