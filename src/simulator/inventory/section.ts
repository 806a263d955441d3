// Reads one mapping of an inventory file, field by field, and knows where it stands in the file.
// Guarantees: every mistake is an InventoryError with line and field; a field that nobody asked for is a mistake too.
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node, YAMLMap } from 'yaml';
import { parseBytes } from './bytes.ts';
import { InventoryError } from './inventory-error.ts';

interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
}

export class Section {
  readonly #source: Source;
  readonly #map: YAMLMap | undefined;
  readonly #path: string;
  readonly #line: number;
  readonly #asked = new Set<string>();

  private constructor(source: Source, node: Node | undefined, path: string, line: number) {
    this.#source = source;
    this.#path = path;
    this.#line = line;
    if (node !== undefined && !isMap(node)) throw new InventoryError(line, path, 'must be a mapping (name: value)');
    this.#map = node;
  }

  /** The whole file. Throws InventoryError for what isn't YAML. */
  static parse(text: string): Section {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const problem = error.code === 'MULTIPLE_DOCS' ? 'holds more than one document' : `isn't YAML: ${error.message}`;
      throw new InventoryError(lines.linePos(error.pos[0]).line, '', problem);
    }
    visit(document, {
      Alias(_key, alias) {
        if (alias.resolve(document) !== undefined) return;
        const { line } = lines.linePos(alias.range?.[0] ?? 0);
        throw new InventoryError(line, '', `no anchor &${alias.source} above stands for the alias *${alias.source}`);
      },
    });
    return new Section({ document, lines }, document.contents ?? undefined, '', 1);
  }

  /** An error about a field of this mapping, or about the mapping itself. */
  error(field: string, problem: string): InventoryError {
    const node = field === '' ? undefined : this.#node(field);
    return new InventoryError(node === undefined ? this.#line : this.#lineOf(node), this.#pathOf(field), problem);
  }

  /** Where a field stands, for mistakes that are found only later. */
  place(field: string): { readonly line: number; readonly field: string } {
    const node = this.#node(field);
    return { line: node === undefined ? this.#line : this.#lineOf(node), field: this.#pathOf(field) };
  }

  /** Call last: throws for a field that was never asked for. */
  done(): void {
    for (const pair of this.#map?.items ?? []) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (this.#asked.has(key)) continue;
      const known = [...this.#asked].toSorted().join(', ');
      throw new InventoryError(
        this.#lineOf(pair.key as Node),
        this.#pathOf(key),
        `is unknown here; known are: ${known}`,
      );
    }
  }

  has(field: string): boolean {
    return this.#node(field) !== undefined;
  }

  /** Without a fallback the field is required. */
  string(field: string, fallback?: string): string {
    const value = this.#scalar(field);
    if (value === undefined) return this.#required(field, fallback);
    if (typeof value === 'object' || String(value) === '') throw this.error(field, 'must be a text that is not empty');
    return String(value);
  }

  optionalString(field: string): string | undefined {
    return this.has(field) ? this.string(field) : undefined;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[], fallback: T): T {
    const value = this.string(field, fallback);
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw this.error(field, `must be one of ${allowed.join(', ')}, not "${value}"`);
    return found;
  }

  boolean(field: string, fallback: boolean): boolean {
    const value = this.#scalar(field);
    if (value === undefined) return fallback;
    if (typeof value !== 'boolean') throw this.error(field, 'must be true or false');
    return value;
  }

  number(field: string, fallback: number, least = 0): number {
    const value = this.#scalar(field);
    if (value === undefined) return fallback;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least)
      throw this.error(field, `must be a number of at least ${least}`);
    return value;
  }

  integer(field: string, fallback: number, least = 0): number {
    const value = this.number(field, fallback, least);
    if (!Number.isInteger(value)) throw this.error(field, 'must be a whole number');
    return value;
  }

  /** A size such as `11 GB`; without a fallback the field is required. */
  bytes(field: string, fallback?: number): number {
    const value = this.#scalar(field);
    if (value === undefined) return this.#required(field, fallback);
    const bytes = parseBytes(String(value));
    if (bytes === undefined) throw this.error(field, `must be a size such as "11 GB", not "${String(value)}"`);
    return bytes;
  }

  /** A mapping; an empty one when the field is absent. */
  section(field: string): Section {
    const node = this.#node(field);
    return new Section(this.#source, node, this.#pathOf(field), node === undefined ? this.#line : this.#lineOf(node));
  }

  /** A list of mappings. */
  list<T>(field: string, read: (item: Section) => T): readonly T[] {
    return this.#items(field).map((item, index) =>
      read(new Section(this.#source, item, `${this.#pathOf(field)}[${index}]`, this.#lineOf(item))),
    );
  }

  strings(field: string, fallback: readonly string[] = []): readonly string[] {
    if (!this.has(field)) return fallback;
    return this.#items(field).map((item, index) => {
      if (isScalar(item) && item.value !== null && String(item.value) !== '') return String(item.value);
      throw new InventoryError(
        this.#lineOf(item),
        `${this.#pathOf(field)}[${index}]`,
        'must be a text that is not empty',
      );
    });
  }

  /** A list whose items are texts or mappings: `- esx-1` or `- name: esx-1`. */
  mixed<T>(field: string, fromText: (text: string) => T, fromSection: (item: Section) => T): readonly T[] {
    return this.#items(field).map((item, index) => {
      if (isScalar(item) && item.value !== null) return fromText(String(item.value));
      return fromSection(new Section(this.#source, item, `${this.#pathOf(field)}[${index}]`, this.#lineOf(item)));
    });
  }

  /** A mapping of texts to texts. */
  record(field: string): Readonly<Record<string, string>> {
    const section = this.section(field);
    const keys = (section.#map?.items ?? []).map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''));
    return Object.fromEntries(keys.map((key) => [key, section.string(key)]));
  }

  #required<T>(field: string, fallback: T | undefined): T {
    if (fallback === undefined) throw this.error('', `needs the field ${field}`);
    return fallback;
  }

  #node(field: string): Node | undefined {
    this.#asked.add(field);
    const node = this.#map?.get(field, true) as Node | null | undefined;
    const resolved = isAlias(node) ? node.resolve(this.#source.document) : node;
    return resolved === null || (isScalar(resolved) && resolved.value === null) ? undefined : resolved;
  }

  #scalar(field: string): unknown {
    const node = this.#node(field);
    if (node === undefined) return undefined;
    if (!isScalar(node)) throw this.error(field, 'must be a single value');
    return node.value;
  }

  #items(field: string): readonly Node[] {
    const node = this.#node(field);
    if (node === undefined) return [];
    if (!isSeq(node)) throw this.error(field, 'must be a list');
    return node.items.map((item) => (isAlias(item) ? (item.resolve(this.#source.document) as Node) : (item as Node)));
  }

  #pathOf(field: string): string {
    if (this.#path === '' || field === '') return `${this.#path}${field}`;
    return `${this.#path}.${field}`;
  }

  #lineOf(node: Node): number {
    const [offset] = node.range ?? [0];
    return this.#source.lines.linePos(offset).line;
  }
}
