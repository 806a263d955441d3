// Text → XmlElement, for input that may be hostile. Refuses what SOAP has no use for or what parsers trip over: document
// types (and with them entity declarations), broken nesting, unknown entities, undeclared prefixes, more than 100 levels,
// more or longer tags than any call has.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { excessOf } from '../../util/markup-excess.ts';
import { decodeEntities } from './decode-entities.ts';
import { XSD_NS } from './namespaces.ts';
import type { NamespaceScope, XmlAttribute, XmlElement } from './xml-element.ts';
import { resolveName } from './xml-element.ts';

/** The text isn't XML that we read; the message says where or why. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/** What the parser gives: one key that is the tag with its content, and the attributes under ':@'. */
type RawNode = Readonly<Record<string, unknown>>;

const ATTRIBUTES = ':@';
const PREFIX = '@_';
const TEXT = '#text';
const CDATA = '#cdata';
const MAX_DEPTH = 100;
/** An element has two tags, and an object to be read three elements: lists of 30,000 objects fit. */
const MOST = { tags: 200_000, attributes: 60_000, tagLength: 65_536, references: 1_000_000 } as const;
// govmomi writes `xsi:type="xsd:string"` without declaring xsd, and vCenter lets it.
const ROOT_SCOPE: NamespaceScope = new Map([
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
  ['xsd', XSD_NS],
]);

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: PREFIX,
  textNodeName: TEXT,
  cdataPropName: CDATA,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Entities are decoded here and not there, because there an unknown one stays as it is.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
  jPath: false,
});

/** The root element. Throws XmlError. */
export function parseXml(text: string): XmlElement {
  const excess = excessOf(text, MOST);
  if (excess !== undefined) throw new XmlError(excess);
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY'))
    throw new XmlError('document type declarations are not allowed');
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new XmlError(`${verdict.err.msg} (line ${verdict.err.line}, column ${verdict.err.col})`);
  const roots = elementsOf(parseRaw(text)).map((node) => toElement(node, ROOT_SCOPE));
  const [root] = roots;
  if (root === undefined || roots.length !== 1) throw new XmlError('a document has exactly one root element');
  return root;
}

function parseRaw(text: string): readonly RawNode[] {
  try {
    return parser.parse(text) as readonly RawNode[];
  } catch (error) {
    throw new XmlError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function tagOf(node: RawNode): string {
  return Object.keys(node).find((key) => key !== ATTRIBUTES) ?? '';
}

function elementsOf(nodes: readonly RawNode[]): readonly RawNode[] {
  return nodes.filter((node) => ![TEXT, CDATA].includes(tagOf(node)));
}

function toElement(node: RawNode, outer: NamespaceScope): XmlElement {
  const tag = tagOf(node);
  const raw = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>).map(
    ([name, value]) => [name.slice(PREFIX.length), decode(value)] as const,
  );
  const scope = scopeOf(raw, outer);
  const named = resolveName(tag, scope);
  if (named === undefined) throw new XmlError(`the prefix of <${tag}> is not declared`);
  const content = node[tag] as readonly RawNode[];
  return {
    ...named,
    attributes: raw.filter(([name]) => !isDeclaration(name)).map(([name, value]) => toAttribute(name, value, scope)),
    children: elementsOf(content).map((child) => toElement(child, scope)),
    text: textOf(content),
    scope,
  };
}

function scopeOf(attributes: readonly (readonly [string, string])[], outer: NamespaceScope): NamespaceScope {
  const declared = attributes.filter(([name]) => isDeclaration(name));
  if (declared.length === 0) return outer;
  return new InnerScope(new Map(declared.map(([name, value]) => [name.slice('xmlns:'.length), value])), outer);
}

/** Refers to the scope around it: a copy at every element would be what a hostile client can make as large as it likes. */
class InnerScope implements NamespaceScope {
  readonly #own: ReadonlyMap<string, string>;
  readonly #outer: NamespaceScope;

  constructor(own: ReadonlyMap<string, string>, outer: NamespaceScope) {
    this.#own = own;
    this.#outer = outer;
  }

  get(prefix: string): string | undefined {
    return this.#own.get(prefix) ?? this.#outer.get(prefix);
  }
}

function isDeclaration(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

function toAttribute(qualified: string, value: string, scope: NamespaceScope): XmlAttribute {
  // The default namespace doesn't apply to attributes.
  if (!qualified.includes(':')) return { namespace: '', name: qualified, value };
  const named = resolveName(qualified, scope);
  if (named === undefined) throw new XmlError(`the prefix of the attribute ${qualified} is not declared`);
  return { ...named, value };
}

function textOf(content: readonly RawNode[]): string {
  let text = '';
  for (const node of content) {
    if (typeof node[TEXT] === 'string') text += decode(node[TEXT]);
    const cdata = node[CDATA];
    if (Array.isArray(cdata)) text += String((cdata[0] as RawNode | undefined)?.[TEXT] ?? '');
  }
  return text;
}

function decode(text: string): string {
  const decoded = decodeEntities(text);
  if (decoded === undefined) throw new XmlError('a reference to an unknown entity');
  return decoded;
}
