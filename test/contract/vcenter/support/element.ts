// Replies as trees of elements. Written on a parser that neither the client nor the simulator uses this way, so that a
// mistake in theirs can't hide here. Namespaces are resolved: vcsim writes two attributes with the local name `type`.
import { XMLParser } from 'fast-xml-parser';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
});

type Raw = Readonly<Record<string, unknown>>;

export class Element {
  readonly name: string;
  /** Local name in xsi:type. */
  readonly xsiType: string | undefined;
  /** The plain attribute `type` of a reference. */
  readonly refType: string | undefined;
  readonly children: readonly Element[];
  readonly text: string;

  constructor(name: string, raw: Raw, scope: ReadonlyMap<string, string>) {
    const attributes = (raw[':@'] ?? {}) as Readonly<Record<string, string>>;
    const inner = new Map(scope);
    for (const [key, value] of Object.entries(attributes))
      if (key.startsWith('xmlns:')) inner.set(key.slice('xmlns:'.length), value);
    const typed = Object.entries(attributes).find(([key]) => {
      const [prefix, unprefixed] = key.split(':');
      return unprefixed === 'type' && inner.get(prefix ?? '') === XSI;
    });
    this.name = local(name);
    this.xsiType = typed === undefined ? undefined : local(typed[1]);
    this.refType = attributes['type'];
    const content = raw[name] as readonly Raw[];
    this.children = content.flatMap((child) => elements(child, inner));
    this.text = content.map((child) => String(child['#text'] ?? '')).join('');
  }

  /** The first descendant along a path of names. */
  get(...path: readonly string[]): Element | undefined {
    const [first, ...rest] = path;
    const child = this.children.find((each) => each.name === first);
    return rest.length === 0 ? child : child?.get(...rest);
  }

  all(name: string): readonly Element[] {
    return this.children.filter((child) => child.name === name);
  }

  /** Text at the end of a path. */
  at(...path: readonly string[]): string | undefined {
    return this.get(...path)?.text;
  }

  number(...path: readonly string[]): number {
    return Number(this.get(...path)?.text);
  }

  /** This element as a reference. Throws for anything else. */
  get ref(): Ref {
    if (this.refType === undefined) throw new Error(`${this.name} is no reference`);
    return { type: this.refType, value: this.text };
  }
}

export interface Ref {
  readonly type: string;
  readonly value: string;
}

/** The element in the SOAP body. */
export function bodyOf(text: string): Element | undefined {
  const roots = (parser.parse(text) as readonly Raw[]).flatMap((raw) => elements(raw, new Map()));
  return roots.find((root) => root.name === 'Envelope')?.get('Body')?.children[0];
}

function elements(raw: Raw, scope: ReadonlyMap<string, string>): readonly Element[] {
  const name = Object.keys(raw).find((key) => key !== ':@' && key !== '#text' && !key.startsWith('?'));
  return name === undefined ? [] : [new Element(name, raw, scope)];
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
