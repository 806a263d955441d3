// XML text to nodes, with everything checked that fast-xml-parser lets through: it accepts truncated documents, several
// roots and document types. Names are resolved through their namespaces: one server writes `xsi:type`, another declares a
// prefix of its own on every element, and a managed object reference has a plain `type` beside it.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { unescapeXml } from './escape.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = '@';

/** Elements as the parser gives them: a string for plain text, a list where a name is repeated. */
type Raw = string | { readonly [key: string]: unknown };

/** Namespace declarations in force, innermost first. */
interface Scope {
  readonly prefix: string;
  readonly uri: string;
  readonly outer: Scope | undefined;
}

export interface XmlNode {
  /** Name without its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly raw: Raw;
  readonly scope: Scope | undefined;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributesGroupName: ATTRIBUTES,
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
});

/** The root element of a document; throws a SyntaxError for anything that isn't exactly one well-formed element. */
export function parseXml(text: string): XmlNode {
  if (/<!doctype/i.test(text)) throw new SyntaxError('document type declarations are refused');
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new SyntaxError(`not well-formed XML: ${verdict.err.code}`);
  let document: unknown;
  try {
    document = parser.parse(text);
  } catch {
    // The parser's messages quote the document, which is not ours to repeat.
    throw new SyntaxError('XML that the parser refuses');
  }
  const outside: XmlNode = { name: '', prefix: '', raw: document as Raw, scope: undefined };
  const roots = childrenOf(outside);
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new SyntaxError('not exactly one root element');
  if (/\S/.test(textOf(outside))) throw new SyntaxError('text outside the root element');
  return root;
}

/** Child elements, repeated ones side by side, in the order of first appearance. */
export function childrenOf(node: XmlNode): XmlNode[] {
  if (typeof node.raw === 'string') return [];
  const children: XmlNode[] = [];
  for (const [key, value] of Object.entries(node.raw)) {
    if (key === TEXT || key === CDATA || key === ATTRIBUTES) continue;
    const colon = key.indexOf(':');
    const name = key.slice(colon + 1);
    const prefix = colon < 0 ? '' : key.slice(0, colon);
    for (const raw of Array.isArray(value) ? (value as Raw[]) : [value as Raw]) {
      children.push({ name, prefix, raw, scope: innerScope(raw, node.scope) });
    }
  }
  return children;
}

/** The text of an element, references resolved, white space kept. */
export function textOf(node: XmlNode): string {
  if (typeof node.raw === 'string') return unescapeXml(node.raw);
  const text = unescapeXml(stringOf(node.raw[TEXT]));
  const cdata = stringOf(node.raw[CDATA]);
  // The parser loses the order of the two; nothing we talk to mixes them.
  if (cdata !== '' && text.trim() !== '') throw new SyntaxError('text mixed with CDATA');
  return cdata === '' ? text : cdata;
}

export function namespaceOf(node: XmlNode): string {
  return resolve(node.scope, node.prefix);
}

/** The value of `xsi:type` without its prefix; undefined where there is none. */
export function typeNameOf(node: XmlNode): string | undefined {
  for (const [key, value] of attributesOf(node.raw)) {
    const colon = key.indexOf(':');
    if (colon < 0 || key.slice(colon + 1) !== 'type' || resolve(node.scope, key.slice(0, colon)) !== XSI) continue;
    const text = stringOf(value);
    return text.slice(text.indexOf(':') + 1);
  }
  return undefined;
}

/** An attribute that is in no namespace. */
export function attributeOf(node: XmlNode, name: string): string | undefined {
  for (const [key, value] of attributesOf(node.raw)) if (key === name) return unescapeXml(stringOf(value));
  return undefined;
}

function attributesOf(raw: Raw): readonly [string, unknown][] {
  const attributes = typeof raw === 'string' ? undefined : raw[ATTRIBUTES];
  return attributes === undefined ? [] : Object.entries(attributes as Record<string, unknown>);
}

function innerScope(raw: Raw, outer: Scope | undefined): Scope | undefined {
  let scope = outer;
  for (const [key, value] of attributesOf(raw)) {
    if (key === 'xmlns') scope = { prefix: '', uri: stringOf(value), outer: scope };
    else if (key.startsWith('xmlns:')) scope = { prefix: key.slice(6), uri: stringOf(value), outer: scope };
  }
  return scope;
}

function resolve(scope: Scope | undefined, prefix: string): string {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.uri;
  return '';
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
