// XML text to nodes, with everything checked that fast-xml-parser lets through: it accepts truncated documents, several
// roots and document types. Names are resolved through their namespaces: one server writes `xsi:type`, another declares a
// prefix of its own on every element, and a managed object reference has a plain `type` beside it.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { excessOf } from '../../util/markup-excess.ts';
import { unescapeXml } from './escape.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/** One item as the parser gives it: `{ tag: content, ':@': attributes }`, `{ '#text': text }` or `{ '#cdata': [text] }`. */
type Raw = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, string>>;

/**
 * What a document may have, together parsed within a second: pages are cut to some 20,000 tags, and a list of 20,000
 * references, the longest that isn't paged, has 40,000 tags and as many attributes.
 */
const MOST = { tags: 80_000, attributes: 60_000, tagLength: 16_384, references: 50_000 } as const;
/**
 * Namespace declarations around one element. A server that declares its prefixes anew on each has one for each level, and
 * a disk chain has up to 255.
 */
const MOST_DECLARATIONS = 400;

/** Namespace declarations in force, innermost first. */
interface Scope {
  readonly prefix: string;
  readonly uri: string;
  readonly outer: Scope | undefined;
  readonly depth: number;
}

export interface XmlNode {
  /** Name without its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly content: readonly Raw[];
  readonly attributes: Attributes | undefined;
  readonly scope: Scope | undefined;
}

const parser = new XMLParser({
  // The plain list of items: making objects of it would take half of the time, and lose the order of text and CDATA.
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // `007` is a name, not the number 7, and a leading space belongs to it.
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // References are resolved by unescapeXml, only where a value is wanted and without the parser's limits on their number.
  processEntities: false,
  // A disk chain may be 255 backings deep, one element each; a snapshot tree 32.
  maxNestedTags: 1_000,
  // No callback asks for paths, and keeping them costs as much as the parsing.
  jPath: false,
});

/** More than anybody parses: a smaller page of the same may do. */
export class ExcessError extends SyntaxError {
  override readonly name = 'ExcessError';
}

/** The root element of a document; throws a SyntaxError for anything that isn't exactly one well-formed element. */
export function parseXml(text: string): XmlNode {
  if (/<!doctype/i.test(text)) throw new SyntaxError('document type declarations are refused');
  const excess = excessOf(text, MOST);
  if (excess !== undefined) throw new ExcessError(excess);
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new SyntaxError(`not well-formed XML: ${verdict.err.code}`);
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch {
    // The parser's messages quote the document, which is not ours to repeat.
    throw new SyntaxError('XML that the parser refuses');
  }
  const outside: XmlNode = {
    name: '',
    prefix: '',
    content: document as Raw[],
    attributes: undefined,
    scope: undefined,
  };
  const roots = childrenOf(outside);
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new SyntaxError('not exactly one root element');
  if (/\S/.test(textOf(outside))) throw new SyntaxError('text outside the root element');
  return root;
}

/** Child elements in document order. */
export function childrenOf({ content, scope }: XmlNode): XmlNode[] {
  const children: XmlNode[] = [];
  for (const raw of content) {
    const tag = tagOf(raw);
    if (tag === TEXT || tag === CDATA) continue;
    const colon = tag.indexOf(':');
    const attributes = raw[ATTRIBUTES] as Attributes | undefined;
    children.push({
      name: colon < 0 ? tag : tag.slice(colon + 1),
      prefix: colon < 0 ? '' : tag.slice(0, colon),
      content: raw[tag] as readonly Raw[],
      attributes,
      scope: innerScope(attributes, scope),
    });
  }
  return children;
}

/** The text of an element, references resolved, white space kept. */
export function textOf({ content }: XmlNode): string {
  let text = '';
  for (const raw of content) {
    const tag = tagOf(raw);
    if (tag === TEXT) text += unescapeXml(String(raw[TEXT]));
    else if (tag === CDATA) for (const inner of raw[CDATA] as readonly Raw[]) text += String(inner[TEXT]);
  }
  return text;
}

export function namespaceOf(node: XmlNode): string {
  return resolve(node.scope, node.prefix);
}

/** The value of `xsi:type` without its prefix; undefined where there is none. */
export function typeNameOf({ attributes, scope }: XmlNode): string | undefined {
  for (const key in attributes) {
    const colon = key.indexOf(':');
    if (colon < 0 || key.slice(colon + 1) !== 'type' || resolve(scope, key.slice(0, colon)) !== XSI) continue;
    const text = attributes[key] ?? '';
    return text.slice(text.indexOf(':') + 1);
  }
  return undefined;
}

/** An attribute that is in no namespace. */
export function attributeOf({ attributes }: XmlNode, name: string): string | undefined {
  const text = attributes !== undefined && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return text === undefined ? undefined : unescapeXml(text);
}

function tagOf(raw: Raw): string {
  for (const key in raw) if (key !== ATTRIBUTES) return key;
  return TEXT;
}

function innerScope(attributes: Attributes | undefined, outer: Scope | undefined): Scope | undefined {
  let scope = outer;
  for (const key in attributes) {
    if (key !== 'xmlns' && !key.startsWith('xmlns:')) continue;
    const depth = (scope?.depth ?? 0) + 1;
    if (depth > MOST_DECLARATIONS) throw new SyntaxError(`more than ${MOST_DECLARATIONS} namespaces`);
    scope = { prefix: key.slice(6), uri: attributes[key] ?? '', outer: scope, depth };
  }
  return scope;
}

function resolve(scope: Scope | undefined, prefix: string): string {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.uri;
  return '';
}
