// An XML element with its names resolved: what the codec reads. Prefixes are gone, but the ones in scope are kept,
// because the value of xsi:type is a name with a prefix too.

export interface XmlAttribute {
  /** '' for an attribute without prefix. */
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** Prefix → namespace; '' is the default namespace. */
export interface NamespaceScope {
  get(prefix: string): string | undefined;
}

export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All character data directly inside, joined. */
  readonly text: string;
  readonly scope: NamespaceScope;
}

/** The value of an attribute; undefined when it isn't there. */
export function attribute(element: XmlElement, namespace: string, name: string): string | undefined {
  return element.attributes.find((candidate) => candidate.namespace === namespace && candidate.name === name)?.value;
}

/** Splits `prefix:name` and resolves the prefix; undefined when the prefix isn't declared. */
export function resolveName(qualified: string, scope: NamespaceScope): { namespace: string; name: string } | undefined {
  const colon = qualified.indexOf(':');
  const namespace = scope.get(colon < 0 ? '' : qualified.slice(0, colon));
  if (namespace === undefined) return colon < 0 ? { namespace: '', name: qualified } : undefined;
  return { namespace, name: qualified.slice(colon + 1) };
}
