// Looks over a document before it is parsed: a parser takes some ten microseconds for each tag and attribute, and while it
// parses nothing else is done. What nobody sends in earnest is refused here, at the price of one pass over the text.

export interface MarkupLimits {
  readonly tags: number;
  readonly attributes: number;
  /** Characters of one tag with its attributes. */
  readonly tagLength: number;
  /** Entity and character references. */
  readonly references: number;
}

const [LESS, GREATER, DOUBLE, SINGLE] = [0x3c, 0x3e, 0x22, 0x27];

/** Sections whose content is no markup. */
const SECTIONS: readonly (readonly [begin: string, end: string])[] = [
  ['<![CDATA[', ']]>'],
  ['<!--', '-->'],
];

/** Why the text isn't worth parsing; undefined when it is. */
export function excessOf(text: string, limits: MarkupLimits): string | undefined {
  let tags = 0;
  let attributes = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    tags += 1;
    if (tags > limits.tags) return `more than ${limits.tags} tags`;
    const section = SECTIONS.find(([begin]) => text.startsWith(begin, at));
    if (section !== undefined) {
      const end = text.indexOf(section[1], at);
      at = end < 0 ? text.length : end;
      continue;
    }
    const tag = measureTag(text, at, limits.tagLength);
    if (tag === undefined) return `a tag of more than ${limits.tagLength} characters`;
    attributes += tag.attributes;
    if (attributes > limits.attributes) return `more than ${limits.attributes} attributes`;
    at = tag.end;
  }
  return hasMore(text, '&', limits.references) ? `more than ${limits.references} references` : undefined;
}

/** Where the tag that begins at `from` ends, and how many quoted values it has; undefined when it is too long. */
function measureTag(
  text: string,
  from: number,
  longest: number,
): { readonly end: number; readonly attributes: number } | undefined {
  const last = from + longest;
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

function hasMore(text: string, mark: string, most: number): boolean {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    found += 1;
    if (found > most) return true;
  }
  return false;
}
